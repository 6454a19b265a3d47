"""Registering patients and running their recovery episodes."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.actions import Overtaken, nudge
from accounts.models import Membership, Person, Role
from audit import actions as audit
from clinical.exposure import effective_stop
from patients.models import (
    ConcomitantDrug,
    Condition,
    Episode,
    Exposure,
    Goal,
    Observation,
    Outcome,
    Patient,
    plain,
)

EVALUATE = "monitoring.evaluate"


def search_key(patient: Patient) -> str:
    """What search looks in: names without accents, MRN, birth date in two spellings, digits of the phone."""
    born = patient.date_of_birth
    parts = [patient.given_name, patient.family_name, patient.mrn, f"{born:%Y-%m-%d} {born:%d.%m.%Y}"]
    return " ".join([*map(plain, parts), re.sub(r"\D", "", patient.phone)]).strip()


def _note(action: str, row: Any, *, by: Person | None, patient: Patient, **details: Any) -> None:
    audit.record(
        action,
        by=by,
        clinic_id=patient.clinic_id,
        object_kind=row._meta.label_lower,
        object_id=row.pk,
        patient_id=patient.id,
        details=details,
    )


@transaction.atomic
def register_patient(
    *,
    by: Person,
    mrn: str,
    family_name: str,
    given_name: str,
    date_of_birth: date,
    email: str = "",
    phone: str = "",
    allergies: str = "",
) -> Patient:
    """Register a patient in the clinic where `by` stands. Raises IntegrityError where the MRN is taken."""
    patient = Patient(
        clinic_id=by.acting.clinic_id,
        mrn=mrn.strip(),
        family_name=family_name.strip(),
        given_name=given_name.strip(),
        date_of_birth=date_of_birth,
        email=email.strip(),
        phone=phone.strip(),
        allergies=allergies.strip(),
        registered_by=by,
    )
    patient.search_key = search_key(patient)
    patient.save(force_insert=True)
    _note("patients.patient.registered", patient, by=by, patient=patient)
    return patient


@transaction.atomic
def give_portal_access(patient: Patient, *, person: Person, by: Person) -> Patient:
    """Let a person who stands in this clinic as a patient see this record in the portal."""
    Membership.objects.get(person=person, clinic_id=patient.clinic_id, role=Role.PATIENT, ended_at=None)
    patient.portal_person = person
    patient.save(update_fields=["portal_person"])
    _note("patients.portal.opened", patient, by=by, patient=patient)
    return patient


@transaction.atomic
def record_exposure(
    patient: Patient,
    *,
    by: Person,
    formulation: str,
    dose: str = "",
    started_on: date | None = None,
    last_dose_on: date | None = None,
) -> Exposure:
    """Note a course of testosterone. Raises clinical.exposure.UnknownFormulation for an unknown one."""
    if last_dose_on:
        effective_stop(formulation, last_dose_on)
    exposure = Exposure.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        formulation=formulation,
        dose=dose,
        started_on=started_on,
        last_dose_on=last_dose_on,
        recorded_by=by,
    )
    _note("patients.exposure.recorded", exposure, by=by, patient=patient)
    return exposure


def _stop_of(exposure: Exposure) -> dict[str, Any]:
    if exposure.last_dose_on is None:
        return {}
    stop = effective_stop(exposure.formulation, exposure.last_dose_on)
    return {
        "last_dose_on": exposure.last_dose_on,
        "washout_days": stop.washout_days,
        "washout_source": f"{stop.source} ({stop.version})",
        "effective_stop_on": stop.on,
    }


@transaction.atomic
def open_episode(patient: Patient, *, exposure: Exposure, goal: Goal, by: Person) -> Episode:
    """Begin an attempt at recovery; its effective stop follows from the exposure's last dose, if any."""
    episode = Episode.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        exposure=exposure,
        goal=goal,
        opened_by=by,
        **_stop_of(exposure),
    )
    _note("patients.episode.opened", episode, by=by, patient=patient)
    nudge(EVALUATE, episode.clinic_id, episode.id)
    return episode


@transaction.atomic
def begin_recovery(patient: Patient, *, goal: Goal, by: Person, **taken: Any) -> Episode:
    """Note what testosterone was taken and open the episode of recovering from it; see record_exposure.

    Raises Overtaken with the episode that somebody else opened first.
    """
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    standing = Episode.objects.open().filter(patient=patient).first()
    if standing is not None:
        raise Overtaken(standing)
    return open_episode(patient, exposure=record_exposure(patient, by=by, **taken), goal=goal, by=by)


@transaction.atomic
def record_last_dose(episode: Episode, *, last_dose_on: date, by: Person) -> Episode:
    """Set or correct the last dose of testosterone; the effective stop and all that hangs on it move.

    Raises Overtaken where the last dose is not the one that stands in `episode` as it was read.
    """
    exposure = Exposure.objects.select_for_update().get(pk=episode.exposure_id)
    if exposure.last_dose_on != episode.last_dose_on:
        raise Overtaken(Episode.objects.select_related("exposure", "patient").get(pk=episode.pk))
    exposure.last_dose_on = last_dose_on
    exposure.save(update_fields=["last_dose_on"])
    for field, value in _stop_of(exposure).items():
        setattr(episode, field, value)
    episode.save(update_fields=["last_dose_on", "washout_days", "washout_source", "effective_stop_on"])
    _note("patients.episode.last_dose_recorded", episode, by=by, patient=episode.patient)
    mark_changed(episode)
    return episode


@transaction.atomic
def close_episode(episode: Episode, *, outcome: Outcome, on: date, by: Person) -> Episode:
    """End the attempt with its outcome."""
    episode.closed_on, episode.outcome = on, outcome
    episode.save(update_fields=["closed_on", "outcome"])
    _note("patients.episode.closed", episode, by=by, patient=episode.patient, outcome=outcome.value)
    return episode


def mark_changed(episode: Episode) -> None:
    """Say that something below this episode changed, so that it is judged anew, and wake a worker for it.

    Part of the caller's transaction: a change that is committed is a change that will be judged.
    """
    Episode.objects.filter(pk=episode.pk).update(record_version=F("record_version") + 1, changed_at=Now())
    episode.refresh_from_db(fields=["record_version", "changed_at"])
    nudge(EVALUATE, episode.clinic_id, episode.id)


def _mark_patient_changed(patient: Patient) -> None:
    episode = Episode.objects.open().filter(patient=patient).first()
    if episode is not None:
        mark_changed(episode)


@transaction.atomic
def observe(
    patient: Patient, *, observations: Mapping[str, Decimal | None], on: date, by: Person
) -> list[Observation]:
    """Note symptoms and scores of one day. A symptom without a value has value None."""
    made = Observation.objects.bulk_create(
        Observation(
            clinic_id=patient.clinic_id,
            patient=patient,
            kind=kind,
            value=value,
            observed_on=on,
            recorded_by=by,
        )
        for kind, value in observations.items()
    )
    for row in made:
        _note("patients.observation.recorded", row, by=by, patient=patient, kind=row.kind)
    _mark_patient_changed(patient)
    return made


@transaction.atomic
def note_concomitant_drug(
    patient: Patient, *, name: str, by: Person, started_on: date | None = None
) -> ConcomitantDrug:
    """Note another drug that the patient takes."""
    drug = ConcomitantDrug.objects.create(
        clinic_id=patient.clinic_id, patient=patient, name=name.strip().lower(), started_on=started_on
    )
    _note("patients.concomitant_drug.noted", drug, by=by, patient=patient)
    _mark_patient_changed(patient)
    return drug


@transaction.atomic
def note_condition(patient: Patient, *, kind: str, by: Person, since_on: date | None = None) -> Condition:
    """Note a diagnosis or piece of history."""
    condition = Condition.objects.create(
        clinic_id=patient.clinic_id, patient=patient, kind=kind, since_on=since_on
    )
    _note("patients.condition.noted", condition, by=by, patient=patient)
    _mark_patient_changed(patient)
    return condition


def note_looks(patients: Sequence[Patient], *, by: Person, page: str) -> None:
    """Record that somebody saw these patients' data on a page; part of the request's own transaction."""
    audit.record_looks(
        f"{page}.viewed",
        by=by,
        clinic_id=by.acting.clinic_id,
        patient_ids=[patient.id for patient in patients],
    )


def note_look(patient: Patient, *, by: Person, page: str) -> None:
    """The same for one patient."""
    note_looks([patient], by=by, page=page)
