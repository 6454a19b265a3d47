"""Entering a blood panel: nothing doubtful is stored silently, and nothing typed is lost."""

import uuid
from datetime import date, timedelta

import pytest
from django.utils import timezone

from labs.models import EntryDraft, Panel
from tests import builders
from tests.labs.posting import box, chosen, head, new_url, rows, words

TOMORROW = (timezone.now() + timedelta(days=2)).date().isoformat()
NUMBER = "1 to 6 digits 0-9"
TT, LH, SHBG = "Total testosterone (TT)", "Luteinizing hormone (LH)", "Sex hormone binding globulin (SHBG)"

# What somebody typed into a row, and three things that the answer must name: field, found, accepted.
ROWS = {
    "comma": (rows(TT=("16,8", "nmol/L")), TT, 'found "16,8"', 'write a point: "16.8"'),
    "thousands comma": (rows(TT=("1,024", "ng/dL")), TT, 'found "1,024"', NUMBER),
    "comma and point": (rows(TT=("1,024.5", "ng/dL")), TT, 'found "1,024.5"', "without thousands separators"),
    "exponent": (rows(TT=("1e3", "ng/dL")), TT, 'found "1e3"', "Exponents are not accepted"),
    "upper exponent": (rows(TT=("1E3", "ng/dL")), TT, 'found "1E3"', NUMBER),
    "underscore": (rows(TT=("1_000", "ng/dL")), TT, 'found "1_000"', NUMBER),
    "arabic-indic": (
        rows(TT=("\u0664\u0661\u0660", "ng/dL")),
        TT,
        'found "\u0664\u0661\u0660"',
        "digits 0-9",
    ),
    "full-width": (rows(TT=("\uff14\uff11\uff10", "ng/dL")), TT, 'found "\uff14\uff11\uff10"', "digits 0-9"),
    "devanagari": (rows(TT=("\u096a\u0967", "ng/dL")), TT, 'found "\u096a\u0967"', NUMBER),
    "superscript": (rows(TT=("4\u00b2", "ng/dL")), TT, 'found "4\u00b2"', "digits 0-9"),
    "half": (rows(LH=("4\u00bd", "[IU]/L")), LH, 'found "4\u00bd"', NUMBER),
    "minus": (rows(TT=("-410", "ng/dL")), TT, 'found "-410"', "A value has no sign"),
    "real minus": (rows(TT=("\u2212410", "ng/dL")), TT, 'found "\u2212410"', "A value has no sign"),
    "plus": (rows(TT=("+410", "ng/dL")), TT, 'found "+410"', "A value has no sign"),
    "NaN": (rows(TT=("NaN", "ng/dL")), TT, 'found "NaN"', "This is not a number"),
    "infinity": (rows(TT=("Infinity", "ng/dL")), TT, 'found "Infinity"', NUMBER),
    "word": (rows(TT=("pending", "ng/dL")), TT, 'found "pending"', NUMBER),
    "below zero": (rows(LH=("<0", "[IU]/L")), LH, 'found "<0"', "Nothing is below zero"),
    "bare comparator": (rows(LH=("<", "[IU]/L")), LH, 'found "<"', NUMBER),
    "two comparators": (rows(LH=("<>4", "[IU]/L")), LH, 'found "<>4"', NUMBER),
    "one-character comparator": (rows(LH=("\u2264 2", "[IU]/L")), LH, 'found "\u2264 2"', "Write <= or >="),
    "no zero": (rows(LH=(".5", "[IU]/L")), LH, 'found ".5"', "Write the zero before the point"),
    "nothing after the point": (rows(LH=("5.", "[IU]/L")), LH, 'found "5."', "no digits after the point"),
    "two points": (rows(LH=("4.1.2", "[IU]/L")), LH, 'found "4.1.2"', "more than one point"),
    "inner space": (rows(TT=("4 10", "ng/dL")), TT, 'found "4 10"', "a space inside the number"),
    "leading zeros": (rows(TT=("0410", "ng/dL")), TT, 'found "0410"', "a zero too many"),
    "seven digits": (rows(TT=("1234567", "ng/dL")), TT, 'found "1234567"', NUMBER),
    "five decimals": (rows(TT=("4.12345", "nmol/L")), TT, 'found "4.12345"', NUMBER),
    "hexadecimal": (rows(TT=("0x1A", "ng/dL")), TT, 'found "0x1A"', NUMBER),
    "value with unit": (rows(TT=("410 ng/dL", "ng/dL")), TT, 'found "410 ng/dL"', NUMBER),
    "range": (rows(TT=("400-420", "ng/dL")), TT, 'found "400-420"', NUMBER),
    "endless spaces": (
        rows(LH=("<" + " " * 30 + "4", "[IU]/L")),
        LH,
        "longer than any",
        "up to 24 characters",
    ),
    "markup": (rows(TT=("<b>4</b>", "ng/dL")), TT, 'found "<b>4</b>"', NUMBER),
    "blank unit": (rows(TT=("410", "")), TT, "No unit was given", "ng/dL, nmol/L, ng/mL, mcg/L"),
    "unit of another analyte": (rows(TT=("410", "[IU]/L")), TT, 'found "[IU]/L"', "ng/dL, nmol/L"),
    "unit of nothing": (rows(SHBG=("33", "ng/dl ")), SHBG, 'found "ng/dl "', "Accepted: nmol/L"),
    "total testosterone in the SHBG row": (
        rows(SHBG=("410", "nmol/L")),
        SHBG,
        "found 410 nmol/L",
        "1 to 400 nmol/L",
    ),
    "ten times too much": (rows(TT=("5120", "ng/dL")), TT, "found 5120 ng/dL", "1 to 5000 ng/dL"),
    "hematocrit as a share": (rows(HCT=("0.46", "%")), "Hematocrit (HCT)", "found 0.46 %", "15 to 75 %"),
    "hemoglobin in g/L": (
        rows(HGB=("151", "g/dL")),
        "Hemoglobin (HGB)",
        "found 151 g/dL",
        "Did you mean 151 g/L?",
    ),
    "albumin in g/L": (rows(ALB=("43", "g/dL")), "Albumin (ALB)", "found 43 g/dL", "1.0 to 7.0 g/dL"),
}
# What somebody typed into the head.
HEADS = {
    "future day": ({"collected_on": TOMORROW}, "Collected on", f'found "{TOMORROW}"', "up to now"),
    "31 February": (
        {"collected_on": "2026-02-31"},
        "Collected on",
        'found "2026-02-31"',
        "There is no such day",
    ),
    "29 February of a common year": (
        {"collected_on": "29 Feb 2026"},
        "Collected on",
        'found "29 Feb 2026"',
        "2 Mar 2026",
    ),
    "day or month first": ({"collected_on": "02/03/2026"}, "Collected on", 'found "02/03/2026"', "two ways"),
    "other digits": (
        {"collected_on": "\u0662\u0660\u0662\u0666-03-02"},
        "Collected on",
        "\u0662\u0660\u0662\u0666-03-02",
        "2026-03-02",
    ),
    "no day": ({"collected_on": ""}, "Collected on", "found nothing", "a day such as 2026-03-02"),
    "no time": ({"collected_time": ""}, "Collected at", "found nothing", "such as 08:05"),
    "twelve hour clock": ({"collected_time": "8:05 pm"}, "Collected at", 'found "8:05 pm"', "24 hour clock"),
    "time with a point": ({"collected_time": "8.05"}, "Collected at", 'found "8.05"', "such as 08:05"),
    "hour 25": ({"collected_time": "25:00"}, "Collected at", 'found "25:00"', "There is no such time"),
    "hour skipped by the clock": (
        {"collected_on": "2026-03-29", "collected_time": "01:30"},
        "Collected at",
        'found "01:30"',
        "such as 00:30 or 02:30",
    ),
    "hour shown twice": (
        {"collected_on": "2025-10-26", "collected_time": "01:30"},
        "Which of the two",
        'found "01:30"',
        "01:30 BST or 01:30 GMT",
    ),
    "before birth": (
        {"collected_on": "1988-05-16"},
        "Collected on",
        'found "1988-05-16"',
        "when the patient was born",
    ),
    "no laboratory": ({"laboratory": ""}, "Laboratory", "found nothing", "one of the clinic's laboratories"),
    "strange laboratory": (
        {"laboratory": str(uuid.uuid4())},
        "Laboratory",
        "found an unknown one",
        "Accepted",
    ),
    "fasting maybe": ({"fasting": "maybe"}, "Fasting", "found something else", "one of the choices"),
    "endless note": ({"note": "x" * 401}, "Note", "found 401 characters", "up to 400"),
}


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada)


def refused(client, ada, patient, typed):
    """Post an entry that must not be stored; the answer's words."""
    client.force_login(ada)
    response = client.post(new_url(patient), typed)
    builders.acting(ada)
    assert response.status_code == 422
    assert not Panel.objects.exists()
    for name, text in typed.items():
        if name.startswith("value-"):
            assert box(response, name) == text
    return words(response)


@pytest.mark.parametrize(("typed", "field", "found", "accepted"), ROWS.values(), ids=ROWS)
def test_a_row_that_cannot_be_is_refused_with_field_found_and_accepted(
    client, ada, patient, typed, field, found, accepted
):
    said = refused(client, ada, patient, {**head(patient, ada), **typed})
    assert "Nothing is stored yet" in said
    for part in (field, found, accepted):
        assert " ".join(part.split()) in said


@pytest.mark.parametrize(("changes", "field", "found", "accepted"), HEADS.values(), ids=HEADS)
def test_a_head_that_cannot_be_is_refused_with_field_found_and_accepted(
    client, ada, patient, changes, field, found, accepted
):
    typed = {**head(patient, ada, **changes), **rows(TT=("410", "ng/dL"))}
    said = refused(client, ada, patient, typed)
    assert f"{field}:" in said
    for part in (found, accepted):
        assert part in said


def test_an_entry_without_any_value_is_refused(client, ada, patient):
    said = refused(client, ada, patient, {**head(patient, ada), "unit-TT": "ng/dL"})
    assert "Results: found nothing. Accepted: at least one value with its unit." in said


def test_later_today_is_the_future(client, ada, patient, time_machine):
    time_machine.move_to("2026-06-02T09:00:00+01:00", tick=False)
    typed = head(patient, ada, collected_on="2026-06-02", collected_time="09:01")
    said = refused(client, ada, patient, {**typed, **rows(TT=("410", "ng/dL"))})
    assert (
        'Collected at: found "09:01". This is in the future. Accepted: up to now, 2 Jun 2026, 09:00 BST.'
        in said
    )


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        (rows(TT=("14.5", "ng/dL")), "Did you mean 14.5 nmol/L"),
        (rows(TT=("1600", "ng/dL")), "Accepted without a question: 20 to 1500 ng/dL"),
        (rows(E2=("130", "pg/mL")), "Did you mean 130 pmol/L?"),
        (rows(PRL=("320", "ng/mL")), "Did you mean 320 mIU/L?"),
        (rows(TT=("410", "ng/dL"), FT=("310", "pg/mL")), "Free testosterone, measured is"),
        (rows(HCT=("46", "%"), HGB=("11", "g/dL")), "from hemoglobin it would be"),
    ],
    ids=["nmol typed as ng", "high", "pmol typed as pg", "mIU typed as ng", "free share", "hematocrit"],
)
def test_what_is_unlikely_is_asked_about_and_stored_with_what_was_confirmed(
    client, ada, patient, typed, asked
):
    posted = {**head(patient, ada), **typed}
    said = refused(client, ada, patient, posted)
    assert asked in said
    assert "I have checked these values against the report" in said
    asks = sentences(client.post(new_url(patient), posted))
    done = client.post(new_url(patient), {**posted, "checked": "on", "seen": asks})
    builders.acting(ada)
    assert done.status_code == 302
    stored = [sentence for result in Panel.objects.get().results.all() for sentence in result.confirmed]
    assert set(stored) == set(asks)


def sentences(response) -> list[str]:
    return [doubt.message for doubt in response.context["page"].asks]


def test_a_confirmation_holds_only_for_the_sentences_that_were_read(client, ada, patient):
    client.force_login(ada)
    posted = {**head(patient, ada), **rows(TT=("1600", "ng/dL"))}
    asks = sentences(client.post(new_url(patient), posted))
    changed = {**posted, **rows(TT=("1700", "ng/dL")), "checked": "on", "seen": asks}
    response = client.post(new_url(patient), changed)
    builders.acting(ada)
    assert response.status_code == 422
    assert not Panel.objects.exists()
    assert "found 1700 ng/dL" in words(response)


def test_a_large_change_since_the_last_panel_is_asked_about(client, ada, patient):
    builders.a_panel(patient, by=ada, on=date(2026, 2, 2), TT="80")
    client.force_login(ada)
    response = client.post(new_url(patient), {**head(patient, ada), **rows(TT=("410", "ng/dL"))})
    assert response.status_code == 422
    assert "found 410 ng/dL after 80 ng/dL 28 days before" in words(response)
    assert "+330 ng/dL" in words(response)


def test_the_unit_that_was_meant_is_taken_by_one_press_and_never_by_itself(client, ada, patient):
    client.force_login(ada)
    posted = {**head(patient, ada), **rows(TT=("14.5", "ng/dL"))}
    first = client.post(new_url(patient), posted)
    assert chosen(first, "unit-TT") == "ng/dL"
    button = '<button class="btn btn-plain btn-sm" type="submit" name="meant" value="TT nmol/L"'
    assert " ".join(button.split()) in " ".join(first.content.decode().split())
    check = new_url(patient).replace("/new/", "/check/")
    second = client.post(check, {**posted, "meant": "TT nmol/L"})
    builders.acting(ada)
    assert chosen(second, "unit-TT") == "nmol/L"
    assert box(second, "value-TT") == "14.5"
    assert not Panel.objects.exists()


def test_a_good_panel_is_stored_and_leads_to_the_chart(client, ben, patient):
    client.force_login(ben)
    typed = {**head(patient, ben, note="Drawn twice"), **rows(TT=(" 410", "ng/dL"), LH=("<0.1", "m[IU]/mL"))}
    response = client.post(new_url(patient), typed)
    assert response.status_code == 302
    assert response.url.endswith(f"/patients/{patient.id}/")
    builders.acting(ben)
    panel = Panel.objects.get()
    assert (panel.finalised_by, panel.note, panel.fasting, panel.acutely_ill) == (
        ben,
        "Drawn twice",
        "yes",
        "no",
    )
    assert panel.collected_at.isoformat() == "2026-03-02T08:05:00+00:00"
    assert panel.collected_zone == "Europe/London"
    stored = {row.analyte: (row.reported_text, row.reported_unit) for row in panel.results.all()}
    assert stored == {"TT": ("410", "ng/dL"), "LH": ("<0.1", "m[IU]/mL")}


def test_an_hour_shown_twice_is_stored_as_the_one_that_was_chosen(client, ada, patient):
    client.force_login(ada)
    twice = {"collected_on": "2025-10-26", "collected_time": "01:30"}
    for which, instant in (("first", "2025-10-26T00:30:00+00:00"), ("second", "2025-10-26T01:30:00+00:00")):
        typed = {**head(patient, ada, **twice), "which": which, **rows(LH=("4.2", "[IU]/L"))}
        assert client.post(new_url(patient), typed).status_code == 302
        builders.acting(ada)
        assert Panel.objects.latest("finalised_at", "collected_at").collected_at.isoformat() == instant


def test_the_same_form_twice_is_stored_once(client, ada, patient):
    client.force_login(ada)
    typed = {**head(patient, ada), **rows(TT=("410", "ng/dL"))}
    assert [client.post(new_url(patient), typed).status_code for _ in range(2)] == [302, 302]
    builders.acting(ada)
    assert Panel.objects.count() == 1


def test_a_form_that_was_stored_and_then_changed_is_asked_about_and_not_lost(client, ada, patient):
    client.force_login(ada)
    typed = {**head(patient, ada), **rows(TT=("410", "ng/dL"))}
    client.post(new_url(patient), typed)
    again = {**typed, **rows(TT=("420", "ng/dL"))}
    response = client.post(new_url(patient), again)
    assert response.status_code == 422
    assert "TT 420" in words(response)
    fresh = dict(response.context["hidden"])
    assert fresh["entry_key"] != typed["entry_key"]
    asked = client.post(new_url(patient), fresh)
    assert asked.status_code == 422
    assert "is this the same sample?" in words(asked)
    done = client.post(new_url(patient), {**fresh, "store_both": "on"})
    assert done.status_code == 302
    builders.acting(ada)
    assert Panel.objects.count() == 2


def test_the_same_moment_and_analyte_again_is_asked_and_not_doubled(client, ada, patient):
    client.force_login(ada)
    client.post(new_url(patient), {**head(patient, ada), **rows(TT=("410", "ng/dL"))})
    builders.acting(ada)
    first = Panel.objects.get()
    second = {**head(patient, ada), **rows(TT=("410", "ng/dL"))}
    response = client.post(new_url(patient), second)
    assert response.status_code == 422
    assert f"/panels/{first.id}/" in response.content.decode()
    builders.acting(ada)
    assert Panel.objects.count() == 1
    assert client.post(new_url(patient), {**second, "store_both": "on"}).status_code == 302


def test_no_unit_is_proposed_on_the_first_entry_and_the_laboratorys_last_one_afterwards(client, ada, patient):
    client.force_login(ada)
    laboratory = builders.a_laboratory(ada)
    assert chosen(client.get(new_url(patient)), "unit-TT") == ""
    assert chosen(client.get(new_url(patient)), "laboratory") == str(laboratory.id)
    client.post(new_url(patient), {**head(patient, ada), **rows(TT=("14.5", "nmol/L"))})
    page = client.get(new_url(patient))
    assert chosen(page, "unit-TT") == "nmol/L"
    assert chosen(page, "unit-LH") == ""


def test_units_proposed_for_one_laboratory_are_not_stored_for_another_without_asking(client, ada, patient):
    here, there = builders.a_laboratory(ada), builders.a_laboratory(ada, "North Laboratory")
    client.force_login(ada)
    typed = {
        **head(patient, ada, laboratory=str(there.id), units_of=str(here.id)),
        **rows(TT=("14.5", "nmol/L")),
    }
    response = client.post(new_url(patient), typed)
    builders.acting(ada)
    assert response.status_code == 422
    assert not Panel.objects.exists()
    assert 'found "North Laboratory". The units were proposed for another laboratory.' in words(response)
    assert box(response, "units_of") == str(there.id)
    assert client.post(new_url(patient), {**typed, "units_of": str(there.id)}).status_code == 302


def test_a_form_drawn_for_another_patient_is_refused(client, ada, patient):
    other = builders.a_patient(ada, family_name="Other")
    client.force_login(ada)
    for echoed in (str(other.id), ""):
        typed = {**head(patient, ada), "patient": echoed, **rows(TT=("410", "ng/dL"))}
        response = client.post(new_url(patient), typed)
        assert response.status_code == 409
        builders.acting(ada)
        assert not Panel.objects.exists()
    assert "belongs to another patient" in words(response)


def test_a_clinic_without_a_laboratory_is_told_what_to_do(client, ada, patient):
    client.force_login(ada)
    assert "No laboratory is registered yet" in words(client.get(new_url(patient)))


def test_storing_discards_the_draft(client, ada, patient):
    client.force_login(ada)
    typed = {**head(patient, ada), **rows(TT=("410", "ng/dL"))}
    client.post(new_url(patient).replace("/new/", "/draft/"), typed)
    builders.acting(ada)
    assert EntryDraft.objects.count() == 1
    client.post(new_url(patient), typed)
    builders.acting(ada)
    assert EntryDraft.objects.count() == 0
