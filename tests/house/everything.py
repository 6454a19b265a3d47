"""A clinic in which every table holds something of one man, with a canary in every text that people write."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from unittest import mock

from django.apps import apps
from django.db import connection, models
from django.utils import timezone
from psycopg import sql

from accounts import actions as accounts
from accounts.models import Clinic, ClinicOwned, Membership, Role
from audit.models import Event
from clinical.dry_run import Change, Kind
from clinical.readings import parse_reading
from documents import actions as documents
from documents.models import DocumentKind
from labs import actions as labs
from labs.models import EntryDraft, PanelKind
from monitoring import actions as monitoring
from monitoring.models import MOST_ATTEMPTS, Evaluation, Flag, Retest
from patients import actions as patients
from patients.models import Goal
from patients.models.restricting import MOST_ATTEMPTS as MOST_TRIES
from protocols import actions as protocols
from protocols.models import VersionState
from tests import builders

# Of each clinic its own, in every text: with "-man" in the patient's name, "-other" in the names of the
# clinic's other men, "-guarded" in the record that is restricted to its clinician, and "-kept" in what the
# clinic has not told the patient.
CANARY = "CNRY-A"


@dataclass(frozen=True)
class Everything:
    """The records by the names that addresses give them; `newcomer` has no episode, `failed` no PDF.

    `given_up` is the evaluation of another man, which failed as often as it may, and `stopped_run` such a dry
    run; `guarded` is a third, whose
    record is restricted to whoever made all this, and `emergency` a colleague's access to it, which is over
    and whose notice was given up. `sealed` is restricted to that colleague alone, and so is the record to
    which whoever made all this holds the emergency access `lasting`.
    """

    patient: Any
    newcomer: Any
    episode: Any
    panel: Any
    course: Any
    held: Any
    flag: Any
    retest: Any
    evaluation: Any
    given_up: Any
    dry_run: Any
    stopped_run: Any
    document: Any
    failed: Any
    laboratory: Any
    guarded: Any
    restriction: Any
    emergency: Any
    membership: Any
    note: Any
    draft_note: Any
    invitation: Any
    token: Any
    draft: Any
    sealed: Any
    lasting: Any
    version: Any
    waiting_version: Any
    draft_version: Any


def days_ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def everything_of(by: Any, canary: str = CANARY) -> Everything:
    """One of everything that a clinic can have, made by its clinician `by`."""
    laboratory = _laboratory(by, canary)
    patient, newcomer = _a_man(by, f"{canary}-man"), _a_man(by, f"{canary}-other")
    form, _ = accounts.take_form(uuid.uuid4(), digest="0" * 64, by=by)
    accounts.keep_answer(form, answer="/")
    monitoring.set_cut_off(
        name="target_testosterone", typed="400", reason=f"{canary}-kept", read_number=0, by=by
    )
    episode = builders.an_episode(patient, by=by, stopped=days_ago(100), goal=Goal.BOTH)
    _history(patient, by, canary)
    course, held = _treatment(episode, by, canary)
    panel = _results(patient, by, laboratory, canary)
    monitoring.evaluate_episode(episode.id, clinic_id=episode.clinic_id)
    flag, retest = _judgements(episode, by, canary)
    document, failed = _documents(patient, by, canary)
    restriction, emergency, sealed, lasting = _restricted(by, f"{canary}-guarded")
    note, draft_note = _notes(patient, by, f"{canary}-kept")
    return Everything(
        patient=patient,
        newcomer=newcomer,
        episode=episode,
        panel=panel,
        course=course,
        held=held,
        flag=flag,
        retest=retest,
        evaluation=Evaluation.objects.get(episode=episode),
        given_up=_given_up(by, canary),
        dry_run=_dry_run(by, canary),
        stopped_run=_stopped_run(by, canary),
        document=document,
        failed=failed,
        laboratory=laboratory,
        guarded=restriction.patient,
        restriction=restriction,
        emergency=emergency,
        membership=_a_colleague(by),
        note=note,
        draft_note=draft_note,
        invitation=_invited(patient, by, canary),
        token=_token(by, canary),
        draft=EntryDraft.objects.get(patient=patient, kind=PanelKind.BLOOD),
        sealed=sealed,
        lasting=lasting,
        **_protocols(by, canary),
    )


def _restricted(by: Any, canary: str) -> tuple[Any, Any, Any, Any]:
    """A record that only `by` sees, a colleague's access to it, one that he does not see, an access of his.

    The first was restricted once before, which was lifted; an access of that time was reviewed.
    """
    guarded, sealed, opened = _a_man(by, canary), _a_man(by, canary), _a_man(by, canary)
    zoe, yan = (
        builders.a_person(name, clinic=guarded.clinic, role=role)
        for name, role in (("zoe", "clinician"), ("yan", "admin"))
    )
    restriction = builders.a_restriction(guarded, by=by, words=canary)
    before = builders.a_broken_glass(guarded, by=zoe, explanation=canary, is_over=True)
    patients.review_emergency(before, comment=canary, read_version=1, by=yan)
    patients.lift_restriction(restriction, reason=canary, read_version=1, by=by)
    restriction = builders.a_restriction(guarded, by=by, words=canary)
    emergency = builders.a_broken_glass(guarded, by=zoe, explanation=canary, is_over=True)
    for _ in range(MOST_TRIES):
        patients.begin_notice(emergency.id)
        patients.end_notice(emergency.id, error="SMTPServerDisconnected while the mail was sent.")
    for each in (sealed, opened):
        builders.a_restriction(each, by=yan, carers=[zoe])
    return restriction, emergency, sealed, builders.a_broken_glass(opened, by=by, explanation=canary)


def _a_colleague(by: Any) -> Any:
    clinic = Clinic.objects.get(pk=by.standing.clinic_id)
    return builders.a_person("colleague", clinic=clinic, role="staff").memberships.get()


def _invited(patient: Any, by: Any, canary: str) -> Any:
    """A colleague who is invited by an admin, beside the patient himself, invited to the portal."""
    admin = builders.a_person("amos", clinic=patient.clinic, role="admin")
    builders.acting(by)
    patients.invite_to_portal(patient, email=f"portal-{canary}@mail.example", by=by)
    accounts.ask_for_reset(email=f"{canary}@mail.example")
    return accounts.invite(email=f"{canary}@mail.example", role=Role.STAFF, by=admin)


def _token(by: Any, canary: str) -> Any:
    """A token that a program could show; whom it lets in is tried in tests/accounts/test_tokens.py."""
    membership = Membership.objects.get(person=by, clinic_id=by.acting.clinic_id)
    token, _ = accounts.issue_token(
        membership,
        name=f"Program {canary}",
        may_read=True,
        may_write=True,
        days=30,
        entry_key=uuid.uuid4(),
        by=by,
    )
    return token


def _a_man(by: Any, canary: str) -> Any:
    return builders.a_patient(
        by,
        given_name=f"Given {canary}",
        family_name=f"Family {canary}",
        email=f"{canary.lower()}@mail.example",
        allergies=canary,
    )


def _laboratory(by: Any, canary: str) -> Any:
    laboratory = builders.a_laboratory(by, name=f"Laboratory {canary}")
    limits = labs.Limits(builders.Decimal(250), builders.Decimal(900), "ng/dL", f"report {canary}")
    labs.set_interval(laboratory, analyte="TT", limits=limits, by=by)
    return laboratory


def _history(patient: Any, by: Any, canary: str) -> None:
    patients.record_exposure(patient, by=by, formulation="testosterone_cypionate", dose=canary)
    patients.note_concomitant_drug(patient, name=canary, by=by)
    patients.note_condition(patient, kind=canary, by=by)
    patients.observe(patient, observations={"symptom:headache": None}, on=days_ago(1), by=by)


def _treatment(episode: Any, by: Any, canary: str) -> tuple[Any, Any]:
    """A course that is taken, with two dose steps, and one on hold after an earlier one that was stopped."""
    course = builders.a_course(
        episode, by=by, starts_on=days_ago(80), reason=canary, override_reason=f"{canary}-kept"
    )
    protocols.adjust_dose(
        course,
        dose=builders.a_dose("25", "daily"),
        starts_on=days_ago(30),
        reason=canary,
        override_reason=f"{canary}-kept",
        read_version=1,
        entry_key=uuid.uuid4(),
        by=by,
    )
    tried = _fsh(episode, by, days_ago(40), source=protocols.Source("own-tried", 1, canary))
    protocols.stop_course(tried, on=days_ago(30), reason=canary, by=by, read_version=1)
    held = _fsh(episode, by, days_ago(20))
    protocols.hold_course(held, on=days_ago(2), reason=canary, by=by, read_version=1)
    course.refresh_from_db()
    held.refresh_from_db()
    return course, held


def _fsh(episode: Any, by: Any, on: date, **fields: Any) -> Any:
    dose = builders.a_dose("75", "three_times_weekly", "IU")
    return builders.a_course(episode, by=by, drug="fsh", dose=dose, starts_on=on, **fields)


def _results(patient: Any, by: Any, laboratory: Any, canary: str) -> Any:
    """A released panel in two versions, a semen analysis, a draft, and the panel that waits for review."""
    first = _a_panel(patient, by, laboratory, days_ago(60), canary, TT="410", LH="4.8", FSH="3.9")
    second = labs.amend_panel(
        first,
        by=by,
        reason=canary,
        read_version=1,
        laboratory=laboratory,
        collection=builders.collection(days_ago(60), note=canary),
        entered=[builders.entered(key, text) for key, text in {"TT": "411", "LH": "4.8"}.items()],
        entry_key=uuid.uuid4(),
        confirmed=True,
    )
    labs.review_panel(second, by=by, comment=f"{canary}-kept")
    labs.release_panel(second, by=by, comment=canary)
    builders.a_semen_analysis(patient, by=by, on=days_ago(50))
    labs.save_draft(
        patient, kind=PanelKind.SEMEN, typed={"note": f"{canary}-kept"}, by=by, read_version="none"
    )
    entered = {"TT": "402", "LH": "<0.1", "FSH": "4.1", "HCT": "54.6"}
    waiting = _a_panel(patient, by, laboratory, days_ago(7), f"{canary}-kept", **entered)
    labs.save_draft(
        patient, kind=PanelKind.BLOOD, typed={"note": f"{canary}-kept"}, by=by, read_version="none"
    )
    return waiting


def _a_panel(patient: Any, by: Any, laboratory: Any, on: date, note: str, **values: str) -> Any:
    return labs.record_panel(
        patient,
        by=by,
        laboratory=laboratory,
        kind=PanelKind.BLOOD,
        collection=builders.collection(on, note=note),
        entered=[
            labs.Entered(parse_reading(key, text, builders.UNITS[key]), text, builders.UNITS[key])
            for key, text in values.items()
        ],
        entry_key=uuid.uuid4(),
        confirmed=True,
    )


def _judgements(episode: Any, by: Any, canary: str) -> tuple[Any, Any]:
    """An open flag and a waiting retest, beside an acknowledged one and a waived one."""
    flags = list(Flag.objects.open().filter(episode=episode).worst_first())
    retests = list(Retest.objects.waiting().filter(episode=episode))
    monitoring.acknowledge_flag(flags[-1], by=by, comment=f"{canary}-kept")
    monitoring.waive_retest(retests[-1], by=by, reason=f"{canary}-kept")
    return flags[0], retests[0]


def _protocols(by: Any, canary: str) -> dict[str, Any]:
    """A protocol that a colleague wrote and `by` published, a draft of `by`, and one for him to review."""
    clinic = Clinic.objects.get(pk=by.standing.clinic_id)
    wyn = builders.a_person("wyn", clinic=clinic, role="clinician", password=None)
    version = builders.a_published_protocol(wyn, reviewer=by, words=canary, name=canary, aim=canary)
    waiting = builders.a_draft_protocol(builders.acting(wyn), name=f"{canary} in review")
    waiting = protocols.move_version(waiting, to=VersionState.IN_REVIEW, read_version=1, by=wyn)
    draft = builders.a_draft_protocol(builders.acting(by), name=f"{canary} in draft")
    draft = protocols.write_draft(draft, content=draft.says, change_note=canary, read_version=1, by=by)
    return {"version": version, "waiting_version": waiting, "draft_version": draft}


def _given_up(by: Any, canary: str) -> Any:
    """An evaluation of another man that failed as often as it may."""
    episode = builders.an_episode(_a_man(by, f"{canary}-other"), by=by, stopped=days_ago(50))
    with mock.patch("monitoring.actions.evaluating.records_of", side_effect=ZeroDivisionError):
        for _ in range(MOST_ATTEMPTS):
            monitoring.evaluate_episode(episode.id, clinic_id=episode.clinic_id)
    return Evaluation.objects.get(episode=episode)


def _dry_run(by: Any, canary: str) -> Any:
    """A draft that was replayed over all these records, and would gain a flag."""
    run = _asked(by, f"{canary}-kept")
    monitoring.advance_dry_run(run.id, clinic_id=run.clinic_id)
    run.refresh_from_db()
    return run


def _stopped_run(by: Any, canary: str) -> Any:
    """Another that failed as often as it may."""
    run = _asked(by, f"{canary}-kept")
    with mock.patch("monitoring.actions.dry_runs.records_of", side_effect=ZeroDivisionError):
        for _ in range(MOST_ATTEMPTS):
            monitoring.advance_dry_run(run.id, clinic_id=run.clinic_id)
    run.refresh_from_db()
    return run


def _asked(by: Any, title: str) -> Any:
    changes = [Change(Kind.NUMBER, "low_testosterone", "450")]
    return monitoring.ask_for_dry_run(title=title, changes=changes, by=by)


def _documents(patient: Any, by: Any, canary: str) -> tuple[Any, Any]:
    """A document with its PDF, and one that was given up."""
    ready, failed = (
        documents.request_document(patient, DocumentKind.CLOMIPHENE, by=by, entry_key=uuid.uuid4())
        for _ in range(2)
    )
    pdf = f"%PDF-1.7 {canary}".encode()
    documents.store_pdf(ready.id, pdf=pdf, pages=1, printed_at=timezone.now())
    documents.note_failure(failed.id, because=canary, give_up=True)
    ready.refresh_from_db()
    failed.refresh_from_db()
    return ready, failed


def _notes(patient: Any, by: Any, canary: str) -> tuple[Any, Any]:
    """A signed note with an addition, beside the draft of the next one."""
    note = builders.a_note(patient, by=by, text=f"Seen today, {canary}.")
    patients.add_to_note(note, text=canary, reason=canary, by=by, entry_key=uuid.uuid4())
    return note, builders.a_draft_note(patient, by=by, text=canary)


def owned_models() -> list[type[models.Model]]:
    """Every model whose rows belong to a clinic, found in the running project."""
    return [model for model in apps.get_models() if issubclass(model, ClinicOwned)]


def execute(statement: str, model: type[models.Model], *values: Any) -> Any:
    """Run a statement on a model's table, written as {}, past every manager; the cursor with its answer."""
    cursor = connection.cursor()
    cursor.execute(sql.SQL(statement).format(sql.Identifier(model._meta.db_table)), values)
    return cursor


def rows_of(clinic_id: uuid.UUID) -> dict[str, int]:
    """How many rows of a clinic each table holds, as far as the database shows them to this transaction."""
    count = "select count(*) from {} where clinic_id = %s"
    return {
        model._meta.label: execute(count, model, clinic_id).fetchone()[0]
        for model in [*owned_models(), Event]
    }


def fingerprint(clinic_id: uuid.UUID) -> dict[str, str]:
    """What every table of a clinic says, cut down to a digest each: equal before and after is unchanged."""
    digest = "select md5(string_agg(t::text, '|' order by t.id)) from {} t where clinic_id = %s"
    return {model._meta.label: execute(digest, model, clinic_id).fetchone()[0] for model in owned_models()}
