"""Making a handout: the rendering, and the whole task that stores the PDF, beside WeasyPrint alone."""

import uuid
from datetime import timedelta

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from bench.measuring import Deed, Line, measure, statements_of
from bench.seeding import World
from documents import printing, rendering, tasks
from documents.actions import request_document
from documents.models import Document, DocumentKind
from documents.presenters import sheet_of
from patients.models import Patient
from tests import builders

FLOOR = "WeasyPrint alone: the same HTML, fonts and stylesheet shared"


def measure_printing(world: World, *, repeats: int) -> list[Line]:
    """The clomiphene handout, tagged PDF/UA in all three cases."""
    patient = _on_clomiphene(world)
    html = _html_of(_asked(world, patient))
    fonts = FontConfiguration()
    address = f"{rendering.BASE_URL}document.css"
    stylesheet = CSS(string=rendering.packaged()[address].decode(), base_url=address, font_config=fonts)

    def bare(_: None) -> None:
        HTML(string=html, base_url=rendering.BASE_URL).write_pdf(
            font_config=fonts, stylesheets=[stylesheet], pdf_variant="pdf/ua-1"
        )

    deeds = {
        "rendering": Deed(lambda _: printing.render(html)),
        "task": Deed(lambda asked: _make(world, asked), lambda: _asked(world, patient)),
    }
    timings = measure({**deeds, "bare": Deed(bare)}, repeats=repeats, warm_up=1)
    return [
        Line(f"Render a handout ({name})", timings[name], FLOOR, timings["bare"], statements_of(deed))
        for name, deed in deeds.items()
    ]


def _on_clomiphene(world: World) -> Patient:
    today = timezone.localdate()
    with transaction.atomic():
        builders.acting(world.ada)
        patient = builders.a_patient(world.ada, family_name="Handed")
        episode = builders.an_episode(patient, by=world.ada, stopped=today - timedelta(days=60))
        builders.a_course(episode, by=world.ada, starts_on=today - timedelta(days=14))
    return patient


def _asked(world: World, patient: Patient) -> Document:
    with transaction.atomic():
        world.enter()
        return request_document(patient, DocumentKind.CLOMIPHENE, by=world.ada, entry_key=uuid.uuid4())


def _html_of(document: Document) -> str:
    sheet = sheet_of(document, printed_at=document.requested_at)
    return render_to_string(tasks.TEMPLATE, {"sheet": sheet})


def _make(world: World, document: Document) -> None:
    assert tasks.render_document(document.id, clinic_id=world.clinic.id)
