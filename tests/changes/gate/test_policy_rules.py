"""Policy rules where they count: at submit, at start, at the gate, in what is recorded."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from changes import gate, lifecycle
from changes.gate.examining import examine
from changes.models import GateAnswer, Requirement
from changes.queries.places import places
from changes.rulebook import policy
from changes.states import Kind, State
from ledger.decision import Refused
from ledger.models import Event
from tests.changes.gate.asking import ask
from tests.changes.policies.custom.given import is_
from tests.changes.rulebook.given import always, saved
from tests.living import NINE, at, change_at, file, person, say, settle

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def settled() -> None:
    settle()


SAID = {
    "code": "custom_rule",
    "message": "Nobody is there to help on Friday afternoons.",
    "remedy": "Plan it for Monday.",
    "until": None,
    "source": "policy rule Nothing moves, version 1",
}


def test_an_enforced_denial_stops_the_gate_and_the_start():
    change = change_at(State.SCHEDULED)
    always()

    answer = ask(change=change.ref, minutes=70)
    with pytest.raises(Refused) as refused:
        say("start", change, minutes=70)

    assert answer.decision == "deny"
    assert [reason.as_json() for reason in answer.reasons] == [SAID]
    assert [one.as_json() for one in refused.value.decision.reasons] == [SAID]
    assert GateAnswer.objects.get().reasons == [SAID]


def test_a_shadow_rule_lets_through_and_is_recorded_with_rule_and_version():
    change = change_at(State.SCHEDULED)
    always(mode="shadow")

    answer = ask(change=change.ref, minutes=70)
    say("start", change, minutes=71)

    assert (answer.decision, answer.reasons, answer.warnings) == ("allow", (), ())
    assert GateAnswer.objects.get().would_have == [SAID]
    events = Event.objects.order_by("id")
    assert events.get(verb="gate.allowed").data["would_have"] == [SAID]
    assert events.get(verb="change.started").data["would_have"] == [SAID]
    assert "would_have" not in answer.as_json()


def test_a_warning_is_told_and_recorded():
    change = change_at(State.SCHEDULED)
    always(effect="warn", remedy="")

    answer = ask(change=change.ref, minutes=70)
    say("start", change, minutes=71)

    warned = {**SAID, "remedy": ""}
    assert [one.as_json() for one in answer.warnings] == [warned]
    assert Event.objects.get(verb="change.started").data["warnings"] == [warned]


def test_the_version_that_decided_is_the_newest():
    change = change_at(State.SCHEDULED)
    rule = always()
    assert [one.source for one in ask(change=change.ref, minutes=70).reasons] == [SAID["source"]]
    rule.remedy = "Ask somebody."
    policy.save(rule, actor=person("manager"), now=at(71))

    assert [one.source for one in ask(change=change.ref, minutes=72).reasons] == [
        "policy rule Nothing moves, version 2"
    ]


def test_a_rule_that_was_ended_decides_no_more():
    change = change_at(State.SCHEDULED)
    rule = always()
    assert ask(change=change.ref, minutes=70).decision == "deny"
    rule.is_active = False
    policy.save(rule, actor=person("manager"), now=at(71))

    assert ask(change=change.ref, minutes=72).decision == "allow"


def test_a_denial_for_a_time_is_a_wait_and_says_until_when():
    change = change_at(State.SCHEDULED)
    always(conditions={"all": [is_("time", "10:30", "before", zone="UTC")]})

    answer = ask(change=change.ref, minutes=70)

    assert (answer.decision, answer.next_allowed_at) == ("wait", at(90))


def test_a_permit_ends_where_a_denial_begins():
    change = change_at(State.SCHEDULED)
    always(conditions={"all": [is_("time", "10:30", "after", zone="UTC")]})

    answer = ask(change=change.ref, minutes=70)

    assert (answer.decision, answer.expires_at) == ("allow", at(90))


def test_facts_of_the_change_reach_the_rules():
    change = change_at(State.SCHEDULED, risk="high")
    always(
        conditions={
            "all": [
                is_("risk_score", 60, "at_least"),
                is_("rollout", "all_at_once"),
                is_("category", "database"),
                is_("author_teams", "payments", "contains"),
                is_("has_rollback_plan", True),
                is_("robot", True),
            ]
        }
    )

    answer = ask(service="payments-api", change=change.ref, minutes=70)

    assert [one.code for one in answer.reasons] == ["custom_rule"]


def test_a_requirement_is_asked_beside_those_of_the_approval_rules():
    always(effect="require", authority="change_manager", message="", remedy="", name="Ask")
    change = file()
    say("submit", change, minutes=5)

    asked = Requirement.objects.filter(change=change).values_list("authority", "count", "rule")
    assert list(asked) == [
        ("peer", 1, "Peer review"),
        ("change_manager", 1, "Ask, version 1"),
    ]
    assert Event.objects.get(verb="change.submitted").data["requirements"][-1] == {
        "authority": "change_manager",
        "count": 1,
        "rule": "Ask, version 1",
    }


def test_a_requirement_in_shadow_asks_nobody_and_is_recorded():
    always(effect="require", authority="cab", message="", remedy="", name="Ask", mode="shadow")
    change = file()

    say("submit", change, minutes=5)

    assert Requirement.objects.filter(change=change).count() == 1
    (said,) = Event.objects.get(verb="change.submitted").data["would_have"]
    assert (said["message"], said["source"]) == (
        "It asks for the approval of the CAB.",
        "policy rule Ask, version 1",
    )


def test_submitting_and_closing_are_refused_where_a_rule_says_so():
    always(verbs=["submit", "close"])
    change = file()

    with pytest.raises(Refused) as refused:
        say("submit", change, minutes=5)

    assert refused.value.decision.codes == ("custom_rule",)


def test_breaking_glass_asks_no_custom_rule():
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)
    always()

    say("break_glass", change, minutes=60, reason="It burns.")

    assert lifecycle.locked_facts(ref=change.ref, actor=person("engineer"), now=NINE)


def test_explain_without_a_change_asks_the_rules_of_the_place():
    always(conditions={"all": [is_("environment", "production")]})
    saved(name="Of a change", conditions={"all": [is_("risk_score", 0, "at_least")]})
    question = gate.Question(service="refunds", environment="production")

    found = examine(question, at=at(5), now=at(5), kind="normal", reader=person("engineer"))

    assert [one.source for one in found.verdict.reasons] == ["policy rule Nothing moves, version 1"]
    assert [(one.name, one.holds) for one in found.rules][-1] == (
        "Nothing moves (policy rule, version 1)",
        False,
    )
    rows = places(reader=person("engineer"), now=at(5), limit=5).rows
    assert all(facts.custom_rules for _, row in rows for facts in row)


def test_the_gate_spends_no_statement_on_rules_it_has_read():
    change = change_at(State.SCHEDULED)
    always(conditions={"all": [is_("kind", "emergency")]})
    ask(change=change.ref, minutes=70)

    with CaptureQueriesContext(connection) as queries:
        ask(change=change.ref, minutes=71)

    before_the_record = [q["sql"] for q in queries if "changes_policyrule" in q["sql"]]
    assert before_the_record == []
    assert len([q for q in queries if q["sql"].lstrip().startswith("SELECT")]) <= 2
