"""The semen analysis: its own details, the statement on sperm, and the numbers that must agree with it."""

from decimal import Decimal

import pytest

from labs.models import Panel
from tests import builders
from tests.labs.posting import head, new_url, rows, sample, words

COUNTED = rows(
    SVOL=("2.4", "mL"),
    SCONC=("19", "10*6/mL"),
    STOT=("45.6", "10*6"),
    SMOT=("46", "%"),
    SPR=("35", "%"),
    SNP=("11", "%"),
    SIM=("54", "%"),
    SMORPH=("4", "%"),
    SVIT=("60", "%"),
    SPH=("7.4", "[pH]"),
)


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada)


def enter(client, ada, patient, *parts):
    client.force_login(ada)
    typed = {name: text for part in (head(patient, ada), *parts) for name, text in part.items()}
    response = client.post(new_url(patient, "semen"), typed)
    builders.acting(ada)
    return response


def test_a_whole_analysis_is_stored_with_its_details(client, ada, patient):
    details = sample(
        abstinence_days="3.5", collection_complete="no", minutes_to_analysis="65", who_edition="5"
    )
    assert enter(client, ada, patient, details, COUNTED).status_code == 302
    panel = Panel.objects.get()
    semen = panel.semen
    assert (semen.sperm_seen, semen.collection_complete, semen.who_edition) == ("counted", "no", 5)
    assert (semen.abstinence_days, semen.minutes_to_analysis) == (Decimal("3.5"), 65)
    assert panel.results.count() == 10
    assert panel.results.get(analyte="SPR").interval_id == "SPR-who5"


def test_none_seen_is_stored_as_a_concentration_of_zero(client, ada, patient):
    assert enter(client, ada, patient, sample(sperm_seen="none"), rows(SVOL=("2.4", "mL"))).status_code == 302
    panel = Panel.objects.get()
    count = panel.results.get(analyte="SCONC")
    assert (count.reported_text, count.comparator, count.place) == ("0", "=", "below")
    assert panel.semen.sperm_seen == "none"


def test_seen_only_after_centrifugation_makes_up_no_number(client, ada, patient):
    response = enter(
        client, ada, patient, sample(sperm_seen="after_centrifugation"), rows(SVOL=("2.4", "mL"))
    )
    assert response.status_code == 302
    assert list(Panel.objects.get().results.values_list("analyte", flat=True)) == ["SVOL"]


REFUSED = {
    "none seen and a count": (
        sample(sperm_seen="none"),
        rows(SCONC=("0.4", "10*6/mL")),
        "found 0.4 million/mL",
        "0 or nothing",
    ),
    "none seen and a censored count": (
        sample(sperm_seen="none"),
        rows(SCONC=("<1", "10*6/mL")),
        "found <1 million/mL",
        "0 or nothing",
    ),
    "none seen and motile": (
        sample(sperm_seen="none"),
        rows(SMOT=("40", "%")),
        "found 40 %",
        "no sperm were seen",
    ),
    "a full count only after spinning": (
        sample(sperm_seen="after_centrifugation"),
        rows(SCONC=("19", "10*6/mL")),
        "found 19 million/mL",
        "a value below 1 million/mL",
    ),
    "no statement": (
        sample(sperm_seen=""),
        COUNTED,
        "Sperm: found nothing",
        "seen only after centrifugation",
    ),
    "a count per mL": (
        sample(),
        rows(SCONC=("16000", "10*6/mL")),
        "found 16000 million/mL",
        "0 to 600 million/mL",
    ),
    "more than all": (sample(), rows(SMOT=("146", "%")), "found 146 %", "0 to 100 %"),
    "abstinence in words": (sample(abstinence_days="three"), COUNTED, 'found "three"', "digits 0-9"),
    "abstinence with a comma": (
        sample(abstinence_days="3,5"),
        COUNTED,
        'found "3,5"',
        'write a point: "3.5"',
    ),
    "abstinence censored": (sample(abstinence_days=">7"), COUNTED, 'found ">7"', "such as 3.5"),
    "abstinence too exact": (
        sample(abstinence_days="3.25"),
        COUNTED,
        'found "3.25"',
        "one digit after the point",
    ),
    "abstinence of months": (sample(abstinence_days="90"), COUNTED, "found 90 days", "0 to 60 days"),
    "minutes with a unit": (
        sample(minutes_to_analysis="40 min"),
        COUNTED,
        'found "40 min"',
        "from 0 to 1440",
    ),
    "minutes below zero": (sample(minutes_to_analysis="-5"), COUNTED, 'found "-5"', "from 0 to 1440"),
    "minutes of days": (sample(minutes_to_analysis="1441"), COUNTED, 'found "1441"', "from 0 to 1440"),
    "unknown manual": (
        sample(who_edition="4"),
        COUNTED,
        "WHO manual used: found something else",
        "the choices",
    ),
    "counted and nothing else": (sample(), {}, "Results: found nothing", "at least one value"),
}


@pytest.mark.parametrize(("details", "numbers", "found", "accepted"), REFUSED.values(), ids=REFUSED)
def test_what_contradicts_itself_is_refused(client, ada, patient, details, numbers, found, accepted):
    response = enter(client, ada, patient, details, numbers)
    assert response.status_code == 422
    assert not Panel.objects.exists()
    assert found in words(response)
    assert accepted in words(response)


ASKED = {
    "progressive above total": (rows(SMOT=("40", "%"), SPR=("45", "%")), "Progressive motility is 45 %"),
    "total is not volume times concentration": (
        rows(SVOL=("2", "mL"), SCONC=("20", "10*6/mL"), STOT=("60", "10*6")),
        "volume x concentration 40 million",
    ),
    "motility that does not add up": (
        rows(SPR=("30", "%"), SNP=("10", "%"), SIM=("50", "%")),
        "add up to 90 %",
    ),
    "more motile than alive": (rows(SMOT=("60", "%"), SVIT=("40", "%")), "Vitality is 40 %"),
    "a count of zero": (rows(SCONC=("0", "10*6/mL")), "none seen, or seen only after centrifugation"),
}


@pytest.mark.parametrize(("numbers", "asked"), ASKED.values(), ids=ASKED)
def test_what_disagrees_is_asked_about(client, ada, patient, numbers, asked):
    response = enter(client, ada, patient, sample(), numbers)
    assert response.status_code == 422
    assert not Panel.objects.exists()
    assert asked in words(response)
    asks = [doubt.message for doubt in response.context["page"].asks]
    again = enter(client, ada, patient, sample(), numbers, {"checked": "on", "seen": asks})
    assert again.status_code == 302


def test_an_unusual_abstinence_is_confirmed_with_every_result(client, ada, patient):
    details = sample(abstinence_days="1")
    asks = [doubt.message for doubt in enter(client, ada, patient, details, COUNTED).context["page"].asks]
    enter(client, ada, patient, details, COUNTED, {"checked": "on", "seen": asks})
    confirmed = Panel.objects.get().results.get(analyte="SVOL").confirmed
    assert any("Sexual abstinence before collection (SABST): found 1 days" in each for each in confirmed)


def test_the_page_of_the_panel_shows_the_sample(client, ada, patient):
    enter(client, ada, patient, sample(sperm_seen="after_centrifugation"), rows(SVOL=("2.4", "mL")))
    page = words(client.get(f"/panels/{Panel.objects.get().id}/"))
    for part in ("Seen only after centrifugation", "3 days", "40 minutes", "WHO manual, edition 6"):
        assert part in page
