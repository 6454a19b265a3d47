"""Setting a clinic's own cut-offs: each decision is a row, and every record is judged anew by it."""

from decimal import Decimal, InvalidOperation

from django.db import IntegrityError, transaction

from accounts.actions import Overtaken, nudge
from accounts.models import Person
from audit import actions as audit
from clinical.rulebook import load_rulebook
from monitoring.models import CutOff
from monitoring.rulebook import may_be_set

SWEEP = "monitoring.sweep"
# A cut-off in another unit lies further from the rulebook's than a clinic's own opinion does: 300 ng/dL are
# 10.4 nmol/L. Design default.
FURTHEST = 4


class CutOffRefused(Exception):
    """This value is none that the clinic may set; the message says what was found and what is accepted."""


def cut_off_value(name: str, typed: str) -> Decimal | None:
    """What was typed as a number in the rulebook's unit; None for nothing, which is the rulebook's own.

    Raises CutOffRefused, also for a number so far from the rulebook's that its unit must be another.
    """
    book = load_rulebook()
    if not may_be_set(book, name):
        raise CutOffRefused(f'found "{name}". Accepted: a cut-off that the rulebook leaves to the clinic.')
    if not typed:
        return None
    number = book.rules.numbers[name]
    low, high = number.value / FURTHEST, number.value * FURTHEST
    try:
        value = Decimal(typed)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not low <= value <= high or value != round(value, 4):
        accepted = f"a number from {low.normalize():f} to {high.normalize():f} {number.unit}"
        raise CutOffRefused(f'found "{typed}". Accepted: {accepted}, or nothing for the rulebook\'s own.')
    return value


@transaction.atomic
def set_cut_off(*, name: str, typed: str, reason: str, read_number: int, by: Person) -> CutOff:
    """Set the clinic's cut-off, or with nothing typed go back to the rulebook's.

    Raises CutOffRefused for a value that cannot be, ValueError without a reason, and Overtaken where a
    decision was taken since number `read_number`.
    """
    value = cut_off_value(name, typed)
    if not reason.strip():
        raise ValueError("A cut-off is set with a reason.")
    clinic_id = by.acting.clinic_id
    last = CutOff.objects.filter(clinic_id=clinic_id).newest_first().first()
    if (last.number if last else 0) != read_number:
        raise Overtaken(last)
    row = CutOff(
        clinic_id=clinic_id,
        number=read_number + 1,
        name=name,
        value=value,
        typed=typed,
        reason=reason.strip(),
        set_by=by,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as problem:
        raise Overtaken(CutOff.objects.filter(clinic_id=clinic_id).newest_first().first()) from problem
    audit.record(
        "monitoring.cut_off.set",
        by=by,
        clinic_id=clinic_id,
        object_kind="monitoring.cutoff",
        object_id=row.id,
        details={"name": name, "value": typed or "as in the rulebook"},
    )
    nudge(SWEEP)
    return row
