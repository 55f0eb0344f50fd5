"""What the gate is asked and what it answers, on the wire."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from catalog.api_schema import ReasonShown
from catalog.wire import Instant, Link, Number, Strict, Text, Truth, Word
from changes.api.shapes import instant, word, words
from changes.gate import Examined
from changes.models import GateAnswer
from changes.models.choices import KindWord
from ledger.decision import rfc3339

SLUG, REF, REVISION, ARTIFACT, URL = 80, 24, 120, 300, 200


class Pipeline(Strict):
    """Where it runs."""

    url = Link(required=False, allow_blank=True, default="", max_length=URL)
    run_id = Text(
        required=False,
        allow_blank=True,
        default="",
        max_length=REVISION,
        help_text="A run that asks again is told the same, with the same permit, while it holds.",
    )
    attempt = Number(
        required=False,
        allow_null=True,
        default=None,
        min_value=0,
        max_value=2_000_000_000,
        help_text="Which try of the run; another try is another run.",
    )


class Opening(Strict):
    """Open a standard change where none fits; asks the scope changes:write as well."""

    template = Text(max_length=SLUG, help_text="Slug of a published template.")
    start = Truth(
        required=False,
        default=False,
        help_text="Start it where the answer is `allow`: it is implementing when that is told. "
        "Otherwise reporting `started` with the permit starts it.",
    )


class GateQuestion(Strict):
    """What a pipeline wants to deploy. With no `change` the one for the revision is meant."""

    service = Text(max_length=SLUG)
    environment = Text(max_length=SLUG)
    revision = Text(required=False, allow_blank=True, default="", max_length=REVISION)
    artifact = Text(required=False, allow_blank=True, default="", max_length=ARTIFACT)
    change = Text(
        required=False,
        allow_blank=True,
        allow_null=True,
        default="",
        max_length=REF,
        help_text="CHG-1042",
    )
    pipeline = Pipeline(required=False)
    open = Opening(required=False, allow_null=True)
    callback_url = Link(
        required=False,
        allow_blank=True,
        default="",
        max_length=500,
        help_text="Called once the answer is no longer `wait`, signed (Standard Webhooks) with the "
        "`callback_secret` of the answer; then ask again.",
    )


class QueueShown(serializers.Serializer):
    """Where whoever waits stands; the place is lost when nobody asks for a while."""

    id = serializers.IntegerField()
    place = serializers.IntegerField(help_text="From 1.")
    of = serializers.IntegerField()
    message = word("3rd of 12 waiting for production")
    callback_secret = word("Told to who gave the `callback_url`.", null=True)


class GateAnswered(serializers.Serializer):
    """What the gate said. Anything but `allow` means no."""

    decision = serializers.ChoiceField(GateAnswer.Answer.choices)
    decision_id = serializers.UUIDField()
    reasons = ReasonShown(many=True)
    warnings = ReasonShown(many=True)
    change = word(null=True)
    next_allowed_at = instant("When time alone lets it through, if it does.")
    next_allowed_says = word("Why there is none, where the calendar has none within 400 days.")
    retry_after_seconds = serializers.IntegerField(
        allow_null=True, help_text="With `wait`: when to ask again."
    )
    permit = word("A JWT signed with Ed25519, given once; see /.well-known/jwks.json.", null=True)
    expires_at = instant("When the permit ends.")
    queue = QueueShown(allow_null=True, help_text="With `wait`: the place in the queue.")


class RuleShown(serializers.Serializer):
    """One rule, and its objections."""

    name = word()
    holds = serializers.BooleanField()
    reasons = ReasonShown(many=True)


class WhoShown(serializers.Serializer):
    """Groups and usernames of whom any could take an objection away, likeliest first."""

    groups = words()
    people = words()


class GateExplained(GateAnswered):
    """What the gate would say; it permits nothing, so permit and decision_id are null."""

    decision_id = serializers.UUIDField(allow_null=True)
    at = instant(null=False)
    rules = RuleShown(many=True)
    who = serializers.DictField(child=WhoShown(), help_text="Who could help, by reason code.")
    notes = words("What is not known of an instant in the past or the future.")


class ExplainAsked(Strict):
    service = Text(max_length=SLUG)
    environment = Text(max_length=SLUG)
    at = Instant(required=False, help_text="Now, if left out.")
    kind = Word(KindWord.choices, required=False, default=KindWord.NORMAL.value)
    change = Text(required=False, default="", max_length=REF)
    revision = Text(required=False, default="", max_length=REVISION)


def explained(found: Examined, *, at: datetime) -> dict[str, Any]:
    """`GateExplained`."""
    return {
        **found.answer.as_json(),
        "decision_id": None,
        "at": rfc3339(at),
        "rules": [
            {
                "name": rule.name,
                "holds": rule.holds,
                "reasons": [reason.as_json() for reason in rule.reasons],
            }
            for rule in found.rules
        ],
        "who": {
            code: {"groups": list(one.groups), "people": list(one.people)}
            for code, one in found.who.items()
        },
        "notes": list(found.notes),
    }
