"""The recovery chart as a specification: what is drawn where, asked of the specification itself."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import vl_convert

from tests.timeline.sample import a_point, a_series, a_story
from timeline.charts import NARROW, WIDE, recovery_spec, recovery_svg
from timeline.charts.palette import DARK, LIGHT, Palette
from timeline.charts.time import instant
from timeline.story import MilestoneMark, Story

TOKENS = Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css"


def view(story: Story, title: str) -> dict[str, Any]:
    views = recovery_spec(story)["vconcat"]
    return next(each for each in views if each.get("title", {}).get("text", "").startswith(title))


def layers(story: Story, title: str, kind: str) -> list[dict[str, Any]]:
    return [layer for layer in view(story, title)["layer"] if layer["mark"]["type"] == kind]


def rows(story: Story, title: str, kind: str) -> list[dict[str, Any]]:
    return [row for layer in layers(story, title, kind) for row in layer["data"]["values"]]


def in_ms(text: str) -> int:
    return instant(date.fromisoformat(text))


def test_only_analytes_with_data_have_a_panel() -> None:
    titles = [each.get("title", {}).get("text", "") for each in recovery_spec(a_story())["vconcat"]]
    assert [title for title in titles if "," in title and "since" not in title and "then" not in title] == [
        "Total testosterone, ng/dL",
        "LH, IU/L",
    ]


def edges(story: Story) -> tuple[int, int]:
    """The first and last instant that anything is drawn at: the shared scale takes its domain from them."""
    found = [
        row[channel["field"]]
        for each in recovery_spec(story)["vconcat"]
        for layer in each["layer"]
        for name, channel in layer["encoding"].items()
        if name in {"x", "x2"}
        for row in layer["data"]["values"]
    ]
    return min(found), max(found)


def test_no_layer_is_without_data() -> None:
    lonely = a_story(series=(a_series("TT", a_point("TT", "2025-10-01", "300")),), doses=(), milestones=())
    for story in (a_story(), lonely):
        for each in recovery_spec(story)["vconcat"]:
            assert all(layer["data"]["values"] for layer in each["layer"])


def test_no_scale_is_given_its_edges_as_numbers() -> None:
    for each in recovery_spec(a_story())["vconcat"]:
        for layer in each["layer"]:
            assert "domain" not in layer["encoding"].get("x", {}).get("scale", {})


def test_all_panels_share_one_time_axis() -> None:
    assert recovery_spec(a_story())["resolve"]["scale"]["x"] == "shared"
    first, last = edges(a_story())
    assert first < in_ms("2025-09-01")
    assert last > in_ms("2026-04-27"), "the next retest lies on the axis"


def test_the_drawing_engine_has_nothing_to_complain_of(capfd: pytest.CaptureFixture[str]) -> None:
    vl_convert.vegalite_to_vega(json.dumps(recovery_spec(a_story())), vl_version="6.4", show_warnings=True)
    assert capfd.readouterr() == ("", "")


def test_a_censored_value_is_another_shape_with_its_comparator_beside_it() -> None:
    points = {row["reading"]: row for row in rows(a_story(), "LH", "point")}
    assert points["<0.1 IU/L"]["shape"] == "triangle-down"
    assert points["<0.1 IU/L"]["solid"] == 0
    assert points["4.8 IU/L"]["shape"] == "circle"
    assert "<0.1" in [row["text"] for row in rows(a_story(), "LH", "text")]


def test_a_value_above_the_assay_points_upwards() -> None:
    story = a_story(series=(a_series("TT", a_point("TT", "2025-11-10", ">1500")),))
    assert rows(story, "Total", "point")[0]["shape"] == "triangle-up"


def test_a_line_to_a_censored_value_is_open() -> None:
    assert {row["open"] for row in rows(a_story(), "LH", "line")} == {True}
    assert {row["open"] for row in rows(a_story(), "Total", "line")} == {False}


def test_no_line_joins_two_laboratories() -> None:
    joined = a_story(
        series=(
            a_series(
                "TT",
                a_point("TT", "2025-10-01", "300"),
                a_point("TT", "2025-11-10", "410"),
                a_point("TT", "2025-12-20", "500", laboratory="Quay Laboratory", breaks="Quay Laboratory"),
                a_point("TT", "2026-02-01", "520", laboratory="Quay Laboratory"),
            ),
        )
    )
    pieces: dict[int, list[int]] = {}
    for row in rows(joined, "Total", "line"):
        pieces.setdefault(row["piece"], []).append(row["at"])
    assert sorted(pieces.values()) == [
        [in_ms("2025-10-01"), in_ms("2025-11-10")],
        [in_ms("2025-12-20"), in_ms("2026-02-01")],
    ]
    middle = (in_ms("2025-11-10") + in_ms("2025-12-20")) // 2
    assert [row["at"] for row in rows(joined, "Total", "rule") if "why" in row] == [middle]
    assert "Now Quay Laboratory" in [row.get("why") for row in rows(joined, "Total", "text")]


def test_the_band_steps_with_the_frozen_interval() -> None:
    story = a_story(
        series=(
            a_series(
                "TT",
                a_point("TT", "2025-10-01", "300"),
                a_point("TT", "2025-12-01", "410", low=Decimal(240), high=Decimal(870), method="LC-MS/MS"),
            ),
        )
    )
    bands = [row for row in rows(story, "Total", "rect") if "low" in row]
    assert [(row["low"], row["high"]) for row in bands] == [(264, 916), (240, 870)]
    assert bands[0]["to"] == bands[1]["from"] == (in_ms("2025-10-01") + in_ms("2025-12-01")) // 2


def test_a_band_without_an_upper_limit_reaches_the_top() -> None:
    story = a_story(series=(a_series("SCONC", a_point("SCONC", "2025-10-01", "3.5")),))
    band = next(row for row in rows(story, "Sperm", "rect") if "low" in row)
    top = next(layer for layer in layers(story, "Sperm", "point"))["encoding"]["y"]["scale"]["domain"][1]
    assert band["low"] == 16
    assert band["high"] == top > 16


def test_a_result_without_an_interval_has_no_band() -> None:
    story = a_story(series=(a_series("TT", a_point("TT", "2025-10-01", "300", low=None, high=None)),))
    assert [row for row in rows(story, "Total", "rect") if "low" in row] == []


def test_dose_steps_are_bars_with_their_dose() -> None:
    bars = rows(a_story(), "Clomiphene", "rect")
    assert [(bar["full"], bar["from"], bar["to"]) for bar in bars] == [
        ("25 mg every other day", in_ms("2025-09-15"), in_ms("2025-11-17")),
        ("25 mg daily", in_ms("2025-11-17"), in_ms("2026-03-10")),
    ]
    assert bars[0]["top"] > bars[1]["top"], "the larger dose is the higher bar"


def test_the_effective_stop_is_a_rule_in_every_panel() -> None:
    for title in ("Total", "LH"):
        stops = [row for row in rows(a_story(), title, "rule") if row.get("day") == "15 Sep 2025"]
        assert [row["at"] for row in stops] == [in_ms("2025-09-15")]
    assert view(a_story(), "Weeks since effective stop, 15 Sep 2025")["layer"]


def test_a_stop_that_is_ahead_is_called_washout() -> None:
    story = a_story(today=date(2025, 9, 5), series=(), doses=(), milestones=(), windows=())
    assert view(story, "Washout until 15 Sep 2025")["layer"]


def test_milestones_are_marks_with_their_names() -> None:
    marks = rows(a_story(), "Milestones", "point")
    assert [(mark["text"], mark["at"]) for mark in marks] == [
        ("Testosterone above the cut-off", in_ms("2025-11-10")),
        ("LH and FSH within reference", in_ms("2026-03-02")),
    ]
    assert marks[0]["until"] == in_ms("2026-03-02"), "a line leads to the day it was sustained"


def test_a_lost_milestone_says_so() -> None:
    lost = MilestoneMark("M3", "Testosterone above the cut-off", date(2025, 11, 10), None, date(2026, 2, 2))
    mark = rows(a_story(milestones=(lost,)), "Milestones", "point")[0]
    assert mark["text"] == "Testosterone above the cut-off (lost 2 Feb 2026)"
    assert mark["shape"] == "cross"


def test_results_from_long_before_the_last_dose_do_not_squeeze_the_chart() -> None:
    early = a_story()
    series = a_series("TT", a_point("TT", "2021-01-04", "700"), *early.series[0].points)
    first, _ = edges(replace(early, series=(series,)))
    assert in_ms("2025-04-01") < first < in_ms("2025-06-01")


def test_the_last_value_keeps_its_label_where_there_is_least_room() -> None:
    labels = [row for row in rows(a_story(), "Total", "text") if "need" in row]
    by_text = {row["text"]: row["need"] for row in labels}
    assert by_text["588"] == 0
    assert by_text["410"] > 0


def test_the_same_story_gives_the_same_specification() -> None:
    assert json.dumps(recovery_spec(a_story())) == json.dumps(recovery_spec(a_story()))


def test_the_page_theme_brings_no_colours() -> None:
    spec = recovery_spec(a_story(), theme="page")
    assert "config" not in spec
    assert not re.search(r"#[0-9a-f]{3,6}", json.dumps(spec))


def test_an_unknown_theme_is_refused() -> None:
    with pytest.raises(KeyError, match="sepia"):
        recovery_spec(a_story(), theme="sepia")


@pytest.mark.parametrize(("palette", "side"), [(LIGHT, 0), (DARK, 1)])
def test_the_palette_is_that_of_the_pages(palette: Palette, side: int) -> None:
    found = dict(re.findall(r"(--rc-[\w-]+): light-dark\(([^)]*)\)", TOKENS.read_text()))

    def token(name: str) -> str:
        return found[name].split(",")[side].strip()

    assert palette.series == tuple(token(f"--rc-series-{number}") for number in range(1, 7))
    assert (palette.surface, palette.ink) == (token("--rc-surface"), token("--rc-ink"))
    assert (palette.quiet, palette.line) == (token("--rc-ink-2"), token("--rc-line"))


def texts(svg: str) -> Iterator[str]:
    for found in re.findall(r"<text[^>]*>([^<]*)</text>", svg):
        yield found.replace("&lt;", "<").replace("&gt;", ">")


def test_the_picture_says_what_was_reported() -> None:
    written = set(texts(recovery_svg(a_story())))
    assert {"<0.1", "842", "588", "4.8"} <= written
    assert {"Total testosterone, ng/dL", "Clomiphene", "25 mg daily", "Next retest"} <= written
    assert "Testosterone above the cut-off" in written
    assert "6 Apr 2026 to 27 Apr 2026" in written


def test_a_narrow_picture_leaves_out_what_has_no_room() -> None:
    wide, narrow = recovery_svg(a_story()), recovery_svg(a_story(), width=NARROW)
    assert "25 mg every other day" in set(texts(wide))
    assert "25 mg every other day" not in set(texts(narrow))
    assert {"588", "<0.1"} <= set(texts(narrow))


def test_the_dark_picture_differs_in_colours_only() -> None:
    light, dark = recovery_svg(a_story()), recovery_svg(a_story(), theme="dark")
    assert set(texts(light)) == set(texts(dark))
    assert LIGHT.series[0] in light
    assert DARK.series[0] in dark
    assert DARK.surface in dark


def test_a_picture_for_either_scheme_carries_both_palettes() -> None:
    svg = recovery_svg(a_story(), theme="auto")
    assert "@media (prefers-color-scheme:dark)" in svg
    for old, new in zip(LIGHT.series, DARK.series, strict=True):
        assert f'[stroke="{old}"]{{stroke:{new}}}' in svg
    assert f'[fill="{LIGHT.surface}"]{{fill:{DARK.surface}}}' in svg
    assert f'fill="{LIGHT.surface}"' in svg.split("</style>")[1]


def test_the_picture_needs_nothing_from_elsewhere() -> None:
    svg = recovery_svg(a_story())
    assert "data:font/woff2;base64," in svg
    addresses = set(re.findall(r"https?://[^\"' )]+", svg))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "<script" not in svg


def test_a_story_with_nothing_in_it_can_still_be_drawn() -> None:
    empty = Story(episode_id="e", patient_id="p", today=date(2026, 3, 10))
    assert "<svg" in recovery_svg(empty)
    assert not empty.has_drawing


def test_the_width_signal_that_labels_ask_for_exists() -> None:
    compiled = vl_convert.vegalite_to_vega(json.dumps(recovery_spec(a_story())), vl_version="6.4")
    assert compiled["width"] == WIDE
