"""What a clinic admin sees of the clinic: its people, its laboratories and their ranges. No patients."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import Clinic, Membership, Person, Role
from labs.models import Laboratory, LaboratoryInterval


@dataclass(frozen=True, slots=True)
class LaboratoryRow:
    """A laboratory with its own ranges in force."""

    laboratory: Laboratory
    intervals: Sequence[LaboratoryInterval]


@dataclass(frozen=True, slots=True)
class ClinicSettings:
    """The clinic as its admin sees it."""

    clinic: Clinic
    members: Sequence[Membership]
    portal_people: int
    laboratories: Sequence[LaboratoryRow]


def settings_of(user: Person) -> ClinicSettings:
    """The clinic where `user` stands, in five queries."""
    current = Membership.objects.visible_to(user).current().select_related("person")
    ranges: dict[object, list[LaboratoryInterval]] = {}
    for row in LaboratoryInterval.objects.visible_to(user).filter(replaced_at=None).order_by("analyte"):
        ranges.setdefault(row.laboratory_id, []).append(row)
    return ClinicSettings(
        clinic=Clinic.objects.get(pk=user.acting.clinic_id),
        members=list(current.exclude(role=Role.PATIENT).order_by("person__full_name")),
        portal_people=current.filter(role=Role.PATIENT).count(),
        laboratories=[
            LaboratoryRow(laboratory, ranges.get(laboratory.id, []))
            for laboratory in Laboratory.objects.visible_to(user).order_by("name")
        ],
    )
