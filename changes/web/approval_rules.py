"""Who must approve what, and how long they may take: for everybody to read."""

from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from changes.models import ApprovalDeadline, ApprovalRule
from changes.models.choices import Category, KindWord, RiskWord
from changes.queries.agreement import rule_of
from changes.shown.words import whom


@login_required
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule that is in force, by stage, and the deadlines of votes."""
    active = ApprovalRule.objects.filter(is_active=True).order_by("stage", "name")
    deadlines = ApprovalDeadline.objects.filter(is_active=True).select_related("rule")
    context = {
        "section": "changes",
        "rules": [
            {
                "rule": rule,
                "whom": whom(rule_of(rule).need()),
                "share": f"{rule.percent} %" if rule.percent else str(rule.count),
                "matches": ", ".join(_matches(rule)) or "every change",
            }
            for rule in active
        ],
        "deadlines": deadlines,
    }
    return render(request, "changes/approval_rules.html", context)


def _matches(rule: ApprovalRule) -> Iterator[str]:
    """What a change must be for a rule to match, in words."""
    yield from (str(KindWord(kind).label).lower() for kind in rule.kinds)
    if rule.risk_at_least != RiskWord.LOW:
        yield f"from {rule.get_risk_at_least_display().lower()} risk"
    yield from (str(Category(one).label).lower() for one in rule.categories)
    yield from (f"tier {tier}" for tier in rule.tiers)
    yield from rule.environments
    yield from (f"team {slug}" for slug in rule.teams)
