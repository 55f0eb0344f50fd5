"""What a rule or a window would have done to a change of the past."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from django.core import serializers

from changes import windows
from changes.models import Backtest, PolicyRule, Window
from changes.policies.custom import CustomRule, Effect
from changes.queries import calendar
from changes.queries.past import Past
from changes.queries.policies import rule_of
from changes.states import Kind
from changes.windows import scope
from changes.windows.scope import Place

Met = tuple[str, datetime]
Judge = Callable[[Past], Met | None]


def judge_of(job: Backtest) -> tuple[Judge, frozenset[str]]:
    """The judge of a run, and the fields of the vocabulary it looks at.

    A judge answers the verb at which a change would have been met, and when; None for most.
    """
    row: Any = next(iter(serializers.deserialize("python", [job.tried], ignorenonexistent=True)))
    if job.of == Backtest.Of.RULE:
        rule = rule_of(cast(PolicyRule, row.object))
        return _by_rule(rule), rule.fields
    return _by_window(cast(Window, row.object)), frozenset()


def _by_rule(rule: CustomRule) -> Judge:
    """At the first of its verbs at which it matches. A standard change needs nobody's approval."""

    def judge(past: Past) -> Met | None:
        if rule.effect is Effect.REQUIRE and past.facts.kind is Kind.STANDARD:
            return None
        for verb, at in past.instants.items():
            if verb in rule.verbs and rule.matches(past.facts, at):
                return verb, at
        return None

    return judge


def _by_window(row: Window) -> Judge:
    """At the start, where it covered the change. Emergency changes skip the calendar."""

    @lru_cache(maxsize=1000)
    def window_in(zone: str) -> windows.Window:
        return calendar.rule_of(row, zone=zone)

    def judge(past: Past) -> Met | None:
        facts = past.facts
        place = Place(
            team=facts.team,
            service=facts.service,
            environment=facts.environment,
            tier=facts.tier,
            kind=facts.kind,
            category=facts.category,
            risk=facts.risk_level,
        )
        if facts.kind is Kind.EMERGENCY or not scope.covers(row, place):
            return None
        at = past.instants["start"]
        return ("start", at) if windows.in_force([window_in(facts.zone)], at) else None

    return judge
