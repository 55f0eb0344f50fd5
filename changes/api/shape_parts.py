"""What shapes of answers are made of."""

from rest_framework import serializers

from catalog.api_schema import ReasonShown


def instant(text: str = "", *, null: bool = True) -> serializers.DateTimeField:
    """An instant in UTC, or null."""
    return serializers.DateTimeField(allow_null=null, help_text=text)


def word(text: str = "", *, null: bool = False) -> serializers.CharField:
    """A short text, or null."""
    return serializers.CharField(allow_null=null, help_text=text)


def words(text: str = "") -> serializers.ListField:
    """A list of short texts."""
    return serializers.ListField(child=serializers.CharField(), help_text=text)


class DecisionShown(serializers.Serializer):
    """Whether something may be done, with every objection."""

    allowed = serializers.BooleanField()
    reasons = ReasonShown(many=True)
    warnings = ReasonShown(many=True)
