"""Milestones of recovery: first reached, sustained and lost, by the draws since the effective stop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple, TypeAlias

from clinical.checks import Truth
from clinical.findings import MilestoneReached
from clinical.index import Index
from clinical.milestone_tests import Draws, both, observed_days, semen_days, serum_days

Test: TypeAlias = Callable[[date], Truth]
LOSING_DRAWS = 2


class Held(NamedTuple):
    """How a milestone stands: first and last qualifying day, the second of a pair, the day it was lost."""

    first: date
    last: date
    sustained: date | None = None
    lost: date | None = None


def held(days: Sequence[date], test: Test) -> Held | None:
    """First and last qualifying day; lost on the second draw in a row that does not qualify any more."""
    first = next((day for day in days if test(day)), None)
    if first is None:
        return None
    missed: list[date] = []
    for day in reversed(days):
        truth = test(day)
        if truth:
            return Held(first, day, lost=missed[-LOSING_DRAWS] if len(missed) >= LOSING_DRAWS else None)
        if truth is False:
            missed.append(day)
    return Held(first, first)


def pairs(days: Iterable[date], test: Test, apart: timedelta, second: Test | None = None) -> set[date]:
    """Days that qualify, `apart` or more after one that did, with only qualifying draws between."""
    found = set()
    run_start: date | None = None
    for day in days:
        truth = test(day)
        if truth is None:
            continue
        run_start = (run_start or day) if truth else None
        if run_start is not None and day - run_start >= apart and (second is None or second(day)):
            found.add(day)
    return found


def remembered(test: Test) -> Test:
    """The same test, that works each day out once."""
    return cache(test)


def among(found: set[date], test: Test) -> Test:
    """True on the days found, false on others that the test can judge."""
    return lambda day: True if day in found else (None if test(day) is None else False)


def _endocrine(draws: Draws) -> dict[str, Held | None]:
    days = serum_days(draws)
    apart = draws.span("sustained_apart")
    adequate = remembered(draws.testosterone_adequate)
    in_reference = remembered(draws.gonadotropins_in_reference)
    recovered = remembered(draws.recovered_off_drug)
    free = remembered(draws.free_testosterone_adequate)
    sustained = pairs(days, adequate, apart)
    off_drug = pairs(days, recovered, apart, draws.long_off_drug)

    def together(day: date) -> Truth:
        if day not in sustained:
            return among(sustained, adequate)(day)
        return both(in_reference(day), free(day))

    testosterone = held(days, adequate)
    twice = held(days, among(sustained, adequate))
    if testosterone and twice:
        testosterone = testosterone._replace(sustained=twice.first)
    return {
        "M1": held(days, draws.gonadotropins_detectable),
        "M2": held(days, in_reference),
        "M3": testosterone,
        "M3s": twice,
        "M3h": held(days, draws.testosterone_on_stimulation),
        "M4": held(days, free),
        "M5": held(days, together) if sustained else None,
        "M6": held(days, draws.own_baseline),
        "M7": held(days, among(off_drug, recovered)),
    }


def _semen(draws: Draws) -> dict[str, Held | None]:
    days = semen_days(draws)
    apart = draws.span("semen_sustained_apart")
    fertile = remembered(draws.fertile_count)
    within_limits = remembered(draws.within_all_limits)
    count = held(days, fertile)
    twice = pairs(days, fertile, apart)
    all_limits = pairs(days, within_limits, apart)
    if count and twice:
        count = count._replace(sustained=min(twice))
    return {
        "M8": held(days, draws.sperm),
        "M9": held(days, draws.out_of_severe_oligospermia),
        "M10": count,
        "M11": held(days, draws.motile_count_fair),
        "M12": held(days, among(all_limits, within_limits)),
    }


def _complete(
    draws: Draws, found: dict[str, Held | None], has_critical: Callable[[date], bool]
) -> Held | None:
    """M15: the day on which everything asked for holds and nothing critical is open."""
    asked = ["M7", "M10", "M11"] if draws.index.record.fertility_goal else ["M7"]
    parts = [found[key] for key in asked]
    if any(part is None or part.lost for part in parts):
        return None
    count = found["M10"] if draws.index.record.fertility_goal else None
    if count is not None and count.sustained is None:
        return None
    firsts = [part.first for part in parts if part] + ([count.sustained] if count and count.sustained else [])
    days = [day for day in sorted({*serum_days(draws), *semen_days(draws)}) if day >= max(firsts)]
    first = next((day for day in days if not has_critical(day)), None)
    if first is None:
        return None
    lost = days[-1] if has_critical(days[-1]) else None
    return Held(first, first if lost else days[-1], lost=lost)


def _note(draws: Draws, key: str, held_: Held) -> str:
    record, on = draws.index.record, held_.last
    match key:
        case "M3" | "M5":
            taken = [name for name in ("SERM", "GnRH", "AI") if draws.index.taking.felt(name, held_.first)]
            return f"on {', '.join(taken)}" if taken else "off drug"
        case "M6":
            baseline = record.baseline["TT"]
            now = draws.value("TT", on)
            low = draws.limit("low_testosterone")
            share = f"{now / baseline * 100:.0f} % of baseline" if now is not None else ""
            drug = "on drug" if draws.any_drug(on) else "off drug"
            still = "own baseline, still hypogonadal" if now is not None and now < low else ""
            only = (
                ""
                if record.baseline.get("LH")
                else "judged by testosterone alone: no LH from before testosterone"
            )
            return "; ".join(text for text in (share, drug, still, only) if text)
        case "M11":
            motile = draws.motile(on)
            enough = motile is not None and motile >= draws.limit("fair_motile_count")
            return "9 million or more" if enough else ""
    return ""


def milestones(index: Index, on: date, has_critical: Callable[[date], bool]) -> tuple[MilestoneReached, ...]:
    """Every milestone reached by that day in the latest time off testosterone, in the rulebook's order."""
    off = [p for p in index.record.periods if p.effective_stop is not None and p.effective_stop <= on]
    if not off or off[-1].effective_stop is None:
        return ()
    stop, restart = off[-1].effective_stop, off[-1].restarted_on
    restarted = restart if restart is not None and restart <= on else None
    draws = Draws(index, stop, min(on, restarted) if restarted else on)
    found: dict[str, Held | None] = {"M0": Held(stop, stop)}
    found |= _endocrine(draws)
    found |= _semen(draws)
    found["M13"] = held(observed_days(draws, "testis_left"), draws.testes_full)
    found["M14"] = held(observed_days(draws, "phq9"), draws.well)
    found["M15"] = _complete(draws, found, has_critical)
    reached = []
    for key, entry in index.rules.milestones.items():
        one = found.get(key)
        if one is None:
            continue
        reached.append(
            MilestoneReached(
                key=key,
                title=entry.title,
                reached_on=one.first,
                sustained_on=one.sustained,
                lost_on=restarted or one.lost,
                note=_note(draws, key, one),
                last_met_on=one.last,
            )
        )
    return tuple(reached)
