"""The axis in one line: what testosterone, LH and FSH of one draw say together, or that they cannot say."""

from __future__ import annotations

from clinical.checks import Truth
from clinical.day import Day

CANNOT_SAY = "cannot say"


def axis_pattern(day: Day) -> str:
    """One plain line for the draws of a day; empty where none of the three was drawn."""
    drawn = [key for key in ("TT", "LH", "FSH") if day.drawn(key) is not None]
    if not drawn:
        return ""
    absent = [key for key in ("TT", "LH", "FSH") if key not in drawn]
    if absent:
        return f"{CANNOT_SAY}: {' and '.join(absent)} not measured"
    if day.on_testosterone():
        return "on testosterone: LH and FSH are held down by it"
    if day.felt("hCG"):
        return f"{CANNOT_SAY}: hCG drives testosterone and holds LH and FSH down"
    if day.fired("R93"):
        return f"{CANNOT_SAY}: biotin disturbs the assay"
    return _pattern(day)


def _pattern(day: Day) -> str:
    low = day.is_("TT", "<", "low_testosterone").truth
    suppressed = _all(day.is_("LH", "<", "suppressed_lh").truth, day.is_("FSH", "<", "suppressed_fsh").truth)
    raised = _any(day.above_upper("LH").truth, day.above_upper("FSH").truth)
    below = _any(day.below_lower("LH").truth, day.below_lower("FSH").truth)
    serm = " on a SERM" if day.felt("SERM") else ""
    if None in (low, suppressed, raised, below):
        return f"{CANNOT_SAY}: a reading is only known to be above or below its number"
    if low:
        return _low(suppressed=bool(suppressed), raised=bool(raised), serm=serm)
    if suppressed:
        return "testosterone without LH and FSH: not of the axis"
    if day.fired("R03"):
        return "testosterone held up by a high LH: compensated primary pattern"
    if below:
        return f"testosterone adequate with a low LH or FSH{serm}"
    return f"testosterone adequate, driven by LH and FSH{serm}"


def _low(*, suppressed: bool, raised: bool, serm: str) -> str:
    if suppressed:
        return f"axis suppressed{serm}"
    if raised:
        return (
            "high LH or FSH on a SERM and testosterone low"
            if serm
            else "primary pattern: the testes do not answer"
        )
    return f"secondary pattern: testosterone low without a raised LH or FSH{serm}"


def _all(one: Truth, other: Truth) -> Truth:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _any(one: Truth, other: Truth) -> Truth:
    if one or other:
        return True
    return None if one is None or other is None else False
