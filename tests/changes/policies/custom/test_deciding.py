"""Custom rules among the others: the decision, the next allowed instant, rule by rule."""

import timeit
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from changes import policies
from changes.policies.custom import Effect, Mode, RuleSet
from changes.policies.one_by_one import one_by_one
from changes.states import State
from changes.windows import Interval
from tests.changes.policies.custom.given import FRIDAY, is_, rule
from tests.changes.policies.given import facts

PERIOD = Interval(FRIDAY - timedelta(days=1), FRIDAY + timedelta(days=9))
ON_FRIDAYS = is_("weekday", "friday", zone="UTC")
SATURDAY = datetime(2026, 11, 21, tzinfo=UTC)


def with_rules(*rules) -> policies.Facts:
    return replace(facts(State.SCHEDULED), planned=PERIOD, custom_rules=RuleSet(rules))


def test_a_custom_denial_stands_among_the_objections():
    decision = policies.may("start", with_rules(rule(ON_FRIDAYS)), now=FRIDAY)

    assert not decision.allowed
    assert [(one.code, one.message, one.until) for one in decision.reasons] == [
        ("custom_rule", "Nobody is there to help.", SATURDAY)
    ]


def test_a_shadow_rule_refuses_nothing_and_is_told():
    decision = policies.may("start", with_rules(rule(ON_FRIDAYS, mode=Mode.SHADOW)), now=FRIDAY)

    assert decision.allowed
    assert [one.code for one in decision.would_have] == ["custom_rule"]


def test_a_warning_lets_through():
    decision = policies.may("start", with_rules(rule(ON_FRIDAYS, effect=Effect.WARN)), now=FRIDAY)

    assert decision.allowed
    assert [one.code for one in decision.warnings] == ["custom_rule"]


def test_time_alone_lifts_a_denial_for_a_time():
    until = with_rules(rule(ON_FRIDAYS), rule(is_("time", "01:00", "before", zone="UTC")))
    for_ever = with_rules(rule(ON_FRIDAYS), rule(is_("tier", 3), name="Never"))

    assert policies.next_allowed_at("start", until, now=FRIDAY) == SATURDAY + timedelta(hours=1)
    assert policies.next_allowed_at("start", for_ever, now=FRIDAY) is None
    decision = policies.may("start", until, now=FRIDAY)
    assert policies.settles_by_itself(decision, until, now=FRIDAY)


def test_each_rule_is_shown_whether_it_holds():
    some = with_rules(
        rule(ON_FRIDAYS), rule(is_("tier", 1), name="Tier 1"), rule(ON_FRIDAYS, mode=Mode.SHADOW)
    )

    held = [(one.name, one.holds) for one in one_by_one("deploy", some, now=FRIDAY)][-2:]

    assert held == [
        ("No risky Fridays (policy rule, version 3)", False),
        ("Tier 1 (policy rule, version 3)", True),
    ]


def test_twenty_rules_of_five_conditions_take_less_than_150_microseconds():
    twenty = with_rules(
        *(
            rule(
                is_("kind", "normal"),
                is_("tier", 4, "at_most"),
                {"any": [is_("risk_score", 60, "at_least"), is_("category", "deployment")]},
                is_("weekday", "monday", zone="Europe/Berlin"),
                name=f"Rule {number}",
            )
            for number in range(20)
        )
    )
    rules = twenty.custom_rules
    assert rules is not None

    best = min(timeit.repeat(lambda: rules.say("deploy", twenty, now=FRIDAY), number=50, repeat=9))

    assert best / 50 < 150e-6
