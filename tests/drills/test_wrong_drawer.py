"""D22, wrong drawer: no number, unit or patient is stored that nobody meant.

Beside the tables of tests/labs/test_entry.py and tests/protocols/test_typed.py, which it does not repeat:
here every box of the entry and dose forms meets every slip.
"""

import html
from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.urls import reverse

from clinical import evaluate
from clinical.analytes import ANALYTES
from clinical.drugs import DRUGS
from clinical.intervals import default_interval
from clinical.plausibility import check_plausible
from clinical.readings import Reading, convert, parse_reading
from labs import actions as labs
from labs.forms import rows as reading
from labs.kinds import OFFERS
from labs.models import Panel, PanelKind
from labs.presenters import typed_of
from labs.views import entry
from labs.views.entry import form_of
from monitoring import actions as monitoring
from monitoring.models import Evaluation, Flag
from protocols.forms.fields import read_amount
from tests import builders
from tests.drills.figures import told
from tests.labs.posting import box, head, new_url, rows, sample, words

SLIPS = {
    "comma": "16,8",
    "thousands": "1,024",
    "exponent": "1e3",
    "underscore": "1_000",
    "arabic-indic": "\u0663.\u0665",
    "full-width": "\uff14\uff11",
    "real minus": "\u22124",
    "plus": "+4",
    "nan": "NaN",
    "infinity": "Infinity",
    "space": "4 10",
    "two points": "4.1.2",
    "no zero": ".5",
    "no digits": "5.",
    "word": "pending",
    "hexadecimal": "0x1A",
}
# The dose form reads no comparator and no sign either.
DOSE_SLIPS = SLIPS | {"below": "<5", "minus": "-25", "zero": "0", "unit": "25 mg"}


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada)


def unit_of(key):
    return ANALYTES[key].units[0].label


def entered(kind, ada, patient, text):
    """An entry in which every value box holds the same slip."""
    typed = head(patient, ada)
    if kind is PanelKind.SEMEN:
        typed |= sample()
        del typed["fasting"]
    return typed | rows(**{key: (text, unit_of(key)) for key in OFFERS[kind].keys})


def let_through(client, ada, patient, kind, text):
    """The boxes whose slip was not refused with field, found and accepted; every one where it was stored."""
    client.force_login(ada)
    answer = client.post(new_url(patient, kind), entered(kind, ada, patient, text))
    builders.acting(ada)
    keys = OFFERS[kind].keys
    if answer.status_code == 302:
        return list(keys)
    said = [mend.message for mend in answer.context["page"].mend]
    return [
        key
        for key in keys
        if not any(
            ANALYTES[key].name in each and f'found "{text}"' in each and "Accepted:" in each for each in said
        )
        or box(answer, f"value-{key}") != text
    ]


@pytest.mark.parametrize("kind", list(PanelKind))
def test_no_box_of_an_entry_takes_a_slip(client, ada, patient, kind):
    tried = 0
    for text in SLIPS.values():
        assert let_through(client, ada, patient, kind, text) == []
        tried += len(OFFERS[kind].keys)
    assert not Panel.objects.exists()
    assert tried >= 16 * 6
    told("D22", f"{kind.value}-slips", entries=tried, refused=tried, stored=0)


@pytest.mark.planted
def test_a_parser_that_takes_commas_is_caught(client, ada, patient, monkeypatch):
    def careless(key, text, unit):
        return parse_reading(key, text.replace(",", "."), unit)

    monkeypatch.setattr(reading, "parse_reading", careless)
    assert let_through(client, ada, patient, PanelKind.BLOOD, SLIPS["comma"])


def test_no_amount_of_any_drug_takes_a_slip():
    tried = 0
    for drug in DRUGS.values():
        for text in DOSE_SLIPS.values():
            with pytest.raises(forms.ValidationError, match="Accepted: a number above zero") as refused:
                read_amount(text, drug.dose_unit)
            assert f'found "{text}"' in str(refused.value)
            assert f"in {drug.dose_unit}" in str(refused.value)
            tried += 1
    assert tried >= 100
    told("D22", "dose-slips", entries=tried, refused=tried, stored=0)


def test_a_number_in_another_unit_is_stopped_or_asked_about():
    """The middle of each analyte's range, written in one of its units and taken for another."""
    tried, asked, alike = 0, 0, []
    for key, row in ANALYTES.items():
        interval = default_interval(key)
        if interval is None or interval.low is None or interval.high is None or len(row.units) < 2:
            continue
        middle = Reading(key, (interval.low + interval.high) / 2, row.unit_called(interval.unit).code)
        for right in row.units:
            number = round(convert(middle, right.code).value, 4)
            for wrong in row.units:
                ratio = number / convert(middle, wrong.code).value
                if wrong.code == right.code or Decimal("0.1") < ratio < 10:
                    continue
                tried += 1
                if check_plausible(Reading(key, number, wrong.code)):
                    asked += 1
                else:
                    alike.append(f"{key} {number} {right.label} taken for {wrong.label}")
    assert alike == []
    assert tried >= 10
    told("D22", "unit-swaps", swaps=tried, stopped_or_asked=asked, silent=0)


def test_what_was_written_comes_back_byte_by_byte_a_hundred_times(client, ada, patient):
    written = {"TT": ("410.50", "ng/dL"), "LH": ("<0.10", "[IU]/L"), "HCT": ("45.0", "%")}
    client.force_login(ada)
    stored = client.post(new_url(patient), {**head(patient, ada), **rows(**written)})
    assert stored.status_code == 302
    builders.acting(ada)
    panel = Panel.objects.get()
    for _ in range(100):
        typed = typed_of(panel) | {"reason": "nothing changed"}
        clock = {"zone": panel.collected_zone, "amends": True}
        form = form_of(typed, patient=patient, by=ada, kind=PanelKind.BLOOD, **clock)
        assert form.is_valid()
        panel = labs.amend_panel(
            panel,
            by=ada,
            reason="nothing changed",
            read_version=panel.version,
            laboratory=form.laboratory,
            collection=form.collection,
            entered=form.entered,
            entry_key=builders.uuid.uuid4(),
            confirmed=True,
        )
    found = {row.analyte: (row.reported_text, row.reported_unit) for row in panel.results.all()}
    assert panel.version == 101
    assert found == written
    told("D22", "round-trip", amendments=100, values=len(written), changed=0)


def two_tabs(client, ada, patient):
    """The form of one man sent to the address of another: the answer, and whose rows there are now."""
    other = builders.a_patient(ada, family_name="Other")
    client.force_login(ada)
    answer = client.post(new_url(other), {**head(patient, ada), **rows(TT=("410", "ng/dL"))})
    builders.acting(ada)
    return answer, set(Panel.objects.values_list("patient_id", flat=True)), other


def test_a_form_of_another_tab_writes_into_nobodys_record(client, ada, patient):
    answer, written, other = two_tabs(client, ada, patient)
    assert (answer.status_code, written) == (409, set())
    assert other.mrn in words(answer)
    page = client.get(new_url(patient))
    assert box(page, "patient") == str(patient.id)
    assert patient.mrn in words(page)
    form = {**head(patient, ada), **rows(TT=("410", "ng/dL"))}
    assert client.post(new_url(patient), form).status_code == 302
    builders.acting(ada)
    assert Panel.objects.get().patient_id == patient.id


@pytest.mark.planted
def test_a_form_without_the_check_of_the_patient_is_caught(client, ada, patient, monkeypatch):
    monkeypatch.setattr(entry, "wrong_patient", lambda *args: None)
    answer, written, other = two_tabs(client, ada, patient)
    assert (answer.status_code, written) == (302, {other.id})


def test_every_flag_says_its_source_and_version(client, ada, patient):
    episode = builders.an_episode(patient, by=ada)
    builders.a_panel(patient, by=ada, on=date(2026, 6, 1), TT="150", LH="0.2", FSH="0.2", HCT="54.6", E2="80")
    monitoring.evaluate_episode(episode.id, clinic_id=episode.clinic_id)
    client.force_login(ada)
    flags = list(Flag.objects.all())
    assert len(flags) >= 2
    for flag in flags:
        said = html.unescape(client.get(reverse("flag", args=[flag.id])).content.decode())
        assert " ".join(flag.source.split()) in " ".join(said.split())
        assert f"{flag.rule_id}, version {flag.rule_version}" in " ".join(said.split())
        builders.acting(ada)
    told("D22", "flags", flags=len(flags), with_source_and_version=len(flags))


def test_a_rule_that_raises_is_said_to_be_not_evaluated(client, ada, patient, monkeypatch):
    def broken(*args, **kwargs):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(evaluate, "CONDITIONS", {**evaluate.CONDITIONS, "R45": broken})
    episode = builders.an_episode(patient, by=ada)
    builders.a_panel(patient, by=ada, on=date(2026, 6, 1), TT="410", HCT="54.6")
    monitoring.evaluate_episode(episode.id, clinic_id=episode.clinic_id)
    because = {row["rule_id"]: row["because"] for row in Evaluation.objects.get().not_evaluated}
    assert because["R45"]
    assert not Flag.objects.filter(rule_id="R45").exists()
    client.force_login(ada)
    said = words(client.get(reverse("chart", args=[patient.id])))
    assert "rules could not be evaluated" in said
    assert f"R45: {because['R45']}" in said
