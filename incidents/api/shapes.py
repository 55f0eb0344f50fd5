"""Incidents as the API takes and shows them."""

from datetime import UTC
from typing import Any, ClassVar, TypeVar

from django.db.models import Model
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from catalog.models import Environment, Service
from catalog.pagination import MAX_LIMIT
from catalog.wire import Instant, Number, Strict, Text, Word
from incidents.models import Incident

LONGEST_TEXT = 20_000
Row = TypeVar("Row", bound=Model)


def _who(source: str, **more: Any) -> serializers.CharField:
    return serializers.CharField(source=f"{source}.username", allow_null=True, **more)


def _when(**more: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(default_timezone=UTC, **{"allow_null": True, **more})


class IncidentShown(serializers.ModelSerializer):
    """An incident as the API shows it; people by username, instants in UTC."""

    ref = serializers.CharField()
    service = serializers.CharField(source="service.slug")
    environment = serializers.CharField(source="environment.slug", allow_null=True)
    commander = serializers.CharField(source="commander.username", allow_null=True)
    folded_into = serializers.SerializerMethodField(help_text="The incident it is part of.")
    is_open = serializers.BooleanField(help_text="Declared, acknowledged or mitigated.")
    declared_by = _who("declared_by", help_text="Null where Tidegate declared it by itself.")
    acknowledged_by = _who("acknowledged_by")
    mitigated_by = _who("mitigated_by")
    resolved_by = _who("resolved_by")
    closed_by = _who("closed_by")
    onset_at = _when(allow_null=False, help_text="When it began, as far as is known.")
    declared_at = _when(allow_null=False)
    acknowledged_at = _when()
    mitigated_at = _when()
    resolved_at = _when()
    reopened_at = _when()
    closed_at = _when()

    class Meta:
        model = Incident
        fields: ClassVar = (
            "ref",
            "title",
            "description",
            "service",
            "environment",
            "severity",
            "impact",
            "urgency",
            "users_affected",
            "money_affected",
            "currency",
            "folded_into",
            "state",
            "is_open",
            "commander",
            "onset_at",
            "declared_at",
            "declared_by",
            "acknowledged_at",
            "acknowledged_by",
            "mitigated_at",
            "mitigated_by",
            "resolved_at",
            "resolved_by",
            "resolution",
            "reopened_at",
            "closed_at",
            "closed_by",
            "closing_note",
        )

    def get_folded_into(self, row: Incident) -> str | None:
        """Its ref; null where it stands for itself."""
        return f"INC-{row.folded_into_id}" if row.folded_into_id else None


class Declaration(Strict):
    """What declaring an incident takes."""

    title = Text(max_length=200)
    description = Text(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")
    service = Text(max_length=80, help_text="Slug.")
    environment = Text(
        max_length=80, required=False, allow_null=True, default=None, help_text="Slug."
    )
    severity = Number(
        min_value=1,
        max_value=4,
        required=False,
        allow_null=True,
        default=None,
        help_text="1 is the worst. Left out, it follows from impact and urgency.",
    )
    impact = Number(min_value=1, max_value=3, required=False, allow_null=True, default=None)
    urgency = Number(min_value=1, max_value=3, required=False, allow_null=True, default=None)
    affected = serializers.ListField(
        child=Text(max_length=80),
        required=False,
        default=list,
        max_length=100,
        help_text="Slugs of other services that it touches.",
    )
    onset_at = Instant(
        required=False, allow_null=True, default=None, help_text="Since when. Now, if left out."
    )

    def validate_service(self, slug: str) -> Service:
        """The row of a slug."""
        found = Service.objects.select_related("owner_team").filter(slug=slug).first()
        return _there(found, "service", slug)

    def validate_affected(self, slugs: list[str]) -> list[Service]:
        """The rows of the slugs."""
        rows = Service.objects.select_related("owner_team").filter(slug__in=slugs)
        found = {row.slug: row for row in rows}
        return [_there(found.get(slug), "service", slug) for slug in slugs]

    def validate_environment(self, slug: str | None) -> Environment | None:
        """The row of a slug, if one is given."""
        if slug is None:
            return None
        return _there(Environment.objects.filter(slug=slug).first(), "environment", slug)


class Noted(Strict):
    """A verb with a note."""

    note = Text(max_length=LONGEST_TEXT)


class MaybeNoted(Strict):
    """A verb with or without a note."""

    note = Text(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


class IncidentsAsked(Strict):
    """`GET /incidents`."""

    service = Text(required=False, max_length=80, help_text="Slug.")
    severity = serializers.IntegerField(required=False, min_value=1, max_value=4)
    state = Word(
        (("open", "Open"), *Incident.State.choices),
        required=False,
        help_text="`open` is declared, acknowledged or mitigated.",
    )
    cursor = Text(required=False, max_length=400, help_text="From `next` or `previous`.")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT)


class IncidentsPage(serializers.Serializer):
    """One page; `next` and `previous` are addresses, or null at an end."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = IncidentShown(many=True)


def _there(row: Row | None, kind: str, slug: str) -> Row:
    if row is None:
        raise ValidationError([f"There is no {kind} {slug}."])
    return row
