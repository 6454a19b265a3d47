"""Charts as SVG, drawn by vl-convert in this process: no network, no browser."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache

import vl_convert
from django.contrib.staticfiles import finders

from timeline.charts.palette import FONT, dark_rules
from timeline.charts.spec import WIDE, recovery_spec
from timeline.story import Story

AUTO = "auto"
VEGA_LITE = "6.4"
FONT_FILE = "vendor/atkinson-hyperlegible-next/latin-normal.woff2"


def recovery_svg(story: Story, *, theme: str = "light", width: int = WIDE) -> str:
    """The recovery chart as an SVG that carries its own font; arguments as in recovery_spec.

    `theme` may also be "auto": light, and dark where the page that shows it as an image is dark.
    """
    spec = recovery_spec(story, theme="light" if theme == AUTO else theme, width=width)
    drawn = vl_convert.vegalite_to_svg(
        json.dumps(spec), vl_version=VEGA_LITE, allowed_base_urls=[], show_warnings=False
    )
    head, _, rest = drawn.partition(">")
    return f"{head}><style>{_style(theme)}</style>{rest}"


def picture_policy(theme: str) -> str:
    """The content security policy of the SVG opened by itself: its own style and font, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style(theme).encode()).digest()).decode("ascii")
    own = f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:"
    return f"{own}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def _style(theme: str) -> str:
    return _font() + (dark_rules() if theme == AUTO else "")


@cache
def _font() -> str:
    """An SVG that is shown as an image can load nothing, so the font must lie inside it."""
    with open(finders.find(FONT_FILE), "rb") as file:  # type: ignore[arg-type]
        data = base64.b64encode(file.read()).decode("ascii")
    face = f"font-family:'{FONT}';font-weight:200 800;src:url(data:font/woff2;base64,{data}) format('woff2')"
    return f"@font-face{{{face}}}text{{font-family:'{FONT}',sans-serif}}"
