"""Building both demo clinics, by actions only."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.actions import admit, found_clinic, take_standing
from accounts.models import Clinic, Person, Role
from accounts.tenancy import in_clinic
from labs import actions as labs
from labs.models import Laboratory
from monitoring.actions import acknowledge_flag, evaluate_episode
from monitoring.models import Flag
from patients import actions as patients
from patients.models import Patient
from recovery_clinic.demo.courses import Replay
from recovery_clinic.demo.people import (
    CLINICIAN,
    ELSEWHERE,
    HARBOUR_PEOPLE,
    MEN,
    MEN_ELSEWHERE,
    PASSWORD,
    PORTAL,
    STAFF,
    DemoMan,
    DemoPerson,
)

# The limits that the synthetic courses were written against.
RANGES = {
    "TT": ("264", "916", "ng/dL", "LC-MS/MS"),
    "LH": ("1.7", "8.6", "[IU]/L", "ECLIA"),
    "FSH": ("1.5", "12.4", "[IU]/L", "ECLIA"),
    "E2": (None, "42.6", "pg/mL", "LC-MS/MS"),
    "PRL": (None, "15.2", "ng/mL", "ECLIA"),
    "ALT": (None, "55", "U/L", ""),
    "AST": (None, "48", "U/L", ""),
}


def build() -> None:
    """Found both clinics with their people, laboratories and patients."""
    harbour = found_clinic(
        "Harbour Men's Health",
        time_zone="Europe/London",
        address="14 Quay Street\nPortsmouth PO1 2AA",
        phone="023 9200 0000",
    )
    people = {each.role: _admit(harbour, each) for each in HARBOUR_PEOPLE}
    _fill(
        harbour, MEN, clinician=people[CLINICIAN.role], staff=people[STAFF.role], portal=people[PORTAL.role]
    )
    lakeside = found_clinic("Lakeside Andrology", time_zone="America/Chicago", address="1 Shore Drive")
    mallory = _admit(lakeside, ELSEWHERE)
    _fill(lakeside, MEN_ELSEWHERE, clinician=mallory, staff=mallory, portal=None)


def _admit(clinic: Clinic, person: DemoPerson) -> Person:
    return admit(
        clinic, email=person.email, full_name=person.name, role=Role(person.role), by=None, password=PASSWORD
    )


def _fill(
    clinic: Clinic, men: tuple[DemoMan, ...], *, clinician: Person, staff: Person, portal: Person | None
) -> None:
    today = timezone.localdate(timezone=ZoneInfo(clinic.time_zone))
    for number, man in enumerate(men, start=1):
        with in_clinic(clinic.id):
            take_standing(clinician)
            laboratory = _laboratory(clinician, today)
            patient = _patient(clinic, man, number, by=staff)
            if portal is not None and portal.full_name == patient.full_name:
                patients.give_portal_access(patient, person=portal, by=staff)
            episode = Replay(man, patient, laboratory, clinician, staff, clinic.time_zone, today).run()
        evaluate_episode(episode.id, clinic_id=clinic.id)
        if not man.unread:
            _acknowledge_minor(clinic, patient, clinician)


def _laboratory(by: Person, today: date) -> Laboratory:
    found = Laboratory.objects.visible_to(by).filter(name="City Laboratory").first()
    if found is not None:
        return found
    laboratory = labs.register_laboratory("City Laboratory", by=by)
    for analyte, (low, high, unit, method) in RANGES.items():
        limits = labs.Limits(
            low=Decimal(low) if low else None,
            high=Decimal(high),
            unit=unit,
            source="printed on the report",
            method=method,
            effective_on=date(today.year - 2, 1, 1),
        )
        labs.set_interval(laboratory, analyte=analyte, limits=limits, by=by)
    return laboratory


def _patient(clinic: Clinic, man: DemoMan, number: int, *, by: Person) -> Patient:
    return patients.register_patient(
        by=by,
        mrn=f"{clinic.name[0]}{20_400 + number * 7}",
        family_name=man.family_name,
        given_name=man.given_name,
        date_of_birth=man.born,
        email=f"{man.given_name.lower()}.{man.family_name.lower()}@mail.example",
        phone=f"07700 900{number:03d}",
    )


def _acknowledge_minor(clinic: Clinic, patient: Patient, clinician: Person) -> None:
    """Some findings have been seen to, as in any clinic on any morning."""
    with in_clinic(clinic.id):
        take_standing(clinician)
        for flag in Flag.objects.visible_to(clinician).open().filter(patient=patient):
            if flag.severity != "critical" and flag.rule_id not in {"R22", "R23"}:
                acknowledge_flag(flag, by=clinician, comment="Discussed at the visit.")
