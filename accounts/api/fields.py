"""Fields that take exactly what the description says, and say what they found and what they accept."""

import json
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.core.validators import RegexValidator
from drf_spectacular.drainage import set_override
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

UUID_SHAPE = r"\A[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\Z"
MOMENT_SHAPE = (
    r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})\Z"
)
EARLIEST_YEAR = 1900


def sentence(value: Any, accepted: str) -> str:
    """Found and accepted, as every message of the product says it."""
    text = json.dumps(value, default=str)
    return f"found {text if len(text) <= 60 else f'{text[:57]}...'}. Accepted: {accepted}."


class Text(serializers.CharField):
    """A string, kept as it was sent; a number or a truth value is not turned into one."""

    def __init__(self, *, accepted: str = "a string", shape: str = "", **kwargs: Any) -> None:
        self.accepted = accepted
        nothing = f"found nothing. Accepted: {accepted}."
        messages = dict.fromkeys(("required", "null", "blank", "min_length", "max_length"), nothing)
        longest = kwargs.get("max_length")
        messages["max_length"] = f"found more characters than that. Accepted: up to {longest}."
        super().__init__(error_messages=messages, trim_whitespace=False, **kwargs)
        if shape:
            message = f"found something else. Accepted: {accepted}."
            self.validators.append(RegexValidator(shape, message=message))

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if data is not None and data is not serializers.empty and not isinstance(data, str):
            raise serializers.ValidationError(sentence(data, self.accepted))
        return super().run_validation(data)


class Pick(Text):
    """One of a few words."""

    def __init__(self, *, choices: Any, **kwargs: Any) -> None:
        self.choices = dict(choices if isinstance(choices, dict) else ((each, each) for each in choices))
        super().__init__(accepted=f"one of {', '.join(self.choices)}", **kwargs)
        set_override(self, "field", {"type": "string", "enum": [*self.choices]})

    def to_internal_value(self, data: str) -> str:
        if data not in self.choices:
            raise serializers.ValidationError(sentence(data, self.accepted))
        return data


@extend_schema_field({"type": "string", "format": "uuid"})
class Id(Text):
    """A UUID as text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(accepted="a UUID", shape=UUID_SHAPE, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        found = super().run_validation(data)
        return uuid.UUID(found) if isinstance(found, str) else found


@extend_schema_field({"type": "boolean"})
class YesOrNo(serializers.BooleanField):
    """True or false, and no word that stands for one of them."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError(sentence(data, "true or false"))
        return data


@extend_schema_field({"type": "string", "format": "date-time"})
class Moment(Text):
    """An instant with its offset: one without could be read in any zone, and twice in an autumn's night."""

    def __init__(self, **kwargs: Any) -> None:
        accepted = "an instant of RFC 3339 with its offset, such as 2026-03-02T08:05:00+01:00"
        super().__init__(accepted=accepted, shape=MOMENT_SHAPE, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        found = super().run_validation(data)
        if not isinstance(found, str):
            return found
        try:
            moment = datetime.fromisoformat(found)
        except ValueError:
            raise serializers.ValidationError(sentence(data, self.accepted)) from None
        if not EARLIEST_YEAR <= moment.year < 9999:
            raise serializers.ValidationError(sentence(data, f"a year from {EARLIEST_YEAR} on"))
        return moment


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": 200})
class HowMany(Text):
    """How many rows a page may have, in a query, where everything is text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(accepted="1 to 200", shape=r"\A([1-9][0-9]?|1[0-9]{2}|200)\Z", **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        found = super().run_validation(data)
        return int(found) if isinstance(found, str) else found


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": 200})
class Count(serializers.Field):
    """The same in a body, where it is a number."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int or not 1 <= data <= 200:
            raise serializers.ValidationError(sentence(data, "1 to 200"))
        return data


@extend_schema_field({"type": "string", "format": "date-time"})
class Instant(serializers.Field):
    """An instant shown: in UTC, whatever the clinic's zone."""

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"})
class Digits(serializers.Field):
    """A decimal shown as text, without the zeros that a column adds: JSON's own numbers would round it."""

    def to_representation(self, value: Decimal) -> str:
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text


class Strict(serializers.Serializer[Any]):
    """An object with these names and no other."""

    default_error_messages = {"invalid": "found something else. Accepted: an object."}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            accepted = f"no other name than {', '.join(self.fields)}"
            told = f"found this name. Accepted: {accepted}."
            raise serializers.ValidationError({name: [told] for name in unknown})
        return super().to_internal_value(data)


def list_messages(least: int, most: int) -> dict[str, str]:
    """What a list says of a value that is none, or that has too few or too many in it."""
    told = f"found something else. Accepted: a list of {least} to {most}."
    return dict.fromkeys(("required", "null", "not_a_list", "empty", "min_length", "max_length"), told)


def listed(field: Any, *, least: int = 0, most: int, **kwargs: Any) -> serializers.ListField:
    """A list of such fields."""
    told = list_messages(least, most)
    return serializers.ListField(
        child=field, min_length=least, max_length=most, error_messages=told, **kwargs
    )
