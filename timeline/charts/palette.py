"""The colours of charts, the same as the pages' tokens, as Vega-Lite configuration."""

from dataclasses import dataclass
from typing import Any

# Text is measured as this: a font that is not installed costs vl-convert 50 ms of looking for it a chart.
MEASURED_AS = "sans-serif"
FONT = "Atkinson Hyperlegible Next"
# One place in the range of series colours each; the order is that of --rc-series-1 to --rc-series-6.
HUES = ("TT", "LH", "FSH", "E2", "SCONC", "REST")


@dataclass(frozen=True, slots=True)
class Palette:
    """One theme. `series` are told apart with any of the three colour blindnesses."""

    surface: str
    ink: str
    quiet: str
    line: str
    series: tuple[str, ...]


LIGHT = Palette(
    surface="#fff",
    ink="#1b2529",
    quiet="#475459",
    line="#e3e1da",
    series=("#14565f", "#b4571e", "#6b4a9c", "#8a2f62", "#51651b", "#475459"),
)
DARK = Palette(
    surface="#182125",
    ink="#e5ebec",
    quiet="#b0bcc0",
    line="#2a363b",
    series=("#74c7ce", "#f0b083", "#c3a9ee", "#ec9cc6", "#bccd7c", "#b0bcc0"),
)
PALETTES = {"light": LIGHT, "dark": DARK}


def dark_rules() -> str:
    """Style that turns the light palette into the dark one where the reader's scheme is dark."""
    pairs = zip(_colours(LIGHT), _colours(DARK), strict=True)
    rules = "".join(
        f'[fill="{old}"]{{fill:{new}}}[stroke="{old}"]{{stroke:{new}}}' for old, new in dict(pairs).items()
    )
    return f"@media (prefers-color-scheme:dark){{{rules}}}"


def _colours(palette: Palette) -> tuple[str, ...]:
    return (palette.surface, palette.ink, palette.quiet, palette.line, *palette.series)


def config_of(theme: str) -> dict[str, Any]:
    """Vega-Lite's `config` for a theme; raises KeyError for a theme that is not in PALETTES."""
    palette = PALETTES[theme]
    words = {"labelColor": palette.quiet, "titleColor": palette.quiet, "labelFontSize": 12}
    return {
        "background": palette.surface,
        "font": MEASURED_AS,
        "view": {"stroke": palette.line},
        "axis": {
            **words,
            "gridColor": palette.line,
            "domainColor": palette.quiet,
            "tickColor": palette.quiet,
        },
        "title": {"color": palette.ink, "fontSize": 13},
        "text": {"color": palette.ink},
        "rule": {"color": palette.quiet},
        "range": {"category": list(palette.series)},
    }


def hue(name: str) -> dict[str, Any]:
    """An encoding channel that takes its colour from the theme, whichever that is when it is drawn."""
    return {"datum": name, "type": "nominal", "scale": {"domain": list(HUES)}, "legend": None}


def titled(text: str) -> dict[str, Any]:
    """The title of a view, at the left edge of its plot whatever stands beside it."""
    return {"text": text, "anchor": "start", "frame": "group", "offset": 5}
