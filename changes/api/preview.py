"""`/changes/preview`: who would have to approve this, asked before it is filed or submitted."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import READING, ReasonShown, answers
from catalog.scopes import HasScope
from catalog.wire import taken
from changes.api.approval_shapes import NeedShown
from changes.api.changes import demand_service
from changes.api.shape_parts import instant, word, words
from changes.api.shown import need_shown
from changes.api.view import ApiView, demand_reach
from changes.api.written import ChangeFields, NewChange, with_rows
from changes.models import Change
from changes.models.choices import RiskWord
from changes.policies.needs import among
from changes.queries.advice import Advice, advice
from changes.queries.refs import by_ref
from changes.states import Kind
from ledger.decision import rfc3339


class NeedPreviewed(NeedShown):
    """What one approval rule would ask, and who could vote for it."""

    candidates = words("Usernames.")


class AwayShown(serializers.Serializer[Any]):
    """Somebody on leave who would have been asked."""

    username = word()
    until = instant(null=False)
    delegate = word("Who votes for them meanwhile.", null=True)


class RiskPreviewed(serializers.Serializer[Any]):
    level = serializers.ChoiceField(RiskWord.choices)
    score = serializers.IntegerField()


class ApprovalPreview(serializers.Serializer[Any]):
    """Who would have to approve, stage by stage. Nothing was recorded."""

    risk = RiskPreviewed()
    standard = serializers.BooleanField(help_text="Approved beforehand: nobody is asked.")
    requirements = NeedPreviewed(many=True)
    away = AwayShown(many=True)
    reasons = ReasonShown(many=True, help_text="Why nobody is asked, or who cannot be found.")


class Preview(ApiView):
    """Who would have to approve a change that is not filed."""

    permission_classes = (HasScope("changes:read"),)

    @extend_schema(
        operation_id="changes_preview",
        request=NewChange,
        responses=answers({200: ApprovalPreview}, *READING, 422),
    )
    def post(self, request: Request) -> Response:
        """Ask who would have to approve a change with these fields. Nothing is recorded."""
        fields = with_rows(taken(NewChange, request.data))
        demand_service(request, fields)
        if fields.get("template") is not None:
            fields.setdefault("kind", str(Kind.STANDARD))
        found = advice(fields, actor=actor_of(request), now=timezone.now())
        return Response(_shown(found))


class PreviewOfChange(ApiView):
    """Who would have to approve a change that is filed."""

    permission_classes = (HasScope("changes:read"),)

    @extend_schema(
        operation_id="changes_preview_edit",
        request=ChangeFields,
        responses=answers({200: ApprovalPreview}, *READING, 404, 422),
    )
    def post(self, request: Request, ref: str) -> Response:
        """Ask who would have to approve a change as it stands, with these fields edited."""
        demand_reach(request, ref)
        fields = with_rows(taken(ChangeFields, request.data))
        demand_service(request, fields)
        change = by_ref(ref=ref)
        now, actor = timezone.now(), actor_of(request)
        found = advice({**_said_by(change), **fields}, actor=actor, now=now, before=change)
        return Response(_shown(found))


def _said_by(change: Change) -> dict[str, Any]:
    """The fields as they are."""
    names = [field.name for field in change._meta.concrete_fields if field.name != "id"]
    return {name: getattr(change, name) for name in names}


def _shown(found: Advice) -> dict[str, Any]:
    """`ApprovalPreview`; a place was named, so there is a risk."""
    candidates = found.candidates or {}
    risk = found.risk
    return {
        "risk": {"level": str(risk.level), "score": risk.score} if risk else None,
        "standard": found.standard,
        "requirements": [
            {**need_shown(need), "candidates": among(need, candidates)} for need in found.needs
        ],
        "away": [
            {
                "username": one.username,
                "until": rfc3339(one.until),
                "delegate": one.delegate or None,
            }
            for one in found.away
        ],
        "reasons": [reason.as_json() for reason in found.agreement],
    }
