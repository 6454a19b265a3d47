"""A story built by hand, for charts that are tested without a database."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from timeline.story import DoseBar, MilestoneMark, Point, Series, Story, Testosterone, Window

RANGES = {"TT": ("264", "916", "ng/dL"), "LH": ("1.7", "8.6", "IU/L"), "SCONC": ("16", None, "M/mL")}
NAMES = {"TT": "Total testosterone", "LH": "LH", "SCONC": "Sperm concentration"}


def a_point(analyte: str, on: str, text: str, **fields: Any) -> Point:
    low, high, unit = RANGES[analyte]
    defaults = {
        "result_id": f"{analyte}-{on}",
        "panel_id": on,
        "on": date.fromisoformat(on),
        "text": text,
        "unit": unit,
        "value": Decimal(text.lstrip("<>=")),
        "censored": text[0] in "<>",
        "place": "within",
        "low": Decimal(low),
        "high": Decimal(high) if high else None,
        "range_text": f"{low} to {high} {unit}",
        "laboratory": "City Laboratory",
    }
    return Point(**{**defaults, **fields})


def a_series(analyte: str, *points: Point) -> Series:
    return Series(analyte, NAMES[analyte], RANGES[analyte][2], points)


def a_story(**fields: Any) -> Story:
    """A year of recovery: two analytes, a drug with two doses, two milestones and a retest ahead."""
    story = Story(
        episode_id="episode",
        patient_id="patient",
        today=date(2026, 3, 10),
        last_dose_on=date(2025, 9, 1),
        effective_stop_on=date(2025, 9, 15),
        testosterone=(
            Testosterone("Testosterone cypionate", "160 mg a week", date(2023, 1, 9), date(2025, 9, 1)),
        ),
        series=(
            a_series(
                "TT",
                a_point("TT", "2025-09-01", "842"),
                a_point("TT", "2025-11-10", "410"),
                a_point("TT", "2026-03-02", "588"),
            ),
            a_series("LH", a_point("LH", "2025-09-01", "<0.1"), a_point("LH", "2026-03-02", "4.8")),
        ),
        doses=(
            a_bar("1", "2025-09-15", "2025-11-17", share="0.5", text="25 mg every other day"),
            a_bar("2", "2025-11-17", None, share="1", text="25 mg daily"),
        ),
        milestones=(
            MilestoneMark("M3", "Testosterone above the cut-off", date(2025, 11, 10), date(2026, 3, 2)),
            MilestoneMark("M2", "LH and FSH within reference", date(2026, 3, 2)),
        ),
        windows=(
            Window(
                "retest",
                ("TT", "LH"),
                ("Total testosterone", "LH"),
                date(2026, 4, 6),
                date(2026, 4, 13),
                date(2026, 4, 27),
                "not_due",
                "Every 12 weeks",
            ),
        ),
    )
    return replace(story, **fields)


def a_bar(step: str, starts: str, ends: str | None, *, share: str, text: str) -> DoseBar:
    return DoseBar(
        step_id=step,
        course_id="course",
        drug="clomiphene",
        drug_name="Clomiphene",
        text=text,
        amount_text="25 mg",
        starts_on=date.fromisoformat(starts),
        ends_on=date.fromisoformat(ends) if ends else None,
        share=Decimal(share),
        reason="Testosterone below target",
    )
