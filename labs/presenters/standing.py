"""What stands of a panel or a draft, for somebody whose form came too late."""

from django.urls import reverse

from accounts.sending import OnFile
from accounts.templatetags.clinic import moment
from clinical.analytes import analyte
from labs.kinds import NAMES, OFFERS
from labs.models import EntryDraft, Panel, PanelKind
from labs.presenters.panel import lines_of
from patients.models import Patient

NO_DRAFT = "none"


def judgement_on_file(panel: Panel, newest: Panel) -> OnFile:
    """What was said of a panel, and whether another version has taken its place."""
    is_newest = newest.pk == panel.pk
    version = str(panel.version) if is_newest else f"{panel.version}, replaced by {newest.version}"
    lines: list[tuple[str, object]] = [
        ("Panel", f"{NAMES[PanelKind(panel.kind)]} of {moment(panel.collected_at, panel.collected_zone)}"),
        ("Version", version),
    ]
    by, at = panel.finalised_by, panel.finalised_at
    if not is_newest:
        lines += [("Why it was replaced", newest.amendment_reason)]
        lines += [(each.name, f"{each.text} {each.unit}") for each in lines_of(newest)]
        by, at = newest.finalised_by, newest.finalised_at
    for word, who, when, comment in (
        ("Reviewed", panel.reviewed_by, panel.reviewed_at, panel.review_comment),
        ("Released", panel.released_by, panel.released_at, panel.release_comment),
    ):
        if when:
            lines.append((word, f"by {who}, {moment(when)}" + (f": {comment}" if comment else "")))
            by, at = (who, when) if when > at else (by, at)
    return OnFile(
        "This panel",
        panel.judgement,
        lines,
        reverse("panel", args=[newest.pk]),
        by.full_name,
        at,
        patient=panel.patient,
        may_go_on=is_newest,
    )


def draft_on_file(patient: Patient, kind: PanelKind, draft: EntryDraft | None) -> OnFile:
    """One's own draft as another page of one's own has saved it."""
    typed = draft.typed if draft else {}
    lines: list[tuple[str, object]] = [
        (analyte(key).name, f"{typed[f'value-{key}']} {typed.get(f'unit-{key}', '')}")
        for key in OFFERS[kind].keys
        if typed.get(f"value-{key}", "").strip()
    ]
    words = {"collected_on": "Collected on", "collected_time": "Collected at", "note": "Note"}
    lines += [(label, typed[name]) for name, label in words.items() if typed.get(name)]
    return OnFile(
        "Your draft",
        draft.version if draft else NO_DRAFT,
        lines or [("Draft", "nothing is kept")],
        reverse("panel_new", args=[patient.id, kind]),
        draft.author.full_name if draft else "",
        draft.saved_at if draft else None,
        patient=patient,
        field="draft_version",
    )
