"""The look keeps its promises: contrast, icons that exist, nothing inline, error pages without a context."""

import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
COMPONENTS = sorted((ROOT / "templates" / "_components").glob("*.html"))
SPRITE = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/img/icons.svg").read_text()))
TOKEN = re.compile(r"--rc-([\w-]+): light-dark\((#[0-9a-f]{3,6}), (#[0-9a-f]{3,6})\);")
TOKENS = {
    name: (light, dark) for name, light, dark in TOKEN.findall((ROOT / "static/css/tokens.css").read_text())
}
INLINE = re.compile(
    r"""<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*(?:\ssrc=|type="application/json"))""",
    re.IGNORECASE,
)

UNSIGNED = re.compile(
    r"""<script(?![^>]*(?:\snonce="{{ (?:request\.csp_)?nonce }}"|type="application/json"))[^>]*>"""
)
READ_ON = [
    ("ink", "paper"),
    ("ink", "surface"),
    ("ink", "brand-soft"),
    ("ink-2", "paper"),
    ("ink-2", "surface"),
    ("ink-2", "sunken"),
    ("ink-2", "brand-soft"),
    ("ink-3", "surface"),
    ("ink-3", "paper"),
    ("brand", "paper"),
    ("brand", "surface"),
    ("brand", "brand-soft"),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("critical", "surface"),
    ("critical", "critical-soft"),
    ("warning", "surface"),
    ("warning", "warning-soft"),
    ("surface", "warning"),
    ("info", "surface"),
    ("info", "info-soft"),
    ("done", "surface"),
    ("done", "done-soft"),
]
SEEN_ON = [
    ("line-control", "surface"),
    ("line-control", "paper"),
    *((f"series-{n}", "surface") for n in range(1, 7)),
]


def luminance(colour):
    """Relative luminance of WCAG 2.2 for "#rgb" or "#rrggbb", 0 to 1."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """Contrast ratio of WCAG 2.2, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_measured_as_wcag_does():
    assert contrast("#fff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), READ_ON)
def test_text_can_be_read_in_both_schemes(text, ground, scheme):
    assert contrast(TOKENS[text][scheme], TOKENS[ground][scheme]) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("line", "ground"), SEEN_ON)
def test_boxes_and_curves_can_be_seen_in_both_schemes(line, ground, scheme):
    assert contrast(TOKENS[line][scheme], TOKENS[ground][scheme]) >= 3


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_template_has_nothing_inline(path):
    assert INLINE.findall(path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_script_of_a_template_carries_the_answers_nonce(path):
    assert UNSIGNED.findall(path.read_text()) == []


@pytest.mark.parametrize("tag", ['<script src="x.js" defer>', '<script nonce="" src="x.js">'])
def test_a_script_without_a_nonce_is_noticed(tag):
    assert UNSIGNED.findall(tag) == [tag]


@pytest.mark.parametrize(
    "markup",
    [
        '<p style="color: red">',
        "<style>",
        '<a onclick="x()">',
        "<script>x()</script>",
        '<a href="javascript:x()">',
    ],
)
def test_inline_markup_is_noticed(markup):
    assert INLINE.findall(markup) != []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_an_icon_of_a_template_is_in_the_sprite(path):
    named = re.findall(r'icon\.html" with name="([^"]+)"', path.read_text())
    named += re.findall(r'\bicon="([^"]+)"', path.read_text())
    assert set(named) <= SPRITE


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.name)
def test_a_component_says_its_arguments_first(path):
    assert path.read_text().startswith("{# ")


@pytest.mark.parametrize("code", [400, 403, 404, 429, 500, 503])
def test_an_error_page_needs_no_context(code):
    page = render_to_string(f"{code}.html")
    assert "data-notice" in page
    assert "<title>" in page


@pytest.mark.parametrize(
    ("state", "word", "other_words"),
    [
        ("pending", "Not yet evaluated", ["No rule", "Could not", "Within"]),
        ("no_rule", "No rule or range for this", ["Not yet", "Could not", "Within"]),
        ("failed", "Could not be evaluated: SHBG is missing", ["Not yet", "No rule", "Within"]),
        ("within", "Within range", ["Not yet", "No rule", "Could not"]),
    ],
)
def test_the_four_states_never_look_alike(state, word, other_words):
    why = "SHBG is missing" if state == "failed" else ""
    shown = render_to_string("_components/state.html", {"state": state, "why": why})
    assert word in shown
    assert [other for other in other_words if other in shown] == []
    assert len(re.findall(r"state-(?:pending|no-rule|failed|within)", shown)) == 1
    assert "#" in shown


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("below", "below range"),
        ("above", "above range"),
        ("within", "within range"),
        ("unknown", "range not known"),
    ],
)
def test_a_place_is_said_and_not_only_coloured(place, said):
    assert said in render_to_string("_components/place.html", {"place": place})


def test_a_reading_is_printed_as_the_laboratory_sent_it():
    shown = render_to_string("_components/reading.html", {"text": "<0.10", "unit": "IU/L", "place": "below"})
    assert "&lt;0.10" in shown
    assert "IU/L" in shown
    assert "below range" in shown
