"""Reading typed days and times, and the moment that they mean on a clinic's clock; nothing is guessed."""

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAY_ACCEPTED = "a day such as 2026-03-02 or 2 Mar 2026"
TIME_ACCEPTED = "a time on the 24 hour clock such as 08:05"
_DIGITS = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_WORDS = re.compile(r"(\d{1,2}) ([A-Za-z]{3,9}) (\d{4})", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})|(\d{2})(\d{2})", re.ASCII)
_EITHER_WAY = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}")


class NotAMoment(ValueError):
    """What was typed is no day, no time, or a time that the clock skipped; the sentence says why."""

    def __init__(self, reason: str, *, found: str, accepted: str) -> None:
        what = f'found "{found}"' if found.strip() else "found nothing"
        super().__init__(" ".join(part for part in (f"{what}.", reason, f"Accepted: {accepted}.") if part))


class TwoMoments(ValueError):
    """The clock showed this time twice; somebody has to say which of the two is meant."""

    def __init__(self, first: datetime, second: datetime) -> None:
        super().__init__(
            f'found "{first:%H:%M}". The clocks went back that night and showed this time twice. '
            f"Accepted: one of the two, {first:%H:%M %Z} or {second:%H:%M %Z}."
        )
        self.first = first
        self.second = second


def parse_day(text: str) -> date:
    """A day typed as 2026-03-02 or 2 Mar 2026; raises NotAMoment."""
    typed = text.strip()
    try:
        if match := _DIGITS.fullmatch(typed):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if (match := _WORDS.fullmatch(typed)) and match[2].lower()[:3] in MONTHS:
            return date(int(match[3]), MONTHS.index(match[2].lower()[:3]) + 1, int(match[1]))
    except ValueError:
        raise NotAMoment("There is no such day.", found=text, accepted=DAY_ACCEPTED) from None
    reason = "This can be read two ways." if _EITHER_WAY.fullmatch(typed) else ""
    raise NotAMoment(reason, found=text, accepted=DAY_ACCEPTED)


def parse_time(text: str) -> time:
    """A time typed as 08:05, 8:05 or 0805; raises NotAMoment."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise NotAMoment("", found=text, accepted=TIME_ACCEPTED)
    try:
        return time(int(match[1] or match[3]), int(match[2] or match[4]))
    except ValueError:
        raise NotAMoment("There is no such time.", found=text, accepted=TIME_ACCEPTED) from None


def moment_of(day: date, clock: time, *, zone: str, which: str = "") -> datetime:
    """The instant at which a clock in `zone` showed this time.

    Raises NotAMoment where the clock skipped it, TwoMoments where it was shown twice and `which` is neither
    "first" nor "second".
    """
    here = ZoneInfo(zone)
    first = datetime.combine(day, clock, tzinfo=here)
    second = first.replace(fold=1)
    back = first.astimezone(UTC).astimezone(here)
    if back.time() != clock:
        before, after = second.astimezone(UTC).astimezone(here), back
        raise NotAMoment(
            f"The clocks of {zone} went forward on that day and never showed this time.",
            found=f"{clock:%H:%M}",
            accepted=f"what the clock did show, such as {before:%H:%M} or {after:%H:%M}",
        )
    if first.utcoffset() == second.utcoffset():
        return first
    match which:
        case "first":
            return first
        case "second":
            return second
    raise TwoMoments(first, second)
