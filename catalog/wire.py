"""Values as programs send them: of the right type, or refused with a sentence.

The REST framework's own fields take “3” for 3 and 1 for true, and drop what they do not know. Here
a value is what JSON says it is, and a field nobody knows is named.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

_RFC_3339 = re.compile(
    r"(?P<year>\d{4})-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(?P<offset>[Zz]|[+-]\d\d:\d\d)?",
    re.ASCII,
)
_YEARS = range(2000, 2200)
_NAMED_AT_MOST = 20
_SHOWN_CHARACTERS = 80


class Text(serializers.CharField):
    """A JSON string."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise ValidationError(["Give text, in quotes."])
        return str(super().to_internal_value(data))


class Link(serializers.URLField):
    """An http or https address."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise ValidationError(["Give text, in quotes."])
        return str(super().to_internal_value(data))

    def run_validation(self, data: Any = serializers.empty) -> Any:
        value = super().run_validation(data)
        if isinstance(value, str) and value and not value.startswith(("http://", "https://")):
            raise ValidationError(["Give an address that begins with https:// or http://."])
        return value


class Word(serializers.ChoiceField):
    """One of a closed list of words."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.choices:
            shown = data[:_SHOWN_CHARACTERS] if isinstance(data, str) else data
            known = ", ".join(str(choice) for choice in self.choices)
            told = f"“{shown}” is not known here. " if isinstance(shown, str) else ""
            raise ValidationError([f"{told}Use one of: {known}."])
        return data


class Number(serializers.IntegerField):
    """A whole JSON number."""

    def to_internal_value(self, data: Any) -> int:
        whole = isinstance(data, int) or (isinstance(data, float) and data.is_integer())
        if isinstance(data, bool) or not whole:
            raise ValidationError(["Give a whole number, without quotes."])
        return int(data)


class Truth(serializers.BooleanField):
    """JSON's true or false."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise ValidationError(["Give true or false, without quotes."])
        return data


class Instant(serializers.DateTimeField):
    """An instant by RFC 3339; answers it aware, in UTC."""

    def to_internal_value(self, value: Any) -> datetime:
        match = _RFC_3339.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise ValidationError(["Give a time such as 2026-11-23T09:00:00+01:00."])
        if match["offset"] is None:
            raise ValidationError(
                ["Give the time with its offset, such as 2026-11-23T09:00:00+01:00."]
            )
        if int(match["year"]) not in _YEARS:
            raise ValidationError(["Give a time in the years 2000 to 2199."])
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except ValueError:
            raise ValidationError(["There is no such time. Check day, hour and offset."]) from None


class Strict(serializers.Serializer):
    """An object with the declared fields and no others."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise ValidationError({"non_field_errors": ["Send an object, such as {}."]})
        unknown = self._unknown(data)
        try:
            value = super().to_internal_value(data)
        except ValidationError as wrong:
            found: Any = wrong.detail
            raise ValidationError({**found, **unknown}) from None
        if unknown:
            raise ValidationError(unknown)
        return value

    def _unknown(self, data: Mapping[str, Any]) -> dict[str, list[str]]:
        known = self.fields
        strange = [name for name in data if name not in known or known[name].read_only]
        return {
            name[:_SHOWN_CHARACTERS]: ["There is no such field. Leave it out."]
            for name in strange[:_NAMED_AT_MOST]
        }


class OfPeriod(Strict):
    """What is asked of a period: `from` an instant on, and up to, not including, `to`."""

    to_help = "Up to this instant, five years later at most."

    def get_fields(self) -> dict[str, Any]:
        """The fields declared, and the two whose names Python keeps for itself."""
        since, until = Instant(help_text="From this instant on."), Instant(help_text=self.to_help)
        return {**super().get_fields(), "from": since, "to": until}


def taken(shape: type[Strict], data: Any) -> dict[str, Any]:
    """What a body holds, checked; raises `ValidationError` with every wrong field."""
    return dict(_kept(shape).run_validation(data))


def asked(shape: type[Strict], query: QueryDict) -> dict[str, Any]:
    """What a query string holds, checked; raises `ValidationError`. Only lists may be repeated."""
    fields = _kept(shape).fields
    lists = {name for name, field in fields.items() if isinstance(field, serializers.ListField)}
    repeated = [name for name in query if name not in lists and len(query.getlist(name)) > 1]
    if repeated:
        raise ValidationError({name: ["Give it once."] for name in repeated[:_NAMED_AT_MOST]})
    return taken(
        shape, {name: query.getlist(name) if name in lists else query[name] for name in query}
    )


@cache
def _kept(shape: type[Strict]) -> Strict:
    """The shape with its fields, made once: checking leaves nothing behind in it.

    The REST framework copies every field for each new one, which takes a millisecond for a change.
    """
    return shape()
