"""What the gate is asked and what it answers, on the wire."""

from rest_framework import serializers

from catalog.api_schema import ReasonShown
from catalog.wire import Instant, Link, Strict, Text, Word
from changes.api.shapes import instant, word
from changes.models import GateAnswer
from changes.models.choices import KindWord

SLUG, REF, REVISION, ARTIFACT, URL = 80, 24, 120, 300, 200


class Pipeline(Strict):
    """Where it runs."""

    url = Link(required=False, allow_blank=True, default="", max_length=URL)
    run_id = Text(required=False, allow_blank=True, default="", max_length=REVISION)


class Opening(Strict):
    """Open a standard change where none fits; asks the scope changes:write as well."""

    template = Text(max_length=SLUG, help_text="Slug of a published template.")


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


class GateAnswered(serializers.Serializer):
    """What the gate said. Anything but `allow` means no."""

    decision = serializers.ChoiceField(GateAnswer.Answer.choices)
    decision_id = serializers.UUIDField()
    reasons = ReasonShown(many=True)
    warnings = ReasonShown(many=True)
    change = word(null=True)
    next_allowed_at = instant("When time alone lets it through, if it does.")
    retry_after_seconds = serializers.IntegerField(
        allow_null=True, help_text="With `wait`: when to ask again."
    )
    permit = word("A JWT signed with Ed25519, given once; see /.well-known/jwks.json.", null=True)
    expires_at = instant("When the permit ends.")


class GateExplained(GateAnswered):
    """What the gate would say; it permits nothing, so permit and decision_id are null."""

    decision_id = serializers.UUIDField(allow_null=True)
    at = instant(null=False)


class ExplainAsked(Strict):
    service = Text(max_length=SLUG)
    environment = Text(max_length=SLUG)
    at = Instant(required=False, help_text="Now, if left out.")
    kind = Word(KindWord.choices, required=False, default=KindWord.NORMAL.value)
    change = Text(required=False, default="", max_length=REF)
    revision = Text(required=False, default="", max_length=REVISION)
