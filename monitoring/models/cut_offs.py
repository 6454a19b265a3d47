"""A clinic's own cut-offs, in place of the rulebook's where the rulebook lets a clinic set them."""

from typing import Self

from django.db import models
from django.db.models.functions import Now

from accounts.models import ClinicOwned, ClinicOwnedQuerySet, Person


class CutOffQuerySet(ClinicOwnedQuerySet["CutOff"]):
    def newest_first(self) -> Self:
        return self.select_related("set_by").order_by("-number")

    def current(self) -> Self:
        """The newest of each name."""
        return self.order_by("name", "-number").distinct("name")


class CutOff(ClinicOwned):
    """One decision about a cut-off. Rows are only added: the newest of a name holds.

    `name` is that of a number of the rulebook, `value` is in its unit, `typed` what was typed. Without a
    value the rulebook's own holds again. `number` counts the clinic's decisions, 1, 2, 3: records say by
    which of them they were judged last.
    """

    number = models.PositiveIntegerField()
    name = models.CharField(max_length=60)
    value = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    typed = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=200)
    set_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(db_default=Now())

    objects = CutOffQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "number"], name="one_cut_off_for_each_number"),
            models.CheckConstraint(
                condition=models.Q(value=None) | models.Q(value__gt=0), name="a_cut_off_is_positive"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="a_cut_off_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"
