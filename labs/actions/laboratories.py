"""Laboratories and the ranges that they print."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import Person
from audit import actions as audit
from labs.models import Laboratory, LaboratoryInterval


@transaction.atomic
def register_laboratory(name: str, *, by: Person, note: str = "") -> Laboratory:
    """Add a laboratory to the clinic where `by` stands."""
    laboratory = Laboratory.objects.create(clinic_id=by.acting.clinic_id, name=name.strip(), note=note)
    audit.record(
        "labs.laboratory.registered",
        by=by,
        clinic_id=laboratory.clinic_id,
        object_kind="labs.laboratory",
        object_id=laboratory.id,
    )
    return laboratory


@dataclass(frozen=True, slots=True)
class Limits:
    """A laboratory's interval for an analyte in one of the analyte's units (UCUM code)."""

    low: Decimal | None
    high: Decimal | None
    unit: str
    source: str
    method: str = ""
    effective_on: date = field(default_factory=timezone.localdate)


@transaction.atomic
def set_interval(laboratory: Laboratory, *, analyte: str, limits: Limits, by: Person) -> LaboratoryInterval:
    """Put a new version of the laboratory's interval in force. Results already stored keep theirs."""
    rows = LaboratoryInterval.objects.filter(laboratory=laboratory, analyte=analyte)
    last = rows.aggregate(last=Max("version"))["last"] or 0
    rows.filter(replaced_at=None).update(replaced_at=timezone.now())
    interval = LaboratoryInterval.objects.create(
        clinic_id=laboratory.clinic_id,
        laboratory=laboratory,
        analyte=analyte,
        low=limits.low,
        high=limits.high,
        unit=limits.unit,
        method=limits.method,
        source=limits.source,
        effective_on=limits.effective_on,
        version=last + 1,
        set_by=by,
    )
    audit.record(
        "labs.interval.set",
        by=by,
        clinic_id=laboratory.clinic_id,
        object_kind="labs.laboratoryinterval",
        object_id=interval.id,
        details={"analyte": analyte, "version": interval.version},
    )
    return interval
