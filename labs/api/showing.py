"""Panels and results as another program reads them: as reported, and beside it what was computed."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api import Digits, Instant
from clinical.analytes import analyte
from clinical.readings import Comparator
from labs.actions import reading_of
from labs.models import (
    Laboratory,
    Panel,
    PanelKind,
    Place,
    Result,
    SemenAnalysis,
    SpermSeen,
    YesNoUnknown,
)


class LaboratoryShown(serializers.Serializer[Laboratory]):
    """A laboratory that the clinic works with."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class RangeShown(serializers.Serializer[Result]):
    """The range that was in force when the result was stored, frozen with it."""

    id = serializers.CharField(source="interval_id")
    version = serializers.CharField(source="interval_version")
    low = Digits(source="interval_low", allow_null=True)
    high = Digits(source="interval_high", allow_null=True)
    unit = serializers.CharField(source="interval_unit", help_text="UCUM.")
    text = serializers.CharField(source="interval_text", help_text="As it is printed.")
    source = serializers.CharField(source="interval_source")
    is_laboratorys = serializers.BooleanField(
        source="interval_is_laboratorys", help_text="False where it is a sourced default."
    )
    method = serializers.CharField()


class ResultShown(serializers.Serializer[Result]):
    """One analyte: the laboratory's own text and unit, and the same in the canonical unit."""

    id = serializers.UUIDField()
    analyte = serializers.CharField()
    name = serializers.SerializerMethodField()
    loinc = serializers.SerializerMethodField(help_text="Null where no code is confirmed.")
    reported_text = serializers.CharField(help_text="Exactly as it was entered, comparator included.")
    comparator = serializers.ChoiceField(choices=[each.value for each in Comparator])
    value = serializers.SerializerMethodField(help_text="The digits as reported.")
    unit = serializers.CharField(source="reported_unit", help_text="UCUM.")
    unit_label = serializers.SerializerMethodField(help_text="The unit as it is printed.")
    canonical_value = Digits(help_text="For sorting and charts, at ten decimals at most.")
    canonical_unit = serializers.CharField(help_text="UCUM.")
    place = serializers.ChoiceField(
        choices=Place.choices, help_text="Four states: a result without a range is not within one."
    )
    place_reason = serializers.CharField()
    range = serializers.SerializerMethodField()
    confirmed = serializers.ListField(
        child=serializers.CharField(), help_text="What was unlikely and was confirmed on entry."
    )

    def get_name(self, result: Result) -> str:
        return analyte(result.analyte).name

    @extend_schema_field({"type": ["string", "null"]})
    def get_loinc(self, result: Result) -> str | None:
        return analyte(result.analyte).loinc

    def get_value(self, result: Result) -> str:
        return f"{reading_of(result).value:f}"

    def get_unit_label(self, result: Result) -> str:
        return analyte(result.analyte).units_by_code[result.reported_unit].label

    @extend_schema_field(RangeShown(allow_null=True))
    def get_range(self, result: Result) -> dict[str, Any] | None:
        return dict(RangeShown(result).data) if result.interval_id else None


class SemenShown(serializers.Serializer[SemenAnalysis]):
    """What a semen analysis says beside its numbers."""

    abstinence_days = Digits(allow_null=True)
    collection_complete = serializers.ChoiceField(choices=YesNoUnknown.choices)
    minutes_to_analysis = serializers.IntegerField(allow_null=True)
    sperm_seen = serializers.ChoiceField(choices=SpermSeen.choices)
    who_edition = serializers.IntegerField()


class PanelShown(serializers.Serializer[Panel]):
    """What was collected at one moment. A change is a new version; `superseded_at` is null on the newest."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    kind = serializers.ChoiceField(choices=PanelKind.choices)
    laboratory = LaboratoryShown()
    collected_at = Instant()
    collected_zone = serializers.CharField(help_text="The zone in which the clock was read.")
    fasting = serializers.ChoiceField(choices=YesNoUnknown.choices)
    acutely_ill = serializers.ChoiceField(choices=YesNoUnknown.choices)
    before_testosterone = serializers.BooleanField()
    note = serializers.CharField()
    version = serializers.IntegerField()
    supersedes = serializers.UUIDField(source="supersedes_id", allow_null=True)
    superseded_at = Instant(allow_null=True)
    amendment_reason = serializers.CharField()
    finalised_at = Instant()
    reviewed_at = Instant(allow_null=True)
    released_at = Instant(allow_null=True)
    semen = serializers.SerializerMethodField()
    results = ResultShown(many=True)

    @extend_schema_field(SemenShown(allow_null=True))
    def get_semen(self, panel: Panel) -> dict[str, Any] | None:
        semen = getattr(panel, "semen", None)
        return dict(SemenShown(semen).data) if semen else None
