"""Breaking the glass of a restricted record, ending that, telling the admins of it, and its review."""

import uuid

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.actions import nudge
from accounts.models import CARE_TEAM, Person, Role
from patients.actions.restricting import NotPossible, Overtaken, note, refuse_unless, restriction_of
from patients.models import EmergencyAccess, EmergencyReason, Patient
from patients.models.restricting import LONGEST, MOST_ATTEMPTS

TELL = "patients.tell_of_emergency"


@transaction.atomic
def break_glass(
    patient: Patient, *, reason: EmergencyReason, explanation: str, entry_key: uuid.UUID, by: Person
) -> EmergencyAccess:
    """See a restricted record for an hour. Who has such access already gets that one, and no longer one.

    Raises NotPossible where there is nothing to break: the record is not restricted, or is shown to him.
    """
    refuse_unless(by.role in CARE_TEAM and patient.clinic_id == by.acting.clinic_id)
    Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
    mine = EmergencyAccess.objects.filter(patient=patient, person=by)
    known = mine.filter(entry_key=entry_key).first() or mine.open().first()
    if known is not None:
        return known
    restriction = restriction_of(patient)
    if restriction is None or Patient.objects.visible_to(by).filter(pk=patient.pk).exists():
        raise NotPossible("You may see this record already.")
    access = EmergencyAccess.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        restriction=restriction,
        person=by,
        reason=reason,
        explanation=explanation.strip(),
        entry_key=entry_key,
        ends_at=Now() + LONGEST,
    )
    access.refresh_from_db()
    note("patients.emergency_access.opened", access, by=by, reason=reason.value)
    nudge(TELL, access.clinic_id, access.id)
    return access


@transaction.atomic
def end_emergency(access: EmergencyAccess, *, by: Person) -> EmergencyAccess:
    """End it before its hour is over; one that is over stays as it is."""
    refuse_unless(by.id == access.person_id or by.role == Role.ADMIN)
    if EmergencyAccess.objects.open().filter(pk=access.pk).update(ends_at=Now(), ended_by=by):
        note("patients.emergency_access.ended", access, by=by)
    access.refresh_from_db()
    return access


@transaction.atomic
def review_emergency(
    access: EmergencyAccess, *, comment: str, read_version: int, by: Person
) -> EmergencyAccess:
    """Say what the review found. Raises Overtaken, or NotPossible while the access still lasts."""
    refuse_unless(by.role == Role.ADMIN and access.clinic_id == by.acting.clinic_id)
    access = EmergencyAccess.objects.select_for_update(of=("self",)).get(pk=access.pk)
    if access.version != read_version or access.reviewed_at is not None:
        raise Overtaken("Somebody else has reviewed this in the meantime; the page shows what was written.")
    if EmergencyAccess.objects.open().filter(pk=access.pk).exists():
        raise NotPossible("This access still lasts: end it first, so that nothing is added after the review.")
    EmergencyAccess.objects.filter(pk=access.pk).update(
        reviewed_at=Now(), reviewed_by=by, review_comment=comment.strip(), version=F("version") + 1
    )
    access.refresh_from_db()
    note("patients.emergency_access.reviewed", access, by=by)
    return access


@transaction.atomic
def begin_notice(access_id: uuid.UUID) -> EmergencyAccess | None:
    """Take a notice in hand and count the try; None where it is sent, given up, or in other hands."""
    untold = EmergencyAccess.objects.untold().filter(pk=access_id)
    access = untold.select_for_update(of=("self",), skip_locked=True).first()
    if access is None:
        return None
    EmergencyAccess.objects.filter(pk=access.pk).update(
        notice_attempts=F("notice_attempts") + 1, notice_started_at=Now()
    )
    return access


@transaction.atomic
def end_notice(access_id: uuid.UUID, *, error: str = "") -> None:
    """Say that the notice was sent, or why not."""
    tried = EmergencyAccess.objects.filter(pk=access_id)
    if error:
        tried.update(notice_started_at=None, notice_error=error[:200])
    else:
        tried.update(notice_started_at=None, notice_error="", notified_at=Now())


@transaction.atomic
def retry_notice(access: EmergencyAccess, *, by: Person) -> EmergencyAccess:
    """Give a notice that was given up its tries back."""
    refuse_unless(by.role == Role.ADMIN and access.clinic_id == by.acting.clinic_id)
    given_up = EmergencyAccess.objects.filter(
        pk=access.pk, notified_at=None, notice_attempts__gte=MOST_ATTEMPTS
    )
    if given_up.update(notice_attempts=0, notice_error="", notice_started_at=None):
        note("patients.emergency_notice.retried", access, by=by)
        nudge(TELL, access.clinic_id, access.id)
    access.refresh_from_db()
    return access
