"""Overrides on the wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rest_framework import serializers

from catalog.wire import Instant, Strict, Text
from changes.api.shapes import DecisionShown, OverrideShown
from changes.api.written import LONG
from changes.models import Override
from changes.policies.overriding import standing
from changes.queries.overrides import case_of
from ledger.decision import Decision, rfc3339

SLUG, REF, WINDOWS = 80, 24, 50


class AskedForChange(Strict):
    """What an override is asked for; without `windows`, all freezes in the period."""

    reason = Text(max_length=LONG, help_text="Why it cannot wait.")
    expires_at = Instant(help_text="72 hours after it starts, at most.")
    starts_at = Instant(required=False, allow_null=True, help_text="At once, if left out.")
    windows = serializers.ListField(
        child=Text(max_length=REF), required=False, max_length=WINDOWS, help_text="WIN-7"
    )
    incident = Text(required=False, allow_blank=True, default="", max_length=REF)


class AskedForPlace(AskedForChange):
    """The same, for every change of a service in an environment."""

    service = Text(max_length=SLUG)
    environment = Text(max_length=SLUG)


class Withdrawn(Strict):
    reason = Text(max_length=LONG)


class Reviewed(Strict):
    text = Text(
        max_length=LONG, help_text="Whether it was needed, what came of it, what to change."
    )


class OverridesAsked(Strict):
    before = serializers.IntegerField(
        required=False, min_value=1, max_value=2**53, help_text="From `next`."
    )
    limit = serializers.IntegerField(required=False, default=25, min_value=1, max_value=100)


class OverrideWhole(OverrideShown):
    """An override, with what you may say of it and why not."""

    verbs = serializers.DictField(child=DecisionShown())


class OverridesShown(serializers.Serializer):
    """One page of a list."""

    results = OverrideShown(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="The `before` of what follows.")


def shown(row: Override, *, now: datetime) -> dict[str, Any]:
    """`OverrideShown`; its people are joined."""
    by = {
        f"{act}_by": getattr(getattr(row, f"{act}_by"), "username", None)
        for act in ("requested", "confirmed", "withdrawn", "reviewed")
    }
    at = {
        name: rfc3339(getattr(row, name))
        for name in (
            "starts_at",
            "expires_at",
            "requested_at",
            "confirmed_at",
            "withdrawn_at",
            "review_due_at",
            "reviewed_at",
        )
    }
    return {
        "ref": row.ref,
        "state": str(standing(case_of(row), now=now)),
        "change": row.subject if row.change_id else None,
        "service": row.service.slug,
        "environment": row.environment.slug,
        "windows": [
            {"ref": ref, "name": name} for ref, name in zip(row.windows, row.names, strict=True)
        ],
        "roles": row.roles,
        "reason": row.reason,
        "incident": row.incident.ref if row.incident else None,
        **at,
        **by,
        "withdrawal": row.withdrawal,
        "review_state": review_state(row, now=now),
        "review": row.review,
    }


def whole(row: Override, said: Mapping[str, Decision], *, now: datetime) -> dict[str, Any]:
    """`OverrideWhole`."""
    verbs = {verb: decision.as_json() for verb, decision in said.items()}
    return {**shown(row, now=now), "verbs": verbs}


def review_state(row: Override, *, now: datetime) -> str:
    """Whether a review is owed, and whether it is late."""
    if row.review_due_at is None:
        return "none"
    if row.reviewed_at is not None:
        return "done"
    return "overdue" if row.review_due_at <= now else "due"
