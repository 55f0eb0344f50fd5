"""`/approval-rules`: who must approve which changes."""

from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, answers
from catalog.scopes import HasScope
from catalog.wire import Number, Strict, Text, Truth, Word, taken
from changes import rulebook
from changes.api.shape_parts import word
from changes.api.view import ApiView, demand_whole_reach
from changes.models import ApprovalRule
from changes.models.choices import Category, KindWord, RiskWord
from changes.models.rule import PEOPLE_AT_MOST, STAGES_AT_MOST, AuthorityWord
from changes.queries.rows import rule_ref
from ledger.idempotency import idempotent

SLUG, NAME, MANY = 80, 150, 100


def _slugs() -> Any:
    return serializers.ListField(child=Text(max_length=SLUG), required=False, max_length=MANY)


class RuleFields(Strict):
    """An approval rule; empty conditions match everything."""

    name = Text(required=False, max_length=120)
    is_active = Truth(required=False)
    kinds = serializers.ListField(child=Word(KindWord.choices), required=False, max_length=3)
    risk_at_least = Word(RiskWord.choices, required=False)
    environments = _slugs()
    teams = _slugs()
    tiers = serializers.ListField(
        child=Number(min_value=1, max_value=4), required=False, max_length=4
    )
    categories = serializers.ListField(
        child=Word(Category.choices), required=False, max_length=len(Category.choices)
    )
    authority = Word(AuthorityWord.choices, required=False)
    group = Text(required=False, allow_blank=True, max_length=NAME)
    people = serializers.ListField(
        child=Text(max_length=NAME), required=False, max_length=PEOPLE_AT_MOST
    )
    count = Number(required=False, min_value=1, max_value=20)
    percent = Number(required=False, allow_null=True, min_value=1, max_value=100)
    stage = Number(required=False, min_value=1, max_value=STAGES_AT_MOST)


class NewRule(RuleFields):
    """A new approval rule."""

    name = Text(max_length=120)
    authority = Word(AuthorityWord.choices)


class ApprovalRuleShown(serializers.Serializer[Any]):
    """Who must agree to which changes; every rule that matches applies."""

    ref = word("RULE-3")
    name = word()
    is_active = serializers.BooleanField()
    kinds = serializers.ListField(child=serializers.CharField())
    risk_at_least = serializers.ChoiceField(RiskWord.choices)
    environments = serializers.ListField(child=serializers.CharField())
    teams = serializers.ListField(child=serializers.CharField())
    tiers = serializers.ListField(child=serializers.IntegerField())
    categories = serializers.ListField(child=serializers.CharField())
    authority = serializers.ChoiceField(AuthorityWord.choices)
    group = word()
    people = serializers.ListField(child=serializers.CharField())
    count = serializers.IntegerField()
    percent = serializers.IntegerField(allow_null=True)
    stage = serializers.IntegerField()


class _RulesView(ApiView):
    """Reading asks changes:read, writing windows:write of a change manager."""

    permission_classes = (HasScope("changes:read", write="windows:write"),)


class ApprovalRules(_RulesView):
    """Approval rules."""

    @extend_schema(
        operation_id="approval_rules_list",
        responses=answers({200: ApprovalRuleShown(many=True)}, *READING),
    )
    def get(self, request: Request) -> Response:
        """List every approval rule by name."""
        return Response([shown(rule) for rule in ApprovalRule.objects.order_by("name")])

    @extend_schema(
        operation_id="approval_rules_create",
        parameters=[IDEMPOTENCY_KEY],
        request=NewRule,
        responses=answers({201: ApprovalRuleShown}, *WRITING),
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Add a rule. One that asks for more people than there are is refused."""
        demand_whole_reach(request, "write approval rule", why="approval rules decide for all")
        rule = ApprovalRule(**taken(NewRule, request.data))
        saved = rulebook.save(rule, actor=actor_of(request), now=timezone.now())
        return Response(shown(saved), status=201)


class OneApprovalRule(_RulesView):
    """One approval rule."""

    @extend_schema(
        operation_id="approval_rules_read",
        responses=answers({200: ApprovalRuleShown}, *READING, 404),
    )
    def get(self, request: Request, ref: str) -> Response:
        """Read a rule."""
        return Response(shown(_rule(ref)))

    @extend_schema(
        operation_id="approval_rules_edit",
        parameters=[IDEMPOTENCY_KEY],
        request=RuleFields,
        responses=answers({200: ApprovalRuleShown}, *WRITING, 404),
    )
    @idempotent
    def patch(self, request: Request, ref: str) -> Response:
        """Edit a rule. Changes that were submitted keep the requirements they were given."""
        demand_whole_reach(request, "write approval rule", why="approval rules decide for all")
        given = taken(RuleFields, request.data)
        with transaction.atomic():
            rule = _rule(ref, lock=True)
            for name, value in given.items():
                setattr(rule, name, value)
            saved = rulebook.save(rule, actor=actor_of(request), now=timezone.now())
        return Response(shown(saved))


def shown(rule: ApprovalRule) -> dict[str, Any]:
    """`ApprovalRuleShown`."""
    return {"ref": rule_ref(rule), **{name: getattr(rule, name) for name in rulebook.EDITABLE}}


def _rule(ref: str, *, lock: bool = False) -> ApprovalRule:
    """The rule of a ref such as RULE-3."""
    kind, _, number = ref.strip().upper().partition("-")
    known = kind == "RULE" and number.isascii() and number.isdecimal() and len(number) <= 18
    rows = ApprovalRule.objects.select_for_update() if lock else ApprovalRule.objects
    found = rows.filter(pk=int(number)).first() if known else None
    if found is None:
        raise Http404(f"There is no approval rule {ref[:40]}.")
    return found
