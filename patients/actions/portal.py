"""Inviting a patient to the portal, and opening it to whoever took the invitation up."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import actions as accounts
from accounts.models import Invitation, Person, Role
from accounts.tenancy import in_clinic
from audit import actions as audit
from patients.actions.patients import give_portal_access
from patients.models import Patient, PortalInvitation


@transaction.atomic
def invite_to_portal(patient: Patient, *, email: str, by: Person) -> PortalInvitation:
    """Invite an address to see this record; the mail follows.

    Raises accounts.actions.NotPossible where the portal is open already, an invitation to this record is, or
    the address may not be invited.
    """
    patient = Patient.objects.select_for_update(of=("self",), no_key=True).get(pk=patient.pk)
    if patient.portal_person_id is not None:
        raise accounts.NotPossible(f"The portal is open for {patient.full_name} already.")
    mine = Invitation.objects.open(timezone.now()).filter(portal__patient=patient)
    if mine.exists():
        raise accounts.NotPossible(
            f"{patient.full_name} is invited already. Send that invitation again, or withdraw it."
        )
    made = PortalInvitation.objects.create(
        clinic_id=patient.clinic_id,
        invitation=accounts.invite(email=email, role=Role.PATIENT, by=by),
        patient=patient,
    )
    audit.record(
        "patients.portal.invited",
        by=by,
        clinic_id=patient.clinic_id,
        object_kind="patients.portalinvitation",
        object_id=made.id,
        patient_id=patient.id,
    )
    return made


def accept_to_portal(
    token: str, *, person: Person | None, full_name: str = "", password: str = ""
) -> tuple[Invitation, Person]:
    """Take up an invitation to the portal, and see the record that it was made for.

    Raises accounts.actions.Unusable, also where the record has its reader, or the person a record elsewhere.
    """
    try:
        with transaction.atomic():
            taken = accounts.accept(token, person=person, full_name=full_name, password=password)
            _open(*taken)
    except IntegrityError:
        raise accounts.Unusable from None
    return taken


def _open(invitation: Invitation, person: Person) -> None:
    with in_clinic(invitation.clinic_id, person_id=person.id):
        told = PortalInvitation.objects.select_related("patient").get(invitation=invitation)
        if told.patient.portal_person_id is not None:
            raise accounts.Unusable
        give_portal_access(told.patient, person=person, by=person)
