"""Standard templates on the wire."""

from typing import Any

from rest_framework import serializers

from catalog.wire import Number, Strict, Text, Truth, Word
from changes.api.places import PageAsked
from changes.api.shapes import DecisionShown, word, words
from changes.models import Change, Template, TemplateVersion
from changes.models.choices import Category, Rollout
from changes.models.template import FILLS
from changes.queries.templates import Record
from ledger.decision import Decision, rfc3339

SLUG, REF, MANY = 50, 24, 50
SHORT, LONG = 4_000, 20_000


def _names(most: int, *, letters: int, help_text: str = "") -> Any:
    return serializers.ListField(
        child=Text(max_length=letters), required=False, max_length=most, help_text=help_text
    )


class Proposed(Strict):
    """What is proposed; words that are left out stay as they are."""

    slug = Text(max_length=SLUG)
    why = Text(max_length=SHORT, help_text="Why it may be done without asking each time.")
    evidence = _names(MANY, letters=REF, help_text="Refs of closed changes done this way.")
    services = _names(200, letters=80, help_text="Slugs; empty means every service.")
    name = Text(required=False, max_length=120)
    title = Text(required=False, max_length=200)
    description = Text(required=False, max_length=LONG)
    justification = Text(required=False, allow_blank=True, max_length=LONG)
    impact_analysis = Text(required=False, allow_blank=True, max_length=LONG)
    implementation_plan = Text(required=False, max_length=LONG)
    test_plan = Text(required=False, max_length=LONG)
    rollback_plan = Text(required=False, max_length=LONG)
    monitoring_plan = Text(required=False, allow_blank=True, max_length=LONG)
    category = Word(Category.choices, required=False)
    rollout = Word(Rollout.choices, required=False)
    required_checks = _names(MANY, letters=80)
    locked = serializers.ListField(
        child=Word([(name, name) for name in FILLS]), required=False, max_length=len(FILLS)
    )
    suspend_after_failures = Number(required=False, min_value=1, max_value=100)
    closes_itself = Truth(required=False)
    suspend_within_uses = Number(required=False, min_value=1, max_value=1000)


class Approved(Strict):
    comment = Text(required=False, allow_blank=True, default="", max_length=SHORT)
    proposal = Number(
        required=False, min_value=1, max_value=2**53, help_text="The one you read, by `id`."
    )


class SentBack(Strict):
    comment = Text(max_length=SHORT, help_text="What must be different.")
    proposal = Number(required=False, min_value=1, max_value=2**53)


class Reinstated(Strict):
    comment = Text(max_length=SHORT, help_text="What was found, and why it may be used again.")


class Suspended(Strict):
    reason = Text(max_length=SHORT, help_text="Why its changes must not start.")


class TemplatesAsked(PageAsked):
    state = Word(Template.State.choices, required=False)


class TemplateShown(serializers.Serializer):
    slug = word()
    name = word()
    state = serializers.ChoiceField(Template.State.choices)
    version = serializers.IntegerField(help_text="The version in force.")
    services = words("Slugs; empty means every service.")
    title = word()
    description = word()
    category = word()
    rollout = word()
    locked = words("Fields nobody may change.")
    suspend_after_failures = serializers.IntegerField()
    closes_itself = serializers.BooleanField(
        help_text="As successful, once its deployment succeeded and every required check holds."
    )
    suspend_within_uses = serializers.IntegerField()
    suspended_at = serializers.DateTimeField(allow_null=True)
    suspension = word("Why it is suspended.")
    closed = serializers.IntegerField(help_text="Changes made from it, closed in the last year.")
    failed = serializers.IntegerField(help_text="Of those, how many failed or were rolled back.")
    success_percent = serializers.IntegerField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


class PastChangeShown(serializers.Serializer):
    ref = word()
    title = word()
    kind = word()
    outcome = word()


class VersionShown(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.IntegerField(allow_null=True, help_text="Null unless approved.")
    verdict = serializers.ChoiceField([*TemplateVersion.Verdict.values, "open"])
    says = serializers.DictField(help_text="Every field of the version.")
    why = word()
    evidence = PastChangeShown(many=True)
    proposed_by = word(null=True)
    proposed_at = serializers.DateTimeField(allow_null=True)
    decided_by = word(null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    comment = word()


class TemplateWhole(TemplateShown):
    """A template with every version and proposal, and what you may say of it."""

    versions = VersionShown(many=True)
    verbs = serializers.DictField(child=DecisionShown())


def shown(row: Template, record: Record) -> dict[str, Any]:
    """`TemplateShown`."""
    told = ("slug", "name", "state", "version", "title", "description", "category", "rollout")
    return {
        **{name: getattr(row, name) for name in told},
        "services": sorted(one.slug for one in row.services.all()),
        "locked": row.locked,
        "suspend_after_failures": row.suspend_after_failures,
        "closes_itself": row.closes_itself,
        "suspend_within_uses": row.suspend_within_uses,
        "suspended_at": rfc3339(row.suspended_at),
        "suspension": row.suspension,
        "closed": record.closed,
        "failed": record.failed,
        "success_percent": record.success_percent,
        "last_used_at": rfc3339(record.last_used_at),
    }


def whole(
    row: Template,
    record: Record,
    versions: list[TemplateVersion],
    changes: dict[str, Change],
    said: dict[str, Decision],
) -> dict[str, Any]:
    """`TemplateWhole`; `changes` are those that versions name as evidence, by ref."""
    return {
        **shown(row, record),
        "versions": [_version(one, changes) for one in versions],
        "verbs": {verb: decision.as_json() for verb, decision in said.items()},
    }


def _version(one: TemplateVersion, changes: dict[str, Change]) -> dict[str, Any]:
    evidence = [changes[ref] for ref in one.evidence if ref in changes]
    return {
        "id": one.pk,
        "number": one.number,
        "verdict": one.verdict or "open",
        "says": one.says,
        "why": one.why,
        "evidence": [
            {
                "ref": change.ref,
                "title": change.title,
                "kind": change.kind,
                "outcome": change.outcome,
            }
            for change in evidence
        ],
        "proposed_by": one.proposed_by.username if one.proposed_by else None,
        "proposed_at": rfc3339(one.proposed_at),
        "decided_by": one.decided_by.username if one.decided_by else None,
        "decided_at": rfc3339(one.decided_at),
        "comment": one.comment,
    }
