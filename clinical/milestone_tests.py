"""Whether one day's draw qualifies for a milestone: true, false, or None where the draw cannot say."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from clinical.calculated import CannotCalculate, SpermTotals, free_testosterone
from clinical.checks import Truth, compare, is_below, not_
from clinical.conditions.semen import sperm_present, total_count, totals_on
from clinical.index import Index
from clinical.record import DAYS_A_WEEK
from clinical.taking import FOREVER

OFF_FOR = {"SERM": "off_serm", "hCG": "off_hcg", "AI": "off_ai", "GnRH": "off_gnrh", "FSH": "off_fsh"}
WHO_LIMITED = ("SVOL", "SCONC", "SMOT", "SPR", "SMORPH", "SVIT")
NEEDED_FOR_ALL_LIMITS = ("SVOL", "SCONC", "SMOT")


def both(one: Truth, other: Truth) -> Truth:
    """True where both are, false where one is false, else open."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


class Draws:
    """The draws after an effective stop, up to a day, asked one day at a time."""

    __slots__ = ("_at_work", "_clean_from", "_from_outside", "_takes_hcg", "index", "stop", "until")

    def __init__(self, index: Index, stop: date, until: date) -> None:
        self.index = index
        self.stop = stop
        self.until = until
        self._clean_from = stop + self.span("off_testosterone")
        self._at_work = self._work_of_drugs()
        self._takes_hcg = bool(index.taking.doses("hCG"))
        self._from_outside: dict[date, bool] = {}

    def limit(self, name: str) -> Decimal:
        """The value of a named number."""
        return self.index.rules.limits[name].value

    def span(self, name: str) -> timedelta:
        """A named number of days or weeks."""
        number = self.index.rules.limits[name]
        return timedelta(days=int(number.value * (DAYS_A_WEEK if number.unit == "wk" else 1)))

    def value(self, key: str, on: date) -> Decimal | None:
        """The number measured that day; None where it is missing or censored."""
        drawn = self.index.drawn(key, on)
        return None if drawn is None or drawn.reading.censored else drawn.reading.value

    def at_least(self, key: str, on: date, limit: Decimal) -> Truth:
        """Whether that day's value reaches a limit."""
        drawn = self.index.drawn(key, on)
        return None if drawn is None else not_(is_below(drawn.reading.value, drawn.reading.comparator, limit))

    def not_below_lower(self, key: str, on: date) -> Truth:
        """Whether that day's value is at or above its lower limit."""
        drawn = self.index.drawn(key, on)
        limit = self.index.limit(drawn, "low") if drawn else None
        return None if limit is None else self.at_least(key, on, limit.value)

    def on_hcg(self, on: date) -> bool:
        """True while hCG is taken or not washed out."""
        return self._takes_hcg and bool(self.index.taking.felt("hCG", on))

    def any_drug(self, on: date) -> bool:
        """True while any drug of recovery is taken or not washed out."""
        return any(self.index.taking.felt(key, on) for key in OFF_FOR)

    # Serum

    def _not_of_the_axis(self, on: date) -> bool:
        """True where testosterone of that day is hCG's, or came without LH and FSH and so from outside."""
        if on not in self._from_outside:
            self._from_outside[on] = self.on_hcg(on) or (
                self.at_least("LH", on, self.limit("suppressed_lh")) is False
                and self.at_least("FSH", on, self.limit("suppressed_fsh")) is False
            )
        return self._from_outside[on]

    def gonadotropins_detectable(self, on: date) -> Truth:
        """M1."""
        if self.on_hcg(on):
            return None
        lh = self.at_least("LH", on, self.limit("suppressed_lh"))
        return both(lh, self.at_least("FSH", on, self.limit("suppressed_fsh")))

    def gonadotropins_in_reference(self, on: date) -> Truth:
        """M2."""
        if self.on_hcg(on):
            return None
        return both(self.not_below_lower("LH", on), self.not_below_lower("FSH", on))

    def testosterone_adequate(self, on: date) -> Truth:
        """M3: a late draw cannot qualify, one of unknown hour can."""
        if self._not_of_the_axis(on) or self._is_late(on):
            return None
        return self.at_least("TT", on, self.limit("low_testosterone"))

    def testosterone_on_stimulation(self, on: date) -> Truth:
        """M3 on hCG, which is named apart."""
        return self.at_least("TT", on, self.limit("low_testosterone")) if self.on_hcg(on) else None

    def _is_late(self, on: date) -> bool:
        drawn = self.index.drawn("TT", on)
        hour = drawn.sample.hour if drawn else None
        return hour is not None and hour > self.limit("latest_draw_hour")

    def free_testosterone_adequate(self, on: date) -> Truth:
        """M4."""
        if self._not_of_the_axis(on):
            return None
        total, shbg, albumin = (self.index.drawn(key, on) for key in ("TT", "SHBG", "ALB"))
        if total is None or shbg is None:
            return None
        try:
            albumin_reading = albumin.reading if albumin else None
            table = self.index.rulebook.calculated
            free = free_testosterone(total.reading, shbg.reading, albumin_reading, table=table)
        except CannotCalculate:
            return None
        return free.free_pg_ml >= self.limit("low_free_testosterone")

    def own_baseline(self, on: date) -> Truth:
        """M6; by testosterone alone where there is no LH from before testosterone."""
        baseline = self.index.record.baseline
        if self._not_of_the_axis(on) or "TT" not in baseline:
            return None
        testosterone = self.at_least("TT", on, baseline["TT"] * self.limit("baseline_testosterone") / 100)
        if "LH" not in baseline:
            return testosterone
        return both(testosterone, self.at_least("LH", on, baseline["LH"] * self.limit("baseline_lh") / 100))

    def _off_since(self, on: date) -> bool:
        """True where testosterone and every drug have been stopped for as long as M7 asks."""
        return on >= self._clean_from and not any(start < on < end for start, end in self._at_work)

    def _work_of_drugs(self) -> list[tuple[date, date]]:
        """For each dose its first day and the first day on which M7 calls him off it."""
        spans = {key: self.span(name) for key, name in OFF_FOR.items()}
        return [
            (dose.starts_on, FOREVER if dose.ends_on is None else dose.ends_on + span)
            for key, span in spans.items()
            for dose in self.index.taking.doses(key)
        ]

    def recovered_off_drug(self, on: date) -> Truth:
        """One of the two draws of M7."""
        if not self._off_since(on):
            return None
        return both(self.testosterone_adequate(on), self.gonadotropins_in_reference(on))

    def long_off_drug(self, on: date) -> bool:
        """True where the last drug, or testosterone, was stopped long enough before."""
        ends = [self.index.taking.last_dose(key, on) for key in OFF_FOR]
        last = max([self.stop, *(end for end in ends if end is not None)])
        return on - last >= self.span("off_drug_confirmed")

    # Semen

    def sperm(self, on: date) -> Truth:
        """M8."""
        drawn = self.index.drawn("SCONC", on)
        return sperm_present(drawn, self.index.rules.limits["no_sperm"]).truth if drawn else None

    def out_of_severe_oligospermia(self, on: date) -> Truth:
        """M9."""
        return self.at_least("SCONC", on, self.limit("severe_oligo"))

    def fertile_count(self, on: date) -> Truth:
        """M10: concentration and total number at or above their limits."""
        drawn, total = self.index.drawn("SCONC", on), total_count(self.index, on)
        if drawn is None or total is None:
            return None
        limit = self.index.default_limit("STOT", "low", drawn.sample.who_edition)
        enough = None if limit is None else compare(total, ">=", limit).truth
        return both(self.not_below_lower("SCONC", on), enough)

    def motile(self, on: date) -> Decimal | None:
        """Motile sperm in the ejaculate, in millions."""
        totals = totals_on(self.index, on)
        return totals.motile if isinstance(totals, SpermTotals) else None

    def motile_count_fair(self, on: date) -> Truth:
        """M11."""
        motile = self.motile(on)
        return None if motile is None else motile > self.limit("low_motile_count")

    def within_all_limits(self, on: date) -> Truth:
        """M12: whatever was measured, and at least volume, concentration and motility."""
        truth: Truth = True
        for key in WHO_LIMITED:
            if key in NEEDED_FOR_ALL_LIMITS or self.index.drawn(key, on) is not None:
                truth = both(truth, self.not_below_lower(key, on))
        return truth

    # Examination and symptoms

    def testes_full(self, on: date) -> Truth:
        """M13: each testis full-sized, or grown since before testosterone."""
        sides = [self._noted(kind, on) for kind in ("testis_left", "testis_right")]
        if None in sides:
            return None
        smallest = min(side for side in sides if side is not None)
        before = self.index.record.baseline.get("TVOL")
        if before and smallest >= before * (100 + self.limit("testis_growth")) / 100:
            return True
        return smallest >= self.limit("testis_volume")

    def well(self, on: date) -> Truth:
        """M14: libido and energy good, and PHQ-9 minimal."""
        libido, energy, phq9 = (self._noted(kind, on) for kind in ("nrs_libido", "nrs_energy", "phq9"))
        if libido is None or energy is None or phq9 is None:
            return None
        good = self.limit("nrs_good")
        return libido >= good and energy >= good and phq9 < self.limit("phq9_minimal")

    def _noted(self, kind: str, on: date) -> Decimal | None:
        values = [o.value for o in self.index.observations.get(kind, ()) if o.on == on]
        return values[-1] if values and isinstance(values[-1], Decimal) else None


def _days(draws: Draws, keys: tuple[str, ...]) -> list[date]:
    """The days after the effective stop with one of these; the draw on the stop itself shows the drug."""
    days = {day for key in keys for day in draws.index.days_of(key)}
    return sorted(day for day in days if draws.stop < day <= draws.until)


def serum_days(draws: Draws) -> list[date]:
    """The days with testosterone, LH or FSH."""
    return _days(draws, ("TT", "LH", "FSH"))


def semen_days(draws: Draws) -> list[date]:
    """The days with a semen analysis."""
    return _days(draws, ("SCONC",))


def observed_days(draws: Draws, kind: str) -> list[date]:
    """The days on which something was noted."""
    return _days(draws, (kind,))
