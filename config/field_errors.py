"""Wrong fields: from what forms, models and serializers raise to one flat shape."""

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as ModelValidationError
from rest_framework.exceptions import ValidationError as SerializerValidationError

WHOLE = "non_field_errors"


def by_field(error: ModelValidationError | SerializerValidationError) -> dict[str, list[str]]:
    """`{"field": ["sentence"]}`; what is nested has a dotted path such as `scope.teams.0`."""
    if isinstance(error, SerializerValidationError):
        found: dict[str, list[str]] = {}
        _flatten(error.detail, "", found)
        return found
    if hasattr(error, "error_dict"):
        return {
            WHOLE if field == NON_FIELD_ERRORS else field: sentences
            for field, sentences in error.message_dict.items()
        }
    return {WHOLE: list(error.messages)}


def _flatten(detail: Any, path: str, found: dict[str, list[str]]) -> None:
    if isinstance(detail, dict):
        for key, inner in detail.items():
            _flatten(inner, f"{path}.{key}" if path else str(key), found)
    elif isinstance(detail, list) and any(isinstance(inner, dict | list) for inner in detail):
        for number, inner in enumerate(detail):
            _flatten(inner, f"{path}.{number}" if path else str(number), found)
    else:
        sentences = detail if isinstance(detail, list) else [detail]
        found.setdefault(path or WHOLE, []).extend(str(sentence) for sentence in sentences)
