"""One valid form for every route that takes a POST: what it would change, if whoever sends it might."""

import json
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.urls import URLPattern, reverse

from accounts.api import tag_of
from labs.api.showing import PanelShown
from labs.models import Panel
from protocols.forms import DraftForm, component_forms
from protocols.presenters import (
    check_dose,
    chosen_protocol,
    desk_of,
    read_back_together,
    together_desk,
)
from protocols.views.finding import course_or_404, open_episode, start_desk
from tests import builders
from tests.house.everything import Everything, days_ago

# Routes that answer a POST and store nothing of it.
STORES_NOTHING = {"panel_check", "dose_check", "access_search", "api_patient_search", "clinic_choose"}
Form = Callable[[Everything, Any], dict[str, Any]]


def address(route: URLPattern, made: Everything) -> str:
    """Where this route stands, for the clinic whose records these are."""
    return reverse(route.name, kwargs=arguments_of(route.name, route.pattern.converters, made))


def arguments_of(name: str | None, names: Iterable[str], made: Everything) -> dict[str, Any]:
    """A route's arguments by their names in its pattern; a route that needs another record says so here."""
    record = {
        "episode_open": {"patient_id": made.newcomer},
        "portal_invite": {"patient_id": made.newcomer},
        "emergency_open": {"patient_id": made.sealed},
        "emergency_end": {"emergency_id": made.lasting},
        "course_resume": {"course_id": made.held},
        "document_retry": {"document_id": made.failed},
        "protocol_edit": {"version_id": made.draft_version},
        "protocol_move": {"version_id": made.draft_version},
        "protocol_review": {"version_id": made.waiting_version},
        "evaluation_retry": {"episode_id": made.given_up.episode},
        "dry_run_retry": {"dry_run_id": made.stopped_run},
    }.get(name or "", {})
    found: dict[str, Any] = {}
    for each in names:
        if each == "kind":
            found[each] = "blood"
        elif each == "token":
            found[each] = "made-up"
        elif each in {"shipped", "chosen"}:
            found[each] = "founding-combination"
        else:
            found[each] = record.get(each, getattr(made, each.removesuffix("_id"), None)).id
    return found


def is_api(route_name: str) -> bool:
    """Whether a program asks there."""
    return route_name.startswith("api_")


def sent(route_name: str, form: dict[str, Any]) -> dict[str, Any]:
    """The form as its route wants it sent, for the test client's post: a page's, or a program's JSON."""
    if not is_api(route_name):
        return {"data": form}
    headers = {name: value for name, value in form.items() if name in {"Idempotency-Key", "If-Match"}}
    body = {name: value for name, value in form.items() if name not in headers}
    return {"data": json.dumps(body, default=str), "content_type": "application/json", "headers": headers}


def _keys(patient: Any, **more: Any) -> dict[str, Any]:
    return {"patient": patient.id, "entry_key": uuid.uuid4(), **more}


def _entry(made: Everything, by: Any, **more: Any) -> dict[str, Any]:
    return _keys(
        made.patient,
        laboratory=made.laboratory.id,
        collected_on=days_ago(3).isoformat(),
        collected_time="08:05",
        fasting="yes",
        acutely_ill="no",
        note="a note",
        **{"value-TT": "405", "unit-TT": "ng/dL", **more},
    )


def _draft(made: Everything, by: Any) -> dict[str, Any]:
    return _entry(made, by, draft_version=made.draft.version)


def _change(course: Any, **more: Any) -> dict[str, Any]:
    reasons = {"reason": "headache", "override_reason": "discussed"}
    return _keys(course.patient, version=course.version, on=days_ago(0).isoformat(), **reasons, **more)


def _ordered(desk: Any, **more: Any) -> dict[str, Any]:
    today = days_ago(0)
    seen = check_dose(desk, builders.a_dose("25", "every_other_day"), today).seen
    return _keys(
        desk.patient,
        amount="25",
        frequency="every_other_day",
        starts_on=today.isoformat(),
        reason="LH is high enough",
        override_reason="discussed",
        stage="save",
        checks_seen=seen,
        **more,
    )


def _adjust(made: Everything, by: Any) -> dict[str, Any]:
    return _ordered(desk_of(course_or_404(by, made.course.id), by), version=made.course.version)


def _start(made: Everything, by: Any) -> dict[str, Any]:
    desk = start_desk(made.patient, "tamoxifen", by)
    dose = {"amount": "20", "frequency": "daily", "drug": "tamoxifen"}
    seen = check_dose(desk, builders.a_dose("20", "daily"), days_ago(0)).seen
    return {**_ordered(desk), **dose, "checks_seen": seen}


def _sent_panel(made: Everything, by: Any, **more: Any) -> dict[str, Any]:
    return {
        "Idempotency-Key": str(uuid.uuid4()),
        "laboratory": str(made.laboratory.id),
        "collected_at": f"{days_ago(3)}T08:05:00Z",
        "collected_zone": "Europe/London",
        "fasting": "yes",
        "note": "a note",
        "results": [{"analyte": "TT", "value": "405", "unit": "ng/dL"}],
        **more,
    }


def _sent_amendment(made: Everything, by: Any) -> dict[str, Any]:
    read = PanelShown(Panel.objects.get(pk=made.panel.pk)).data
    return _sent_panel(made, by, reason="typed wrongly", **{"If-Match": tag_of(read)})


def _from_protocol(made: Everything, by: Any) -> dict[str, Any]:
    """Tamoxifen alone of the founding article's combination."""
    url = {"patient_id": made.patient.id, "chosen": "founding-combination"}
    desk = together_desk(made.patient, open_episode(made.patient, by), chosen_protocol(url["chosen"], by), by)
    orders = {"tamoxifen": (builders.a_dose("20", "daily"), days_ago(0))}
    page = read_back_together(desk, orders, reason="as agreed")
    typed = {"include": "on", "amount": "20", "frequency": "daily", "starts_on": days_ago(0).isoformat()}
    return _keys(
        made.patient,
        reason="as agreed",
        stage="save",
        checks_seen=page.seen,
        **{f"tamoxifen-{name}": value for name, value in typed.items()},
        **{f"{drug}-override_reason": "discussed" for drug, _ in page.warned},
    )


def _draft_protocol(made: Everything, by: Any) -> dict[str, Any]:
    content = made.draft_version.says
    words = DraftForm(initial=DraftForm.typed_of(content, "easier to take"))
    forms = [words, *component_forms(content).values()]
    typed = {field.html_name: field.value() for form in forms for field in form}
    form = {name: value for name, value in typed.items() if value not in (None, "", False)}
    return {**form, "aim": "to be well", "entry_key": uuid.uuid4(), "version": made.draft_version.version}


DEEDS: dict[str, Form] = {
    "clinic_choose": lambda made, by: {"clinic": made.patient.clinic_id},
    "member_role": lambda made, by: {"version": made.membership.version, "role": "admin"},
    "invitation_new": lambda made, by: {"email": "new@mail.example", "role": "staff"},
    "invitation_resend": lambda made, by: {"version": made.invitation.version},
    "invitation_withdraw": lambda made, by: {"version": made.invitation.version},
    "portal_invite": lambda made, by: {"patient": made.newcomer.id, "email": "new@mail.example"},
    "portal_resend": lambda made, by: {"patient": made.patient.id, "version": 1},
    "portal_withdraw": lambda made, by: {"patient": made.patient.id, "version": 1},
    "member_end": lambda made, by: {"version": made.membership.version},
    "access_search": lambda made, by: {"mrn": made.patient.mrn},
    "patient_register": lambda made, by: {
        "entry_key": uuid.uuid4(),
        "family_name": "New",
        "given_name": "Man",
        "date_of_birth": "1990-01-02",
        "mrn": "N1",
    },
    "episode_open": lambda made, by: _keys(
        made.newcomer, formulation="testosterone_cypionate", goal="both", dose="160 mg"
    ),
    "episode_last_dose": lambda made, by: _keys(
        made.patient, version=made.episode.last_dose_version, last_dose_on=days_ago(99).isoformat()
    ),
    "observe": lambda made, by: _keys(made.patient, observed_on=days_ago(1).isoformat(), phq9="4"),
    "note_new": lambda made, by: _keys(made.patient, version=made.draft_note.version, text="he is well"),
    "note_discard": lambda made, by: _keys(made.patient),
    "note": lambda made, by: _keys(made.patient, text="the result came", reason="it was late"),
    "note_sign": lambda made, by: {
        **_keys(made.patient, version=made.draft_note.version),
        "entry_key": made.draft_note.entry_key,
    },
    "emergency": lambda made, by: {"comment": "the reason holds", "version": made.emergency.version},
    "emergency_notice": lambda made, by: {},
    "emergency_open": lambda made, by: {
        "whose": made.sealed.mrn,
        "reason": "emergency",
        "explanation": "he collapsed",
        "entry_key": uuid.uuid4(),
    },
    "emergency_end": lambda made, by: {},
    "restriction_place": lambda made, by: {"reason": "wish", "words": "", "carers": [by.id]},
    "restriction_carers": lambda made, by: {
        "patient": made.restriction.patient_id,
        "carers": [by.id],
        "version": made.restriction.version,
    },
    "restriction_lift": lambda made, by: {
        "patient": made.restriction.patient_id,
        "lift_reason": "moved",
        "version": made.restriction.version,
    },
    "panel_new": _entry,
    "panel_check": _entry,
    "panel_draft": _draft,
    "panel_draft_discard": _draft,
    "panel_amend": lambda made, by: _entry(made, by, version=made.panel.version, reason="typed wrongly"),
    "panel_review": lambda made, by: _keys(made.patient, version=made.panel.judgement),
    "panel_release": lambda made, by: _keys(made.patient, version=made.panel.judgement),
    "course_start": _start,
    "protocol_start": _from_protocol,
    "protocol_copy_shipped": lambda made, by: {"entry_key": uuid.uuid4()},
    "protocol_copy": lambda made, by: {"entry_key": uuid.uuid4()},
    "protocol_edit": _draft_protocol,
    "protocol_move": lambda made, by: {"to": "in_review", "version": made.draft_version.version},
    "protocol_review": lambda made, by: {
        "entry_key": uuid.uuid4(),
        "version": made.waiting_version.version,
        "verdict": "publish",
        "words": "read with care",
    },
    "dose_check": lambda made, by: {**_adjust(made, by), "course": made.course.id},
    "dose_adjust": _adjust,
    "course_stop": lambda made, by: _change(made.course),
    "course_hold": lambda made, by: _change(made.course),
    "course_resume": lambda made, by: _change(made.held),
    "flag_acknowledge": lambda made, by: _keys(made.patient, version=made.flag.version, comment="seen to"),
    "retest_waive": lambda made, by: _keys(made.patient, version=made.retest.version, reason="moved away"),
    "evaluation_retry": lambda made, by: {},
    "cut_offs": lambda made, by: {
        "entry_key": uuid.uuid4(),
        "version": "2",
        "name": "low_testosterone",
        "typed": "264",
        "reason": "harmonised assay",
    },
    "dry_runs": lambda made, by: {
        "entry_key": uuid.uuid4(),
        "title": "a lower threshold",
        "what_1": "number:low_testosterone",
        "value_1": "264",
    },
    "dry_run_retry": lambda made, by: {},
    "document_request": lambda made, by: _keys(made.patient, kind="lab_preparation"),
    "document_retry": lambda made, by: {},
    "token_create": lambda made, by: {
        "name": "results from a laboratory",
        "membership": made.token.membership_id,
        "may_write": "on",
        "days": "30",
        "entry_key": uuid.uuid4(),
    },
    "token_revoke": lambda made, by: {},
    "api_patient_search": lambda made, by: {"words": made.patient.mrn},
    "api_panels": _sent_panel,
    "api_panel_amend": _sent_amendment,
}
