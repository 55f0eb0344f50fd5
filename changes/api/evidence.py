"""`GET /changes/CHG-1/evidence`: the evidence pack of a change."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import READING, answers
from catalog.scopes import HasScope
from changes.api.shapes import instant, word
from changes.api.view import ApiView, demand_reach
from changes.queries.packs import pack
from changes.shown.pack import document
from changes.shown.pack.controls import Standing


def _rows(what: str) -> Any:
    return serializers.ListField(child=serializers.DictField(), help_text=what)


class PointShown(serializers.Serializer):
    """One thing a control asks."""

    what = word()
    standing = serializers.ChoiceField(choices=[str(one) for one in Standing])
    why = word()
    section = word("Where in the pack it is answered.")


class ControlShown(serializers.Serializer):
    """One control, point by point."""

    name = word("PCI DSS 4.0.1, 6.5.1")
    asks = word()
    shown = serializers.IntegerField()
    applying = serializers.IntegerField()
    points = PointShown(many=True)


class ProofShown(serializers.Serializer):
    """One thing that was computed again."""

    what = word()
    count = serializers.IntegerField()
    holds = serializers.BooleanField()
    faults = serializers.ListField(child=serializers.CharField())


class EvidenceShown(serializers.Serializer):
    """Everything known about a change; `counts` must match the lists."""

    format = word("tidegate-evidence/1")
    ref = word("CHG-1042")
    title = word()
    kind = word()
    category = word()
    service = word()
    also_affects = serializers.ListField(child=serializers.CharField())
    environment = word()
    team = word()
    template = serializers.CharField(allow_null=True)
    state = word()
    outcome = serializers.CharField(allow_null=True)
    closing_note = word()
    review = word()
    hold_reason = word()
    links = serializers.DictField()
    people = serializers.DictField(help_text="Who did what, by username.")
    names = serializers.DictField(help_text="Usernames and whom they stand for.")
    times = serializers.DictField(help_text="When what was done, in UTC; null where it was not.")
    plan_version = serializers.IntegerField()
    plan_digest = word()
    risk = serializers.DictField()
    approval = serializers.DictField(help_text="The plan as approved, by version and digest.")
    template_version = serializers.DictField(
        allow_null=True,
        help_text="Of a standard change: the words it was filed from, and who agreed.",
    )
    plans = _rows("Every version word for word, and how it differs from the one before.")
    requirements = _rows("What the approval rules asked in each round, as they stood.")
    votes = _rows("Who said what on which plan.")
    gate = _rows("What the gate answered.")
    permits = _rows("Permits by id, and when they were used.")
    deployments = _rows("What CI reported.")
    steps = _rows("Steps of a canary, and the figures that decided them.")
    tasks = _rows("What there was to do, and who did it or waived it.")
    checks = _rows("Every report of every check.")
    windows = _rows("What freezes and other windows said, once each.")
    overrides = _rows("Freezes that were opened for it.")
    incidents = _rows("Incidents it answers, and major ones that came after it.")
    messages = _rows("How many messages went to whom.")
    timeline = _rows("Every event that names it, with all that its digest is made from.")
    seals = _rows("The seals its events are in.")
    proofs = ProofShown(many=True)
    controls = ControlShown(many=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    content_digest = word("SHA-256 over all but itself and the two that follow.")
    exported_at = instant(null=False)
    exported_by = word()


class EvidenceOfChange(ApiView):
    """The evidence of one change."""

    permission_classes = (HasScope("changes:read"),)

    @extend_schema(
        operation_id="changes_evidence",
        responses=answers({200: EvidenceShown}, 404, *READING),
    )
    def get(self, request: Request, ref: str) -> Response:
        """Read everything known about a change, and which control each part of it answers."""
        demand_reach(request, ref)
        found = pack(ref=ref)
        return Response(document(found, by=actor_of(request).username, now=timezone.now()))
