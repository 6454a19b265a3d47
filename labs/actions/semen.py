"""What a semen analysis says beside its numbers, and whether the two agree."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from clinical.analytes import analyte
from clinical.plausibility import Concern, ConcernKind, check_plausible
from clinical.readings import Reading, canonical
from labs.models import SpermSeen, YesNoUnknown

CONCENTRATION = "SCONC"
# What can only be said of sperm that were there.
OF_SPERM = ("STOT", "SMOT", "SPR", "SNP", "SIM", "SMORPH", "SVIT")
# Our own limit, in million/mL: a sample with this many shows sperm before it is spun.
SEEN_WITHOUT_SPINNING = Decimal(1)


@dataclass(frozen=True, slots=True)
class SemenDetails:
    """What a semen analysis says beside its numbers."""

    sperm_seen: SpermSeen
    abstinence_days: Decimal | None = None
    collection_complete: YesNoUnknown = YesNoUnknown.UNKNOWN
    minutes_to_analysis: int | None = None
    who_edition: int = 6


def doubts_about_semen(readings: Mapping[str, Reading], semen: SemenDetails) -> list[Concern]:
    """Where the abstinence is implausible, or the statement on sperm contradicts the numbers."""
    concerns = list(_contradictions(readings, SpermSeen(semen.sperm_seen)))
    if semen.abstinence_days is not None:
        concerns += check_plausible(Reading("SABST", semen.abstinence_days, "d"))
    return concerns


def _contradictions(readings: Mapping[str, Reading], seen: SpermSeen) -> Iterator[Concern]:
    count = readings.get(CONCENTRATION)
    match seen:
        case SpermSeen.NONE:
            if count is not None and (count.value != 0 or count.censored):
                yield _stop(count, "0 or nothing, because none were seen")
            for key in OF_SPERM:
                if key in readings and readings[key].value != 0:
                    yield _stop(readings[key], "0 or nothing, because no sperm were seen")
        case SpermSeen.AFTER_CENTRIFUGATION:
            if count is not None and canonical(count).value >= SEEN_WITHOUT_SPINNING:
                accepted = f"nothing, 0, or a value below {SEEN_WITHOUT_SPINNING} million/mL"
                yield _stop(count, f"{accepted}, because sperm were seen only after centrifugation")
        case SpermSeen.COUNTED:
            if count is not None and count.value == 0 and not count.censored:
                message = (
                    f"{_start(count)}, and sperm as counted. Accepted without a question: none seen, "
                    "or seen only after centrifugation. Please confirm that it is right."
                )
                yield Concern(ConcernKind.SOFT, message, (CONCENTRATION,))


def _start(reading: Reading) -> str:
    return f"{analyte(reading.analyte).name} ({reading.analyte}): found {reading.text_with_unit}"


def _stop(reading: Reading, accepted: str) -> Concern:
    return Concern(ConcernKind.HARD, f"{_start(reading)}. Accepted: {accepted}.", (reading.analyte,))
