"""D8, poisoned note: whatever is written into any text comes out as text, on every page and in every file.

That a real browser runs none of it is walked in tests/journeys/test_poisoned_pages.py.
"""

import csv
import io
import itertools
import re
import uuid
from decimal import Decimal
from pathlib import Path

import pypdf
import pytest
from django.apps import apps
from django.db import models, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.urls import reverse

from accounts import tables
from accounts.models import Role
from documents import actions as documents
from documents import printing, tasks
from documents.models import DocumentKind
from documents.presenters import sheet_of
from patients import actions, markup
from tests import builders
from tests.drills.figures import told
from tests.drills.paper import inflated
from tests.drills.poison import PAYLOADS, SIGN, found_in
from tests.house.deeds import DEEDS, STORES_NOTHING, address
from tests.house.doors import DOORS, our_routes
from tests.house.fields import IDENTIFYING

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 3
# What makes a PDF do something when it is opened.
ACTING = (b"/JavaScript", b"/Launch", b"/URI", b"/EmbeddedFile", b"/OpenAction")
# Typed into a number, a date or a key, poison is refused; in a choice it is not on offer.
MEANT = {"patient", "entry_key", "version", "course", "kind", "stage", "checks_seen", "laboratory"}


# Words that are nobody's name, and yet were written by somebody.
ALSO_WRITTEN = {
    "labs.Laboratory": "name note",
    "labs.LaboratoryInterval": "method source",
    "labs.Result": "method interval_source place_reason",
    "accounts.Clinic": "name address phone",
    "accounts.Person": "full_name",
    "monitoring.Evaluation": "error",
    "documents.Document": "error",
}
# Locked once it is signed, or hashed, or a log-in; notes have a test of their own.
LEFT_ALONE = {"patients.Note", "patients.Addendum"}
NO_TEXT = {"password", "email", "pdf", "inputs", "search_key", "date_of_birth"}


def texts():
    """Each model with the columns that hold words of people."""
    for table in (IDENTIFYING, ALSO_WRITTEN):
        for label, names in table.items():
            if label not in LEFT_ALONE:
                for name in set(names.split()) - NO_TEXT:
                    yield apps.get_model(label), apps.get_model(label)._meta.get_field(name)


def poison(ada, seed):
    """Write a payload into every text of every table; how many took it."""
    payloads, taken = itertools.cycle(PAYLOADS[seed:] + PAYLOADS[:seed]), 0
    builders.acting(ada)
    for model, field in sorted(texts(), key=str):
        text = next(payloads)
        is_json = isinstance(field, models.JSONField)
        for row, stored in model._base_manager.values_list("pk", field.name)[:3]:
            value = in_json(stored, text) if is_json else text[: field.max_length]
            try:
                with transaction.atomic():
                    taken += model._base_manager.filter(pk=row).update(**{field.name: value})
            except DatabaseError:
                # A constraint, for example that no two patients have one number.
                continue
    return taken


def in_json(stored, text):
    """The payload in every word of what a draft of an entry holds, or of a protocol, which stays readable."""
    if "components" not in stored:
        return {"note": text, "value-TT": text}
    lines = {name: [text] for name in ("suits", "not_for", "stop_rules")}
    trigger = {"says": text, "origin": text}
    later = {**stored["components"][0], "drug": "anastrozole", "amount": "0.5", "frequency": "twice_weekly"}
    later |= {"starts": "trigger", "trigger": trigger}
    components = [stored["components"][0], later]
    sources = [{"cite": text, "mark": "M", "about": text}]
    words = {"name": text, "aim": text, "evidence": text, "sources": sources, "components": components}
    return stored | lines | words


def pages(made, people):
    """Every page of ours that somebody may see, with its address."""
    for person, role in people:
        client = Client()
        client.force_login(person)
        for route in our_routes():
            door = DOORS[route.name]
            if (
                role in door.audience
                and "GET" in door.methods.split()
                and not route.name.startswith("health")
            ):
                answer = client.get(address(route, made))
                if answer.get("Content-Type", "").startswith(("text/html", "image/svg")):
                    yield route.name, answer.content.decode()


def everybody(made, ada, clinic):
    builders.acting(ada)
    amy = builders.a_person("amy", clinic=clinic, role="admin")
    pat = builders.a_person("pat", clinic=clinic, role="patient")
    type(made.patient).objects.filter(pk=made.patient.pk).update(portal_person=pat)
    return [(ada, Role.CLINICIAN), (amy, Role.ADMIN), (pat, Role.PATIENT)]


def sweep(made, ada, clinic, seeds):
    people = everybody(made, ada, clinic)
    found, seen, written, showing = [], 0, 0, 0
    for seed in seeds:
        written += poison(ada, seed)
        for name, html in pages(made, people):
            seen += 1
            showing += SIGN in html
            found += [f"{name}: {each}" for each in found_in(html)]
    return found, {"texts_written": written, "pages": seen, "pages_that_show_poison": showing}


def test_what_is_stored_in_any_text_is_inert_on_every_page(made, ada, clinic):
    found, figures = sweep(made, ada, clinic, range(0, len(PAYLOADS), -(-len(PAYLOADS) // ROUNDS)))
    assert found == []
    assert figures["pages_that_show_poison"] > figures["pages"] // 3
    told("D8", "stored", payloads=len(PAYLOADS), **figures, unescaped=0)


@pytest.mark.nightly
def test_every_payload_in_every_text_is_inert_on_every_page(made, ada, clinic):
    found, figures = sweep(made, ada, clinic, range(len(PAYLOADS)))
    assert found == []
    told("D8", "stored-full-cross", payloads=len(PAYLOADS), **figures, unescaped=0)


def test_what_is_typed_into_any_form_is_inert_where_it_comes_back(made, ada):
    """Each text of each form in turn, with payloads that rotate; a refusal shows what was typed."""
    payloads, found, sent = itertools.cycle(PAYLOADS), [], 0
    client = Client()
    for route in our_routes():
        if route.name not in DEEDS or Role.CLINICIAN not in DOORS[route.name].audience:
            continue
        builders.acting(ada)
        form = DEEDS[route.name](made, ada)
        typed = {key: next(payloads) if key not in MEANT else value for key, value in form.items()}
        client.force_login(ada)
        answer = client.post(address(route, made), typed, follow=True)
        assert answer.status_code < 500, route.name
        sent += len(typed)
        found += [f"{route.name}: {each}" for each in found_in(answer.content.decode())]
    assert found == []
    told("D8", "typed", texts_sent=sent, routes=len(DEEDS) - len(STORES_NOTHING), unescaped=0)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_note_keeps_the_words_and_nothing_that_acts(payload):
    html = markup.html_of(payload)
    assert found_in(html) == []
    assert set(re.findall(r"<(\w+)", html)) <= markup.ALLOWED
    assert str(markup.shown(html)) == html


def test_notes_are_inert_on_their_pages(client, ada):
    """All payloads as one note, as a reason and as an addition, on each page that shows a note."""
    patient = builders.a_patient(ada)
    note = builders.a_note(patient, by=ada, text="\n\n".join(PAYLOADS))
    for number, payload in enumerate(PAYLOADS[:40]):
        key = f"00000000-0000-4000-8000-{number:012d}"
        actions.add_to_note(note, text=payload, reason=payload[:200], by=ada, entry_key=key)
    builders.a_draft_note(patient, by=ada, text="\n\n".join(PAYLOADS))
    client.force_login(ada)
    for name, record in [("note", note), *((n, patient) for n in ("chart_notes", "note_new", "note_sign"))]:
        html = client.get(reverse(name, args=[record.id])).content.decode()
        assert SIGN in html
        assert (name, found_in(html)) == (name, [])
        for text in re.findall(r'<div class="note-text".*?</div>', html, re.DOTALL):
            assert "hx-disable" in text


def test_a_pdf_prints_it_as_words(ada):
    """Every payload as a name in the page that is printed; some of them as far as the PDF."""
    found, texts, pdfs = [], 0, 0
    for number, payload in enumerate(PAYLOADS):
        patient = builders.a_patient(ada, given_name=payload[:80], family_name=SIGN)
        document = documents.request_document(
            patient, DocumentKind.LAB_PREPARATION, by=ada, entry_key=uuid.uuid4()
        )
        sheet = sheet_of(document, printed_at=document.requested_at)
        html = tasks.render_to_string(tasks.TEMPLATE, {"sheet": sheet})
        texts += SIGN in html
        found += found_in(html)
        if number % 10 == 0:
            pdf = printing.render(html).pdf
            assert (
                "script" not in payload or payload in pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
            )
            found += [act for act in ACTING if act in inflated(pdf)]
            pdfs += 1
    assert found == []
    assert texts == len(PAYLOADS)
    told("D8", "pdf", texts=texts, pdfs=pdfs, actions=0)


def test_a_table_opens_as_text_and_its_numbers_as_numbers():
    rows = [[payload, Decimal("-1.5"), -3] for payload in PAYLOADS]
    read = list(csv.reader(io.StringIO(tables.as_csv(["Text", "Number", "Count"], rows))))
    assert len(read) == len(PAYLOADS) + 1
    for cells, (payload, *_) in zip(read[1:], rows, strict=True):
        assert cells[1:] == ["-1.5", "-3"]
        bare = payload.lstrip(" \ufeff\u202e")
        if bare[:1] in set("=+-@\t\r%|\uff1d\uff0b\uff0d\uff20"):
            assert cells[0] == f"'{payload}"
        else:
            assert cells[0] == payload
    told("D8", "csv", cells=len(PAYLOADS), formulas=sum(cells[0][:1] == "'" for cells in read[1:]))


# Each place where escaping is turned off, with its reason.
UNESCAPED = {
    "accounts/templatetags/clinic.py": "format_html, which escapes what it puts in",
    "patients/markup.py": "after nh3 has taken out everything but ten elements",
    "templates/account/email/base_notification.txt": "a mail in plain text",
    "templates/account/email/base_message.txt": "a mail in plain text",
    "templates/accounts/mail/invitation.txt": "a mail in plain text",
    "templates/accounts/mail/new_password.txt": "a mail in plain text",
}
TURNS_OFF = re.compile(
    r"\|\s*safe(seq)?\b|\bmark_safe\(|\bformat_html(_join)?\(|\bautoescape off\b"
    r"|\bSafe(String|Text)\(|@html_safe\b"
)


def unescaped(folder):
    """The files of the product below a folder in which escaping is turned off."""
    kinds = ("*.py", "*.html", "*.txt", "*.svg")
    files = (path for kind in kinds for path in folder.rglob(kind))
    skipped = {".venv", "tests", "bench", "requirements", "static", "node_modules", ".git"}
    return {
        path.relative_to(folder).as_posix()
        for path in files
        if not skipped & set(path.relative_to(folder).parts) and TURNS_OFF.search(path.read_text())
    }


def test_escaping_is_turned_off_nowhere_that_is_not_listed():
    assert unescaped(ROOT) == set(UNESCAPED)


@pytest.mark.planted
def test_a_template_that_trusts_is_seen(made, ada, clinic, settings, tmp_path):
    (tmp_path / "_components").mkdir()
    real = (ROOT / "templates/_components/identity.html").read_text()
    (tmp_path / "_components/identity.html").write_text(real.replace("{{ name }}", "{{ name|safe }}"))
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    assert unescaped(tmp_path) == {"_components/identity.html"}
    type(made.patient).objects.filter(pk=made.patient.pk).update(family_name=PAYLOADS[0])
    assert any(
        "script" in each for _, html in pages(made, [(ada, Role.CLINICIAN)]) for each in found_in(html)
    )


@pytest.mark.planted
def test_a_sanitiser_that_is_off_is_seen(monkeypatch):
    monkeypatch.setattr(markup.nh3, "clean", lambda html, **_: html)
    monkeypatch.setitem(markup._markdown.options, "html", True)
    markup._markdown.enable(markup.REFUSED_RULES)
    try:
        caught = [payload for payload in PAYLOADS if found_in(markup.html_of(payload))]
    finally:
        markup._markdown.disable(markup.REFUSED_RULES)
    assert len(caught) > 20


@pytest.mark.planted
def test_a_table_without_its_guard_is_seen(monkeypatch):
    monkeypatch.setattr(tables, "neutral", lambda cell: cell)
    with pytest.raises(AssertionError):
        test_a_table_opens_as_text_and_its_numbers_as_numbers()
