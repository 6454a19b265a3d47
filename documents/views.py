"""Asking for a document, watching it being made, reading what it says, and taking the PDF."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Role
from accounts.permissions import care_team_required, member_required
from accounts.sending import entry_key_in, sent_once
from documents import actions, presenters
from documents.forms import RequestForm
from documents.models import Document, DocumentKind
from patients.actions import note_look
from patients.guards import overtaken, wrong_patient
from patients.models import Patient


@care_team_required
@require_GET
def document_list(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """A patient's documents and the form that asks for another; to HTMX the list alone."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)
    note_look(patient, by=request.user, page="documents.list")
    return _listed(request, patient, presenters.documents_of(patient, request.user))


def _listed(
    request: HttpRequest, patient: Patient, documents: presenters.DocumentsOf, status: int = 200
) -> HttpResponse:
    template = "documents/_list.html" if request.htmx else "documents/list.html"
    return render(request, template, {"patient": patient, "documents": documents}, status=status)


@care_team_required
@sent_once
@require_POST
def document_request(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Ask for a document; what it will say is frozen now."""
    patient = get_object_or_404(
        Patient.objects.visible_to(request.user).select_related("clinic"), pk=patient_id
    )
    if refusal := wrong_patient(request, patient):
        return refusal
    form = RequestForm(request.POST)
    if not form.is_valid():
        return _refused(request, patient, form.problem)
    try:
        asked = actions.request_document(
            patient,
            DocumentKind(form.cleaned_data["kind"]),
            by=request.user,
            entry_key=entry_key_in(request),
        )
    except actions.NotPossible as problem:
        return _refused(request, patient, str(problem))
    return redirect("document", asked.id)


def _refused(request: HttpRequest, patient: Patient, problem: str) -> HttpResponse:
    note_look(patient, by=request.user, page="documents.list")
    chosen = request.POST.get("kind", "")
    documents = presenters.documents_of(patient, request.user, problem=problem, chosen=chosen)
    return _listed(request, patient, documents, status=422)


def _found(request: HttpRequest, document_id: uuid.UUID) -> Document:
    documents = Document.objects.visible_to(request.user).select_related("patient")
    return get_object_or_404(documents.defer("pdf"), pk=document_id)


@care_team_required
@require_GET
def document(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """How far the document is, what it says, and where to take the PDF."""
    found = _found(request, document_id)
    note_look(found.patient, by=request.user, page="documents.document")
    context = {"page": presenters.page_of(found, request.user), "patient": found.patient}
    return render(request, "documents/document.html", context)


@care_team_required
@require_GET
def document_status(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """The state alone, asked for each second. It shows nothing of the patient; unchanged is no answer."""
    status = presenters.status_of(_found(request, document_id))
    if request.GET.get("seen") == status.state:
        return HttpResponse(status=204)
    return render(request, "documents/_status.html", {"status": status})


@member_required
@require_POST
def document_retry(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """Try once more to make a document. The clinic admin may: he tends the software and sees no record."""
    mine = Document.objects.tended_by(request.user).without_bytes()
    found = get_object_or_404(mine, pk=document_id)
    is_from_list = request.POST.get("back") == "unfinished" or request.user.role == Role.ADMIN
    try:
        actions.retry_document(found, by=request.user)
    except actions.Overtaken as late:
        return overtaken(request, presenters.on_file(late.record, request.user))
    except actions.NotPossible as problem:
        messages.error(request, str(problem))
    else:
        if is_from_list:
            messages.success(request, "A worker is asked to make the document.")
    return redirect("unfinished") if is_from_list else redirect("document", found.id)


@care_team_required
@require_GET
def document_pdf(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """The PDF itself, under a name that says nothing of the patient. Before it is ready, its page."""
    found = get_object_or_404(
        Document.objects.visible_to(request.user).select_related("patient"), pk=document_id
    )
    if found.pdf is None:
        return redirect("document", found.id)
    actions.note_look_at_pdf(found, by=request.user)
    return HttpResponse(
        bytes(found.pdf),
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="document-{found.code}.pdf"',
            "Cache-Control": "no-store",
        },
    )
