"""A panel that another program records meets the checks of the page, once, and reads back as it was sent."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from labs.models import Panel
from tests import builders

JSON = "application/json"


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada)


@pytest.fixture
def asked(client, ada):
    client.force_login(ada)
    return client


def body(by, *results, **more):
    rows = [
        dict(zip(("analyte", "value", "unit"), row, strict=True))
        for row in results or [("TT", "405", "ng/dL")]
    ]
    return {
        "laboratory": str(builders.a_laboratory(by).id),
        "collected_at": "2026-03-02T08:05:00Z",
        "results": rows,
        **more,
    }


def record(client, patient, sent, key=None):
    headers = {"Idempotency-Key": str(key or uuid.uuid4())} if key != "" else {}
    return client.post(reverse("api_panels", args=[patient.id]), sent, JSON, headers=headers)


def told(answer):
    return {error["pointer"]: error["detail"] for error in answer.json().get("errors", [])}


def test_a_panel_reads_back_as_it_was_sent(asked, ada, patient):
    sent = body(ada, ("TT", "405.0", "ng/dL"), ("LH", "<0.1", "IU/L"), fasting="yes", note="by courier")
    answer = record(asked, patient, sent)
    assert answer.status_code == 201, answer.content
    read = asked.get(answer.headers["Location"])
    assert read.json() == answer.json()
    assert read.headers["ETag"] == answer.headers["ETag"]
    panel = read.json()
    assert (panel["collected_at"], panel["collected_zone"]) == ("2026-03-02T08:05:00Z", "Europe/London")
    by_key = {row["analyte"]: row for row in panel["results"]}
    lh, tt = by_key["LH"], by_key["TT"]
    assert (tt["reported_text"], tt["value"], tt["unit"], tt["loinc"]) == (
        "405.0",
        "405.0",
        "ng/dL",
        "2986-8",
    )
    assert (lh["reported_text"], lh["comparator"], lh["value"], lh["unit"]) == ("<0.1", "<", "0.1", "[IU]/L")
    assert tt["range"]["version"]
    assert tt["range"]["source"]
    assert isinstance(tt["range"]["low"], str)


def test_a_moment_keeps_its_seconds_and_its_zone(asked, ada, patient):
    sent = body(ada, collected_at="2026-07-01T23:30:15.5-04:00", collected_zone="America/New_York")
    panel = record(asked, patient, sent).json()
    assert (panel["collected_at"], panel["collected_zone"]) == (
        "2026-07-02T03:30:15.500000Z",
        "America/New_York",
    )
    assert Panel.objects.get(pk=panel["id"]).collected_on.isoformat() == "2026-07-01"


@pytest.mark.parametrize("hour", ["00", "01"])
def test_both_of_the_two_clocks_of_an_autumn_night_are_told_apart(asked, ada, patient, hour):
    sent = body(ada, collected_at=f"2025-10-26T{hour}:30:00Z")
    assert record(asked, patient, sent).json()["collected_at"] == f"2025-10-26T{hour}:30:00Z"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"collected_at": "2026-03-02T08:05:00"}, "/collected_at"),
        ({"collected_at": "2026-02-30T08:05:00Z"}, "/collected_at"),
        ({"collected_at": "2026-03-02T08:05:60Z"}, "/collected_at"),
        ({"collected_at": "0001-01-01T00:00:00+14:00"}, "/collected_at"),
        ({"collected_at": "9999-12-31T23:59:59-12:00"}, "/collected_at"),
        ({"collected_at": "1950-03-02T08:05:00Z"}, "/collected_at"),
        ({"collected_at": 1772438700}, "/collected_at"),
        ({"collected_zone": "Middle/Earth"}, "/collected_zone"),
        ({"collected_zone": "../etc/passwd"}, "/collected_zone"),
        ({"laboratory": str(uuid.uuid4())}, "/laboratory"),
        ({"laboratory": "City Laboratory"}, "/laboratory"),
        ({"fasting": True}, "/fasting"),
        ({"before_testosterone": "yes"}, "/before_testosterone"),
        ({"note": "x" * 401}, "/note"),
        ({"results": []}, "/results"),
        ({"results": {}}, "/results"),
        ({"patient": "somebody"}, "/patient"),
        ({"finalised_by": "somebody"}, "/finalised_by"),
    ],
)
def test_a_field_that_cannot_be_accepted_is_named(asked, ada, patient, changes, pointer):
    answer = record(asked, patient, body(ada, **changes))
    assert (answer.status_code, pointer in told(answer)) == (422, True), answer.content
    assert "Accepted:" in told(answer)[pointer]
    assert not Panel.objects.exists()


@pytest.mark.parametrize(
    ("row", "pointer"),
    [
        (("TT", "1e3", "ng/dL"), "/results/1/value"),
        (("TT", "1_000", "ng/dL"), "/results/1/value"),
        (("TT", "4,05", "ng/dL"), "/results/1/value"),
        (("TT", "\u0663.5", "ng/dL"), "/results/1/value"),
        (("TT", "NaN", "ng/dL"), "/results/1/value"),
        (("TT", " ", "ng/dL"), "/results/1/value"),
        (("TT", 405, "ng/dL"), "/results/1/value"),
        (("TT", "405", "mg"), "/results/1/unit"),
        (("TT", "405", ""), "/results/1/unit"),
        (("XX", "405", "ng/dL"), "/results/1/analyte"),
        (("LH", "4.8", "IU/L"), "/results/1/analyte"),
        (("SCONC", "15", "10*6/mL"), "/results/1/analyte"),
    ],
)
def test_a_result_that_cannot_be_read_is_named_by_its_place(asked, ada, patient, row, pointer):
    answer = record(asked, patient, body(ada, ("LH", "4.8", "IU/L"), row))
    assert (answer.status_code, list(told(answer))) == (422, [pointer]), answer.content


def test_a_moment_to_come_is_refused(asked, ada, patient):
    soon = (timezone.now() + timedelta(minutes=5)).astimezone(UTC).isoformat()
    assert "future" in told(record(asked, patient, body(ada, collected_at=soon)))["/collected_at"]


def test_what_is_unlikely_is_stored_only_with_its_very_sentence(asked, ada, patient):
    key, sent = uuid.uuid4(), body(ada, ("TT", "15", "ng/dL"))
    asks = record(asked, patient, sent, key)
    assert (asks.status_code, asks.json()["type"]) == (422, "urn:recovery-clinic:problem:unconfirmed")
    sentences = asks.json()["unconfirmed"]
    assert sentences
    wrong = record(asked, patient, {**sent, "confirmed": ["yes"]}, key)
    assert wrong.json()["type"] == "urn:recovery-clinic:problem:unconfirmed"
    assert not Panel.objects.exists()
    stored = record(asked, patient, {**sent, "confirmed": sentences}, key)
    assert stored.status_code == 201
    assert stored.json()["results"][0]["confirmed"] == sentences


def test_what_is_impossible_is_refused_whatever_is_confirmed(asked, ada, patient):
    sent = body(ada, ("HCT", "99.9", "%"), confirmed=["anything"])
    assert record(asked, patient, sent).json()["type"] == "urn:recovery-clinic:problem:invalid"


def test_the_same_key_again_is_the_same_deed(asked, ada, patient):
    key, sent = uuid.uuid4(), body(ada)
    first, second = record(asked, patient, sent, key), record(asked, patient, sent, key)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert Panel.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"note": "another"},
        {"fasting": "no"},
        {"collected_at": "2026-03-03T08:05:00Z"},
        {"results": [{"analyte": "TT", "value": "406", "unit": "ng/dL"}]},
    ],
)
def test_the_same_key_for_another_body_is_refused(asked, ada, patient, changes):
    key, sent = uuid.uuid4(), body(ada)
    assert record(asked, patient, sent, key).status_code == 201
    answer = record(asked, patient, {**sent, **changes}, key)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:recovery-clinic:problem:key-used")
    assert Panel.objects.count() == 1


def test_the_same_key_for_another_man_is_refused(asked, ada, patient):
    key, sent = uuid.uuid4(), body(ada)
    assert record(asked, patient, sent, key).status_code == 201
    assert record(asked, builders.a_patient(ada), sent, key).status_code == 422
    assert Panel.objects.count() == 1


def test_a_deed_without_a_key_is_refused(asked, ada, patient):
    answer = record(asked, patient, body(ada), key="")
    assert (answer.status_code, answer.json()["type"]) == (428, "urn:recovery-clinic:problem:header-missing")
    assert record(asked, patient, body(ada), key="not-a-uuid").status_code == 400


def test_a_second_sample_of_the_same_moment_is_asked_about(asked, ada, patient):
    stored = record(asked, patient, body(ada)).json()
    twin = record(asked, patient, body(ada))
    assert (twin.status_code, twin.json()["panel"]) == (409, stored["id"])
    assert record(asked, patient, body(ada, store_both=True)).status_code == 201


def amend(client, panel_id, sent, *, tag=None, key=None):
    headers = {"Idempotency-Key": str(key or uuid.uuid4())} | ({"If-Match": tag} if tag else {})
    return client.post(reverse("api_panel_amend", args=[panel_id]), sent, JSON, headers=headers)


def test_an_amendment_is_a_new_version_and_the_old_one_stays(asked, ada, patient):
    first = record(asked, patient, body(ada))
    sent = body(ada, ("TT", "415", "ng/dL"), reason="typed wrongly")
    key = uuid.uuid4()
    second = amend(asked, first.json()["id"], sent, tag=first.headers["ETag"], key=key)
    assert (second.status_code, second.json()["version"]) == (201, 2), second.content
    assert second.json()["supersedes"] == first.json()["id"]
    assert asked.get(first.headers["Location"]).json()["superseded_at"] is not None
    again = amend(asked, first.json()["id"], sent, tag=first.headers["ETag"], key=key)
    assert (again.status_code, again.json()["id"]) == (201, second.json()["id"])


def test_an_amendment_of_what_was_not_read_is_refused(asked, ada, patient):
    first = record(asked, patient, body(ada))
    sent = body(ada, ("TT", "415", "ng/dL"), reason="typed wrongly")
    assert amend(asked, first.json()["id"], sent).status_code == 428
    assert amend(asked, first.json()["id"], sent, tag='"another"').status_code == 412
    assert amend(asked, first.json()["id"], sent, tag=first.headers["ETag"]).status_code == 201
    late = amend(asked, first.json()["id"], sent, tag=first.headers["ETag"])
    assert (late.status_code, late.json()["type"]) == (412, "urn:recovery-clinic:problem:overtaken")
    stale = asked.get(first.headers["Location"]).headers["ETag"]
    assert amend(asked, first.json()["id"], sent, tag=stale).status_code == 412


def test_a_page_and_a_program_store_the_same(asked, ada, patient):
    """The very same record, apart from who counted: ids, keys and moments of storing."""
    by_page = builders.a_panel(patient, by=ada, TT="405", LH="<0.1")
    other = builders.a_patient(ada)
    sent = body(
        ada, ("TT", "405", "ng/dL"), ("LH", "<0.1", "[IU]/L"), fasting="yes", collected_at="2026-03-02T08:00Z"
    )
    by_program = Panel.objects.get(pk=record(asked, other, sent).json()["id"])
    own = {"id", "panel_id", "patient_id", "entry_key", "finalised_at"}
    assert without(own, by_page) == without(own, by_program)
    mine, theirs = (
        [without(own, each) for each in of.results.order_by("analyte")] for of in (by_page, by_program)
    )
    assert mine == theirs


def without(names, row):
    fresh = type(row).objects.get(pk=row.pk)
    return {
        field.attname: getattr(fresh, field.attname)
        for field in row._meta.fields
        if field.attname not in names
    }


def test_an_instant_is_shown_in_utc(asked, ada, patient):
    panel = builders.a_panel(patient, by=ada, on=datetime(2026, 7, 1, 7, 5, tzinfo=UTC))
    assert asked.get(reverse("api_panel", args=[panel.id])).json()["collected_at"] == "2026-07-01T07:05:00Z"
