"""Recording, amending, reviewing and releasing, without a page in front of them."""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from audit.models import Event
from labs import actions
from labs.models import Panel, PanelKind, SpermSeen
from patients.models import Episode
from tests import builders

MARCH = date(2026, 3, 2)


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada)


@pytest.fixture
def panel(ada, patient):
    return builders.a_panel(patient, by=ada, on=MARCH, TT="410", LH="<0.1")


def record(patient, ada, *entered, on=MARCH, key=None, **more):
    return actions.record_panel(
        patient,
        by=ada,
        laboratory=builders.a_laboratory(ada),
        kind=more.pop("kind", PanelKind.BLOOD),
        collection=builders.collection(on),
        entered=entered,
        entry_key=key or uuid.uuid4(),
        **more,
    )


def amend(panel, ada, *entered, on=MARCH, reason="Retyped", version=1, key=None, **more):
    return actions.amend_panel(
        panel,
        by=ada,
        reason=reason,
        read_version=version,
        laboratory=panel.laboratory,
        collection=builders.collection(on),
        entered=entered or [builders.entered("TT", "401")],
        entry_key=key or uuid.uuid4(),
        **more,
    )


def limits(low, high, unit="ng/dL"):
    return actions.Limits(Decimal(low), Decimal(high), unit, "leaflet of 2025", method="LC-MS/MS")


def test_a_result_keeps_the_report_beside_the_canonical_value(ada, patient):
    result = record(patient, ada, builders.entered("TT", "14.20", "nmol/L")).results.get()
    assert (result.reported_text, result.reported_unit, result.comparator) == ("14.20", "nmol/L", "=")
    assert (result.canonical_value, result.canonical_unit) == (Decimal("409.5564000000"), "ng/dL")
    assert actions.reading_of(result).text == "14.20"


def test_a_comparator_is_kept_and_places_the_result(ada, panel):
    lh = panel.results.get(analyte="LH")
    assert (lh.reported_text, lh.comparator, lh.value) == ("<0.1", "<", Decimal("0.1000"))
    assert (lh.place, actions.reading_of(lh).text) == ("below", "<0.1")


def test_the_laboratorys_own_range_wins_over_the_default(ada, patient):
    default = record(patient, ada, builders.entered("TT", "270"), on=date(2026, 3, 1)).results.get()
    assert (default.place, default.interval_id, default.interval_is_laboratorys) == (
        "within",
        "TT-harmonized",
        False,
    )
    own = actions.set_interval(builders.a_laboratory(ada), analyte="TT", limits=limits(280, 1100), by=ada)
    result = record(patient, ada, builders.entered("TT", "270")).results.get()
    assert (result.place, result.interval_id, result.method) == ("below", str(own.id), "LC-MS/MS")
    assert (result.interval_text, result.interval_is_laboratorys) == ("280 to 1100 ng/dL", True)


def test_a_stored_result_keeps_its_range_when_the_laboratory_changes_it(ada, patient):
    laboratory = builders.a_laboratory(ada)
    actions.set_interval(laboratory, analyte="TT", limits=limits(280, 1100), by=ada)
    panel = record(patient, ada, builders.entered("TT", "290"))
    actions.set_interval(laboratory, analyte="TT", limits=limits(300, 1000), by=ada)
    result = panel.results.get()
    assert (result.place, result.interval_version, result.interval_low) == ("within", "1", 280)


def test_an_open_limit_is_frozen_in_words(ada, patient):
    result = record(patient, ada, builders.entered("TG", "150", "mg/dL")).results.get()
    assert (result.place, result.interval_text) == ("above", "below 150 mg/dL")


def test_an_analyte_without_a_range_is_not_placed(ada, patient):
    assert record(patient, ada, builders.entered("GGT", "30", "U/L")).results.get().place == "no_interval"


def test_recording_is_audited_and_wakes_the_evaluation_of_the_episode(ada, patient):
    episode = builders.an_episode(patient, by=ada)
    before = Episode.objects.get(pk=episode.pk).record_version
    panel = record(patient, ada, builders.entered("TT", "410"))
    assert Episode.objects.get(pk=episode.pk).record_version == before + 1
    assert panel.record_version == before + 1
    event = Event.objects.get(action="labs.panel.recorded")
    assert (event.object_id, event.actor_id, event.patient_id) == (str(panel.id), ada.id, patient.id)
    assert "410" not in str(event.details)


def test_the_same_entry_twice_is_stored_once(ada, patient):
    key = uuid.uuid4()
    first = record(patient, ada, builders.entered("TT", "410"), key=key)
    assert record(patient, ada, builders.entered("TT", "410"), key=key) == first
    assert Panel.objects.count() == 1


@pytest.mark.parametrize(("text", "on"), [("420", MARCH), ("410", date(2026, 3, 3))])
def test_a_key_that_stands_for_another_entry_gives_nothing_back_as_stored(ada, patient, text, on):
    key = uuid.uuid4()
    record(patient, ada, builders.entered("TT", "410"), key=key)
    with pytest.raises(actions.AlreadyRecorded):
        record(patient, ada, builders.entered("TT", text), key=key, on=on, repeat_confirmed=True)
    assert Panel.objects.count() == 1


def test_a_key_of_another_patient_gives_nothing_back_as_stored(ada, patient):
    key, other = uuid.uuid4(), builders.a_patient(ada)
    record(patient, ada, builders.entered("TT", "410"), key=key)
    with pytest.raises(actions.KeyUsed):
        record(other, ada, builders.entered("TT", "410"), key=key)


def test_a_second_panel_of_the_moment_is_stored_only_when_that_was_confirmed(ada, patient, panel):
    with pytest.raises(actions.AlreadyRecorded) as raised:
        record(patient, ada, builders.entered("TT", "410"))
    assert raised.value.panel == panel
    record(patient, ada, builders.entered("SHBG", "33"))
    record(patient, ada, builders.entered("TT", "410"), repeat_confirmed=True)
    assert Panel.objects.count() == 3


def test_what_is_impossible_cannot_be_confirmed(ada, patient):
    with pytest.raises(actions.EntryRefused, match="Accepted: 1 to 5000 ng/dL") as raised:
        record(patient, ada, builders.entered("TT", "5120"), confirmed=True)
    assert [stop.analytes for stop in raised.value.doubts.stops] == [("TT",)]
    assert not Panel.objects.exists()


def test_an_empty_panel_is_refused(ada, patient):
    with pytest.raises(actions.EntryRefused, match="at least one value"):
        record(patient, ada, confirmed=True)


def test_only_the_sentences_that_were_read_are_confirmed(ada, patient):
    entered = builders.entered("TT", "1600")
    with pytest.raises(actions.EntryRefused) as raised:
        record(patient, ada, entered)
    read = [ask.message for ask in raised.value.doubts.asks]
    with pytest.raises(actions.EntryRefused):
        record(patient, ada, builders.entered("TT", "1601"), confirmed=read)
    assert record(patient, ada, entered, confirmed=read).results.get().confirmed == read


def test_a_confirmation_stands_with_the_results_that_it_is_about(ada, patient):
    panel = record(patient, ada, builders.entered("TT", "1600"), builders.entered("LH", "4"), confirmed=True)
    assert panel.results.get(analyte="LH").confirmed == []
    assert len(panel.results.get(analyte="TT").confirmed) == 1


def test_none_seen_is_written_out_as_a_count_of_zero(ada, patient):
    panel = record(
        patient,
        ada,
        builders.entered("SVOL", "2.4"),
        kind=PanelKind.SEMEN,
        semen=actions.SemenDetails(sperm_seen=SpermSeen.NONE),
    )
    assert panel.results.get(analyte="SCONC").reported_text == "0"


def test_previous_readings_are_the_latest_current_ones_before_a_moment(ada, patient):
    builders.a_panel(patient, by=ada, on=date(2026, 1, 5), TT="200", LH="1")
    february = builders.a_panel(patient, by=ada, on=date(2026, 2, 2), TT="300")
    builders.a_panel(patient, by=ada, on=MARCH, TT="400")
    before = datetime(2026, 3, 2, 8, tzinfo=UTC)
    found = actions.previous_readings(patient, before=before)
    assert {key: each.reading.text for key, each in found.items()} == {"TT": "300", "LH": "1"}
    without = actions.previous_readings(patient, before=before, without=february)
    assert without["TT"].reading.text == "200"


def test_the_last_unit_of_a_laboratory_is_its_newest_report(ada, patient):
    record(patient, ada, builders.entered("TT", "14.2", "nmol/L"), on=date(2026, 3, 1))
    record(patient, ada, builders.entered("TT", "410"), builders.entered("LH", "4"))
    assert actions.units_of(builders.a_laboratory(ada)) == {"TT": "ng/dL", "LH": "[IU]/L"}
    assert actions.units_of(builders.a_laboratory(ada, "North Laboratory")) == {}


def test_an_amendment_supersedes_and_asks_for_review_and_release_anew(ada, panel):
    actions.release_panel(panel, by=ada)
    new = amend(panel, ada)
    panel.refresh_from_db()
    assert (panel.superseded_at is None, panel.superseded_by) == (False, new)
    assert (new.version, new.amendment_reason, new.supersedes) == (2, "Retyped", panel)
    assert (new.reviewed_at, new.released_at) == (None, None)
    assert panel.results.get(analyte="TT").reported_text == "410"
    assert list(Panel.objects.current()) == [new]
    assert Event.objects.get(action="labs.panel.amended").details["supersedes"] == str(panel.id)


def test_an_amended_value_is_not_its_own_predecessor(ada, patient, panel):
    new = amend(panel, ada, builders.entered("TT", "60"), on=date(2026, 3, 3))
    assert new.results.get().confirmed == []


def test_an_amendment_of_a_version_that_was_replaced_is_refused(ada, panel):
    new = amend(panel, ada)
    with pytest.raises(actions.Overtaken):
        amend(panel, ada, builders.entered("TT", "402"))
    with pytest.raises(actions.Overtaken):
        amend(new, ada, builders.entered("TT", "402"), version=1)
    assert Panel.objects.count() == 2


def test_a_refused_amendment_leaves_the_panel_in_force(ada, panel):
    with pytest.raises(actions.EntryRefused):
        amend(panel, ada, builders.entered("TT", "5120"))
    panel.refresh_from_db()
    assert panel.superseded_at is None


def test_the_same_amendment_twice_is_one_version(ada, panel):
    key = uuid.uuid4()
    assert amend(panel, ada, key=key) == amend(panel, ada, key=key)
    assert Panel.objects.count() == 2


def test_reviewing_twice_keeps_the_first_review(ada, ben, panel):
    actions.review_panel(panel, by=ada, comment="Read")
    actions.review_panel(panel, by=ben, comment="Again")
    assert (panel.reviewed_by, panel.review_comment) == (ada, "Read")
    assert Event.objects.filter(action="labs.panel.reviewed").count() == 1


def test_releasing_reviews_what_nobody_reviewed_and_lets_the_patient_see_it(ada, cal):
    panel = builders.a_panel(cal.patient, by=ada)
    assert not Panel.objects.visible_to(cal).exists()
    actions.release_panel(panel, by=ada, comment="As hoped")
    assert (panel.reviewed_by, panel.released_by, panel.release_comment) == (ada, ada, "As hoped")
    assert list(Panel.objects.visible_to(cal)) == [panel]
    assert Event.objects.filter(action="labs.panel.released").count() == 1


@pytest.mark.parametrize("deed", [actions.review_panel, actions.release_panel])
def test_a_replaced_version_is_neither_reviewed_nor_released(ada, panel, deed):
    amend(panel, ada)
    with pytest.raises(actions.Overtaken):
        deed(panel, by=ada)
    panel.refresh_from_db()
    assert (panel.reviewed_at, panel.released_at) == (None, None)
