"""What rules come to at a verb, how they read back, and what to beware of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from changes.policies.custom import CustomRule, Effect, Mode, RuleSet
from changes.policies.custom.cautions import cautions
from changes.policies.custom.sentence import sentence
from changes.policies.facts import Authority, Need
from changes.states import Kind, State
from ledger.decision import Reason
from tests.changes.policies.custom.given import FRIDAY, is_, rule
from tests.changes.policies.given import facts

CHANGE = facts(State.SCHEDULED)
NORMAL = is_("kind", "normal")
SAID = Reason(
    "custom_rule",
    "Nobody is there to help.",
    "Plan it for Monday.",
    source="policy rule No risky Fridays, version 3",
)


def test_each_effect_and_mode_speaks_in_its_own_place():
    rules = RuleSet(
        [
            rule(NORMAL),
            rule(NORMAL, name="Heads up", effect=Effect.WARN),
            rule(NORMAL, name="Tried out", mode=Mode.SHADOW),
            rule(is_("kind", "standard"), name="Another kind"),
            rule(NORMAL, name="Another verb", verbs=frozenset({"close"})),
        ]
    )

    said = rules.say("deploy", CHANGE, now=FRIDAY)

    assert said.denials == (SAID,)
    assert said.warnings == (replace(SAID, source="policy rule Heads up, version 3"),)
    assert said.would_have == (replace(SAID, source="policy rule Tried out, version 3"),)


def test_a_denial_for_a_time_says_until_when():
    said = RuleSet([rule(is_("weekday", "friday", zone="UTC"))]).say("start", CHANGE, now=FRIDAY)

    assert said.denials == (replace(SAID, until=datetime(2026, 11, 21, tzinfo=UTC)),)


def test_without_a_change_only_rules_of_the_place_are_asked():
    rules = RuleSet([rule(NORMAL), rule(is_("risk_score", 0, "at_least"), name="Needs a change")])

    assert rules.say("explain", CHANGE, now=FRIDAY).denials == (SAID,)


def test_a_verb_that_no_rule_names_is_asked_nothing():
    said = RuleSet([rule(NORMAL)]).say("cancel", CHANGE, now=FRIDAY)

    assert (said.denials, said.warnings, said.would_have) == ((), (), ())


def asking(**given: Any) -> CustomRule:
    return rule(NORMAL, effect=Effect.REQUIRE, verbs=frozenset({"submit"}), **given)


def test_a_requirement_is_a_need_and_no_objection():
    rules = RuleSet([asking(), asking(name="Tried", mode=Mode.SHADOW, message="")])

    assert rules.needs(CHANGE, now=FRIDAY) == (
        Need(Authority.CAB, 2, "No risky Fridays, version 3"),
    )
    said = rules.say("submit", CHANGE, now=FRIDAY)
    assert (said.denials, said.warnings) == ((), ())
    assert [one.message for one in said.would_have] == ["It asks for the approval of 2 × the CAB."]


def test_a_standard_change_needs_nobody():
    anything = asking()
    standard = replace(CHANGE, kind=Kind.STANDARD)

    assert (
        RuleSet([replace(anything, when=rule(is_("tier", 3)).when)]).needs(standard, now=FRIDAY)
        == ()
    )


def test_an_opening_ends_where_a_denial_begins():
    rules = RuleSet(
        [
            rule(is_("time", "14:45", "after", zone="UTC")),
            rule(is_("time", "14:40", "after", zone="UTC"), mode=Mode.SHADOW),
            rule(NORMAL),
        ]
    )

    found = rules.shuts(CHANGE, now=FRIDAY, before=FRIDAY + timedelta(hours=1))

    assert list(found) == [datetime(2026, 11, 20, 14, 45, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("some", "words"),
    [
        (
            rule(
                NORMAL,
                {"any": [is_("tier", 2, "at_most"), is_("risk_score", 60, "at_least")]},
                is_("weekday", "friday", zone="Europe/Berlin"),
                is_("time", "14:00", "after", zone="Europe/Berlin"),
                verbs=frozenset({"start"}),
            ),
            "Deny start when kind is normal and (tier is at most 2 or risk is at least 60)"
            " on Fridays after 14:00 Europe/Berlin",
        ),
        (
            rule(is_("weekday", ["friday", "saturday"], "in"), effect=Effect.WARN),
            "Warn at start and deploy when on Fridays and Saturdays in the team’s zone",
        ),
        (
            rule(
                is_("time", "08:00", "after", zone="UTC"),
                is_("time", "17:00", "before", zone="Asia/Tokyo"),
                mode=Mode.SHADOW,
            ),
            "In shadow: deny start and deploy when after 08:00 UTC before 17:00 Asia/Tokyo",
        ),
        (
            rule(is_("category", ["database", "network"], "in"), effect=Effect.REQUIRE),
            "Require the approval of 2 × the CAB when category is database or network",
        ),
        (
            rule(
                {"not": [is_("has_test_plan", True), is_("rollout", "all_at_once", "is_not")]},
                is_("open_incidents", 1, "at_least"),
                is_("author_teams", "sre", "does_not_contain"),
            ),
            "Deny start and deploy when not (it has a test plan or rollout is not all at once)"
            " and open incidents are at least 1 and the author’s teams do not include sre",
        ),
        (
            rule(
                is_("has_rollback_plan", False),
                is_("planned_weekday", "monday", zone="UTC"),
                is_("service", ["a_b", "c"], "not_in"),
                joined="any",
            ),
            "Deny start and deploy when it has no rollback plan or planned day is Monday UTC"
            " or service is not a_b or c",
        ),
    ],
)
def test_a_rule_reads_back_as_a_sentence(some: CustomRule, words: str):
    assert sentence(some) == words


ALWAYS = "It refuses every change, always: its conditions match whatever is asked."
NEVER = "It never matches: its conditions contradict each other."
EMERGENCIES = "It also refuses emergency changes. Unless that is meant, add: kind is not emergency."
NOT_EMERGENCY = is_("kind", "emergency", "is_not")


@pytest.mark.parametrize(
    ("some", "words"),
    [
        (rule(is_("tier", 1, "at_least")), [ALWAYS, EMERGENCIES]),
        (rule(NORMAL, is_("kind", "normal", "is_not"), joined="any"), [ALWAYS, EMERGENCIES]),
        (rule(is_("kind", ["standard", "normal", "emergency"], "in")), [ALWAYS, EMERGENCIES]),
        (rule(is_("time", "00:00", "after")), [ALWAYS, EMERGENCIES]),
        (rule(is_("planned_time", "00:00", "after")), [EMERGENCIES]),
        (rule(is_("tier", 1), is_("tier", 2)), [NEVER]),
        (rule(is_("weekday", "friday"), is_("weekday", "monday")), [NEVER]),
        (rule(is_("weekday", "friday")), [EMERGENCIES]),
        (rule(is_("weekday", "friday"), NOT_EMERGENCY), []),
        (rule(is_("service", "a")), [EMERGENCIES]),
        (rule(is_("service", "a", "is_not"), NOT_EMERGENCY), []),
        (rule(is_("tier", 1), effect=Effect.WARN), []),
        (
            rule(is_("tier", 1, "at_least"), effect=Effect.REQUIRE),
            ["It asks for approval of every change: its conditions match whatever is asked."],
        ),
    ],
)
def test_what_to_beware_of_is_said(some: CustomRule, words: list[str]):
    assert cautions(some) == words


def test_nothing_is_claimed_where_there_is_too_much_to_try():
    many = [is_("service", f"s{n}", "is_not") for n in range(60)]
    other = [is_("team", f"t{n}", "is_not") for n in range(60)]
    more = [is_("revision", f"r{n}", "contains") for n in range(60)]

    assert cautions(rule(*many, *other, *more, NOT_EMERGENCY)) == []
