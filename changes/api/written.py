"""What programs may write in a change, and the rows their slugs, refs and usernames stand for."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from catalog.models import Environment, Service, User
from catalog.prepared import Prepared
from catalog.wire import Instant, Link, Number, Strict, Text, Word
from changes.lifecycle.fields import LONGEST_SOAK_MINUTES
from changes.models import Template
from changes.models.choices import Category, KindWord, RollbackProof, Rollout
from changes.queries.names import there_is_no
from incidents import queries as incidents
from incidents.models import Incident

SLUG, LONG, MANY, SUGGESTED = 80, 100_000, 50, 3


def long_text(help_text: str = "") -> Text:
    """A text of any length a body can hold."""
    return Text(required=False, allow_blank=True, max_length=LONG, help_text=help_text)


class ChangeFields(Strict):
    """The fields of a change, none of them demanded."""

    kind = Word(KindWord.choices, required=False)
    title = Text(required=False, allow_blank=True, max_length=200)
    description = long_text()
    justification = long_text()
    impact_analysis = long_text("Risk and impact analysis.")
    security_impact = long_text("What it means for security.")
    category = Word(Category.choices, required=False)
    service = Text(required=False, max_length=SLUG, help_text="Slug.")
    also_affects = serializers.ListField(
        child=Text(max_length=SLUG),
        required=False,
        max_length=MANY,
        help_text="Slugs of other services.",
    )
    environment = Text(required=False, max_length=SLUG, help_text="Slug.")
    implementation_plan = long_text()
    test_plan = long_text()
    rollback_plan = long_text("Submitting demands it.")
    monitoring_plan = long_text()
    rollout = Word(Rollout.choices, required=False)
    rollback_proof = Word(
        RollbackProof.choices,
        required=False,
        allow_blank=True,
        help_text="Whether the way back was gone: rehearsed, automated, or empty.",
    )
    test_evidence_url = Link(
        required=False,
        allow_blank=True,
        max_length=200,
        help_text="Where the tests of this revision can be seen to pass.",
    )
    canary_steps = serializers.ListField(
        child=Number(min_value=1, max_value=100),
        required=False,
        max_length=20,
        help_text="Rising percentages, for a canary rollout.",
    )
    canary_soak_minutes = serializers.ListField(
        child=Number(min_value=0, max_value=LONGEST_SOAK_MINUTES),
        required=False,
        max_length=20,
        help_text="For how long each step must hold: one length for all, or one for each. "
        "Left out, ten minutes.",
    )
    required_checks = serializers.ListField(
        child=Text(max_length=80), required=False, max_length=MANY
    )
    planned_start_at = Instant(required=False, allow_null=True)
    planned_end_at = Instant(required=False, allow_null=True)
    revision = Text(required=False, allow_blank=True, max_length=120)
    artifact = Text(required=False, allow_blank=True, max_length=300)
    source_url = Link(required=False, allow_blank=True, max_length=200)
    pull_request_url = Link(required=False, allow_blank=True, max_length=200)
    external_id = Text(required=False, allow_blank=True, max_length=120)
    template = Text(
        required=False, allow_null=True, max_length=SLUG, help_text="Slug; makes it standard."
    )
    incident = Text(
        required=False, allow_null=True, max_length=24, help_text="INC-17: what it answers."
    )
    implementer = Text(
        required=False, allow_null=True, max_length=150, help_text="Username; else the author."
    )


class NewChange(ChangeFields):
    """A change to be filed. What a template fills in need not be given."""

    service = Text(max_length=SLUG, help_text="Slug.")
    environment = Text(max_length=SLUG, help_text="Slug.")


def with_rows(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as `lifecycle` takes them: rows for names. One statement for each kind of name.

    Raises `ValidationError` with a sentence for each name that stands for nothing.
    """
    wrong: dict[str, list[str]] = {}
    found = {**given, **_services(given, wrong)}
    for name, row in _ROWS.items():
        if isinstance(given.get(name), str):
            found[name] = row(given[name])
            if found[name] is None:
                wrong[name] = [there_is_no(_KINDS.get(name, name), given[name])]
    if wrong:
        raise ValidationError(wrong)
    return found


_NAMED_SERVICES = Prepared(Service, "owner_team", where="t.slug = ANY (%(slugs)s::text[])")
_NAMED_ENVIRONMENT = Prepared(Environment, where="t.slug = %(slug)s")


def _services(given: Mapping[str, Any], wrong: dict[str, list[str]]) -> dict[str, Any]:
    """The service and the ones also affected, in one statement."""
    also = list(dict.fromkeys(given.get("also_affects", ())))
    slugs = [*([given["service"]] if "service" in given else []), *also]
    if not slugs:
        return {"also_affects": []} if "also_affects" in given else {}
    by_slug = {row.slug: row for row in _NAMED_SERVICES.rows(slugs=slugs)}
    found: dict[str, Any] = {}
    for name, asked in (("service", slugs[: len(slugs) - len(also)]), ("also_affects", also)):
        unknown = [slug for slug in asked if slug not in by_slug]
        if unknown:
            wrong[name] = [there_is_no("service", slug) for slug in unknown[:SUGGESTED]]
    if "service" in given:
        found["service"] = by_slug.get(given["service"])
    if "also_affects" in given:
        found["also_affects"] = [by_slug[slug] for slug in also if slug in by_slug]
    return found


def _incident(ref: str) -> Incident | None:
    try:
        return incidents.by_ref(ref.upper())
    except Incident.DoesNotExist:
        return None


_KINDS = {"implementer": "user"}
_ROWS: dict[str, Any] = {
    "environment": lambda slug: _NAMED_ENVIRONMENT.first(slug=slug),
    "template": lambda slug: Template.objects.filter(slug=slug).first(),
    "incident": _incident,
    "implementer": lambda name: User.objects.filter(username=name).first(),
}
