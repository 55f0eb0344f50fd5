"""From approval rules to requirements."""

from dataclasses import replace
from typing import Any

import pytest

from changes.policies.facts import Authority, Need
from changes.policies.requirements import ApprovalRule, counted, needs_for
from changes.risk import RiskLevel
from changes.states import Kind, State
from tests.changes.policies.given import facts

EVERYBODY = ApprovalRule("Everybody", Authority.PEER, 1)


@pytest.mark.parametrize("kind", [Kind.NORMAL, Kind.EMERGENCY])
def test_a_rule_without_conditions_matches_everything(kind: Kind) -> None:
    assert needs_for([EVERYBODY], facts(State.PLANNING, kind)) == (
        Need(Authority.PEER, 1, "Everybody"),
    )


def test_a_standard_change_needs_nobody_whatever_the_rules_say() -> None:
    assert needs_for([EVERYBODY], facts(State.PLANNING, Kind.STANDARD)) == ()


@pytest.mark.parametrize(
    ("condition", "matching", "other"),
    [
        ({"kinds": frozenset({"normal"})}, {}, {"kind": Kind.EMERGENCY}),
        ({"environments": frozenset({"production"})}, {}, {"environment": "staging"}),
        ({"teams": frozenset({"payments"})}, {}, {"team": "platform"}),
        ({"tiers": frozenset({1, 3})}, {}, {"tier": 2}),
        ({"categories": frozenset({"deployment"})}, {}, {"category": "database"}),
        (
            {"risk_at_least": RiskLevel.MEDIUM},
            {"risk_level": "medium"},
            {"risk_level": "low"},
        ),
        ({"risk_at_least": RiskLevel.MEDIUM}, {"risk_level": "high"}, {"risk_level": "low"}),
        ({"risk_at_least": RiskLevel.HIGH}, {"risk_level": "high"}, {"risk_level": "medium"}),
    ],
)
def test_each_condition_matches_what_it_names_and_nothing_else(
    condition: dict[str, Any], matching: dict[str, Any], other: dict[str, Any]
) -> None:
    rule = replace(EVERYBODY, **condition)
    asked = facts(State.PLANNING)

    assert rule.matches(replace(asked, **matching))
    assert not rule.matches(replace(asked, **other))


def test_all_conditions_of_a_rule_must_hold() -> None:
    rule = replace(EVERYBODY, tiers=frozenset({3}), categories=frozenset({"database"}))

    assert not rule.matches(facts(State.PLANNING))


@pytest.mark.parametrize(
    ("risk", "names"),
    [
        ("low", ["peer"]),
        ("medium", ["owner", "peer"]),
        ("high", ["cab", "owner", "peer"]),
    ],
)
def test_every_rule_that_matches_applies_by_name(risk: str, names: list[str]) -> None:
    rules = [
        ApprovalRule("peer", Authority.PEER, 1),
        ApprovalRule("owner", Authority.SERVICE_OWNER, 1, risk_at_least=RiskLevel.MEDIUM),
        ApprovalRule("cab", Authority.CAB, 2, risk_at_least=RiskLevel.HIGH),
    ]

    needs = needs_for(rules, facts(State.PLANNING, risk_level=risk))

    assert [need.rule for need in needs] == names


def test_an_earlier_stage_stands_before_a_later_one() -> None:
    rules = [
        ApprovalRule("CAB", Authority.CAB, 2, stage=2),
        ApprovalRule("DBA", Authority.GROUP, 1, group="DBA", stage=3),
        ApprovalRule("peer", Authority.PEER, 1),
    ]

    needs = needs_for(rules, facts(State.PLANNING))

    assert [(need.key, need.stage) for need in needs] == [("peer", 1), ("cab", 2), ("group:DBA", 3)]


@pytest.mark.parametrize(
    ("percent", "holders", "count"),
    [(1, 0, 1), (1, 9, 1), (50, 4, 2), (50, 5, 3), (51, 4, 3), (100, 4, 4), (34, 3, 2)],
)
def test_a_share_is_rounded_up_and_is_one_person_at_least(
    percent: int, holders: int, count: int
) -> None:
    need = Need(Authority.CAB, 1, "A share", percent=percent)

    assert [one.count for one in counted([need], {"cab": holders})] == [count]
