"""D19, lost hour: no hour that is skipped or comes twice is guessed, and each local day is judged once."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import Clinic
from labs import actions as labs
from labs.forms.moments import NotAMoment, TwoMoments, moment_of
from labs.models import Panel, PanelKind
from monitoring.models import Evaluation, Flag, Retest
from monitoring.tasks import sweep
from tests import builders
from tests.drills.figures import told
from tests.labs.posting import head, new_url, rows, words

# Zone, the night on which its clock goes forward, the first minute skipped, the night on which it goes back,
# the first minute shown twice, and by how many minutes. Two zones know no such night.
ZONES = [
    ("America/New_York", date(2026, 3, 8), time(2, 0), date(2026, 11, 1), time(1, 0), 60),
    ("Europe/London", date(2026, 3, 29), time(1, 0), date(2026, 10, 25), time(1, 0), 60),
    ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 0), date(2026, 4, 5), time(1, 30), 30),
    ("Australia/Sydney", date(2026, 10, 4), time(2, 0), date(2026, 4, 5), time(2, 0), 60),
    ("Asia/Kathmandu", None, None, None, None, 0),
    ("UTC", None, None, None, None, 0),
]
LEAP_DAYS = [date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)]
MINUTES = [time(minute // 60, minute % 60) for minute in range(0, 24 * 60)]


def guessed(read, zone, forward, skipped, back, twice, minutes):
    """Every minute of both nights and of the leap day, read; what was guessed, and what was asked."""
    wrong, asked = [], 0
    here = ZoneInfo(zone)
    for day in filter(None, [forward, back, *LEAP_DAYS]):
        for clock in MINUTES:
            after = datetime.combine(date.min, clock) - datetime.combine(date.min, skipped or time(0))
            in_gap = day == forward and timedelta(0) <= after < timedelta(minutes=minutes)
            after = datetime.combine(date.min, clock) - datetime.combine(date.min, twice or time(0))
            in_overlap = day == back and timedelta(0) <= after < timedelta(minutes=minutes)
            expected = NotAMoment if in_gap else TwoMoments if in_overlap else None
            try:
                found = read(day, clock, zone=zone)
            except (NotAMoment, TwoMoments) as problem:
                asked += 1
                if expected is not type(problem):
                    wrong.append(f"{zone} {day} {clock} {type(problem).__name__}")
                continue
            shown = found.astimezone(UTC).astimezone(here)
            if expected is not None or (shown.date(), shown.time()) != (day, clock):
                wrong.append(f"{zone} {day} {clock} was guessed")
    return wrong, asked


@pytest.mark.parametrize("place", ZONES, ids=[place[0] for place in ZONES])
def test_every_minute_of_both_nights_is_read_or_asked_about(place):
    wrong, asked = guessed(moment_of, *place)
    assert wrong == []
    assert asked == 2 * place[-1]
    told("D19", place[0].replace("/", "_"), minutes_read=(5 if place[1] else 3) * 1440, asked=asked)


@pytest.mark.planted
def test_a_reader_that_takes_the_first_of_two_is_caught():
    def careless(day, clock, *, zone):
        return datetime.combine(day, clock, tzinfo=ZoneInfo(zone))

    wrong, asked = guessed(careless, *ZONES[1])
    assert (len(wrong), asked) == (120, 0)


@pytest.fixture
def clinic_in(db):
    """A clinic in a zone, with its clinician and a patient whose episode is open."""

    def make(zone):
        clinic = builders.a_clinic(f"{zone} Clinic", time_zone=zone)
        doc = builders.acting(builders.a_person("doc", clinic=clinic, role="clinician"))
        patient = builders.a_patient(doc)
        return clinic, doc, patient, builders.an_episode(patient, by=doc, stopped=date(2026, 1, 12))

    return make


def a_draw(patient, by, at, zone, **values):
    return labs.record_panel(
        patient,
        by=by,
        laboratory=builders.a_laboratory(by),
        kind=PanelKind.BLOOD,
        collection=builders.collection(at, zone=zone),
        entered=[builders.entered(key, text) for key, text in values.items()],
        entry_key=builders.uuid.uuid4(),
        confirmed=True,
    )


@pytest.mark.parametrize("place", ZONES[:4], ids=[place[0] for place in ZONES[:4]])
def test_the_entry_page_asks_which_of_the_two_and_stores_that_one(client, clinic_in, place, time_machine):
    zone, back, twice, minutes = place[0], place[3], place[4], place[5]
    time_machine.move_to(datetime(2026, 12, 1, tzinfo=UTC), tick=False)
    _, doc, patient, _ = clinic_in(zone)
    client.force_login(doc)
    stored = []
    for which, value in (("first", "410"), ("second", "412")):
        typed = head(patient, doc, collected_on=back.isoformat(), collected_time=f"{twice:%H:%M}")
        typed |= rows(TT=(value, "ng/dL"))
        asked = client.post(new_url(patient), typed)
        assert asked.status_code == 422
        assert "showed this time twice" in words(asked)
        assert client.post(new_url(patient), {**typed, "which": which}).status_code == 302
        builders.acting(doc)
        stored.append(Panel.objects.latest("finalised_at", "collected_at").collected_at)
    assert max(stored) - min(stored) == timedelta(minutes=minutes)
    # The order of the story is that of time, also in the hour that came twice.
    assert list(Panel.objects.order_by("collected_at").values_list("collected_on", flat=True)) == [back] * 2


@pytest.mark.parametrize("place", ZONES, ids=[place[0] for place in ZONES])
def test_two_draws_around_midnight_stand_on_two_local_days(clinic_in, place, time_machine):
    zone, night = place[0], place[3] or date(2026, 3, 29)
    time_machine.move_to(datetime(2026, 12, 1, tzinfo=UTC), tick=False)
    _, doc, patient, _ = clinic_in(zone)
    late = moment_of(night, time(23, 50), zone=zone)
    early = moment_of(night + timedelta(days=1), time(0, 10), zone=zone)
    panels = [a_draw(patient, doc, at, zone, TT="410") for at in (early, late)]
    assert [panel.collected_on for panel in panels] == [night + timedelta(days=1), night]
    assert early - late == timedelta(minutes=20)


@pytest.mark.parametrize("place", ZONES, ids=[place[0] for place in ZONES])
def test_the_sweep_judges_once_each_local_day_also_where_the_clock_steps_back(clinic_in, place, time_machine):
    zone = place[0]
    here = ZoneInfo(zone)
    begins = (place[3] or date(2026, 3, 29)) - timedelta(days=1)
    at = datetime.combine(begins, time(0, 5), tzinfo=here).astimezone(UTC)
    time_machine.move_to(at - timedelta(days=2), tick=False)
    _, doc, patient, episode = clinic_in(zone)
    a_draw(patient, doc, at - timedelta(days=3), zone, TT="200", LH="0.3", FSH="0.4", HCT="54.6")
    sweep()
    judged, flags = [], None
    for step in range(3 * 24 * 2):
        moment = at + timedelta(minutes=30 * step)
        # Ten minutes back, every fifth time: also over midnight.
        for now in [moment, moment - timedelta(minutes=10)] if step % 5 == 0 else [moment]:
            time_machine.move_to(now, tick=False)
            if sweep():
                builders.acting(doc)
                judged.append(Evaluation.objects.get(episode=episode).evaluated_on)
        builders.acting(doc)
        now = set(Flag.objects.values_list("cause", "first_seen_at"))
        assert flags is None or len(now) == len(flags)
        flags = now
    days = {(at + timedelta(minutes=30 * step)).astimezone(here).date() for step in range(3 * 24 * 2)}
    assert sorted(judged) == sorted(days)
    assert len(judged) == len(set(judged))
    told("D19", f"sweep-{zone.replace('/', '_')}", sweeps=3 * 24 * 2 + 29, days=len(days), judged=len(judged))


def test_retests_and_doses_keep_their_days_across_both_transitions(clinic_in, time_machine):
    """Windows are days of a calendar: counted in days they come out the same in every zone."""
    windows = []
    for place in ZONES:
        time_machine.move_to(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False)
        _, doc, _, episode = clinic_in(place[0])
        builders.a_course(episode, by=doc, starts_on=date(2026, 2, 28))
        sweep()
        builders.acting(doc)
        windows.append(list(Retest.objects.filter(episode=episode).order_by("key").values_list("target_on")))
    assert windows[0]
    assert all(found == windows[0] for found in windows)


@pytest.mark.planted
def test_a_day_added_to_an_aware_local_time_is_not_a_day_of_hours():
    """What somebody writes who counts a day as 24 hours on the clinic's clock."""
    zone, forward, _, back, _, _ = ZONES[0]
    for day, hours in ((forward, 23), (back, 25)):
        noon = datetime.combine(day - timedelta(days=1), time(12), tzinfo=ZoneInfo(zone))
        naive = noon + timedelta(hours=24)
        assert naive.astimezone(UTC) - noon.astimezone(UTC) == timedelta(hours=hours)


def test_a_clinic_that_moves_to_another_zone_keeps_what_it_read(clinic_in, time_machine):
    time_machine.move_to(datetime(2026, 6, 1, 12, tzinfo=UTC), tick=False)
    clinic, doc, patient, episode = clinic_in("Asia/Kathmandu")
    panel = a_draw(patient, doc, datetime(2026, 5, 1, 19, 0, tzinfo=UTC), "Asia/Kathmandu", TT="410")
    sweep()
    before = Evaluation.objects.get(episode=episode).evaluated_on
    Clinic.objects.filter(pk=clinic.pk).update(time_zone="America/New_York")
    sweep()
    builders.acting(doc)
    panel.refresh_from_db()
    assert (panel.collected_on, panel.collected_zone) == (date(2026, 5, 2), "Asia/Kathmandu")
    assert Evaluation.objects.get(episode=episode).evaluated_on == before
    assert timezone.localdate(timezone=ZoneInfo("America/New_York")) <= before
