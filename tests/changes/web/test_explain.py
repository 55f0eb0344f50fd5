"""Explain: every rule, yes or no, why, and who could help."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from changes import gate
from changes.models import GateAnswer, Window
from changes.policies.one_by_one import one_by_one
from changes.policies.verbs import RULES
from changes.states import State
from tests import living
from tests.living import change_at, person, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
Browser = Callable[[str], Client]
HOUR = timedelta(hours=1)
MAJOR = "While a SEV-1 or SEV-2 is open on it or what it needs, only changes that answer it start"
REFUNDS = {"service": "refunds", "environment": "production"}


def explained(client: Client, **asked: Any) -> dict[str, Any]:
    response = client.get("/gate/explain", REFUNDS | asked)
    assert response.status_code == 200, response.context["form"].errors
    context = response.context
    return {name: context.get(name) for name in ("answer", "rules", "at", "change")}


def refused(found: dict[str, Any]) -> dict[str, tuple[list[str], str]]:
    """Rule → (codes, who) of the rules that do not hold."""
    return {
        rule.name: ([reason.code for reason in rule.reasons], rule.who)
        for rule in found["rules"]
        if not rule.passed
    }


def freeze(**given: Any) -> Window:
    now = timezone.now()
    period = {"starts_at": now - HOUR, "ends_at": now + HOUR}
    return Window.objects.create(**({"name": "Audit"} | period | given))


def test_first_it_only_asks(signed_in: Browser):
    response = signed_in("stranger").get("/gate/explain")

    assert response.context["asked"] is False
    assert "Pick a service and an environment." in response.content.decode()


def test_where_nothing_is_in_the_way_every_rule_holds(signed_in: Browser):
    found = explained(signed_in("stranger"))

    assert (found["answer"]["decision"], found["answer"]["headline"]) == (
        "allow",
        "Every rule holds.",
    )
    assert [rule.name for rule in found["rules"]] == [
        "No blocking freeze covers this instant",
        "An environment that is closed by default opens only in maintenance windows",
        MAJOR,
        "Once the error budget of a service is spent, normal changes wait until it has recovered",
        "While a retroactive approval or review is late, the service's other changes wait",
        "Nobody has taken the environment for something else",
    ]
    assert refused(found) == {}


def test_what_is_in_the_way_comes_first_with_who_could_help(signed_in: Browser):
    window = freeze()
    incident = living.incident(1)

    found = explained(signed_in("stranger"))

    assert refused(found) == {
        "No blocking freeze covers this instant": (["freeze_active"], "manager"),
        MAJOR: (["incident_open"], "oncall"),
    }
    assert [rule.passed for rule in found["rules"]] == [False, False, True, True, True, True]
    assert found["answer"]["decision"] == "deny"
    assert found["answer"]["headline"] == "2 things are in the way."
    assert sorted(found["answer"]["who"]) == ["manager", "oncall"]
    html = signed_in("stranger").get("/gate/explain", REFUNDS).content.decode()
    assert window.name in html
    assert incident.ref in html


def test_any_instant_can_be_asked_in_the_readers_zone(signed_in: Browser):
    reader = person("stranger")
    reader.time_zone = "Europe/Amsterdam"
    reader.save()
    client = signed_in("stranger")
    window = freeze(starts_at=timezone.now() + HOUR, ends_at=timezone.now() + 3 * HOUR)
    assert window.starts_at is not None

    now = explained(client)
    local = (window.starts_at + HOUR).astimezone(ZoneInfo("Europe/Amsterdam"))
    then = explained(client, at=f"{local:%Y-%m-%dT%H:%M}")

    assert (now["answer"]["decision"], then["answer"]["decision"]) == ("allow", "wait")
    assert then["at"] == local.replace(second=0, microsecond=0)
    assert then["answer"]["next_allowed_at"] == window.ends_at


def test_emergency_changes_skip_the_calendar(signed_in: Browser):
    freeze()

    found = explained(signed_in("stranger"), kind="emergency")

    assert found["answer"]["decision"] == "allow"


def test_with_a_change_every_rule_of_a_deployment_is_asked(signed_in: Browser):
    change = change_at(State.AWAITING_APPROVAL, risk="medium")
    living.vote(change, by="peer")

    found = explained(signed_in("stranger"), change=change.ref.lower())

    assert found["change"] == change.ref
    assert len(found["rules"]) == len(RULES["deploy"]) + 2
    assert refused(found) == {
        "Every requirement is filled on this very plan, while there is something to wait for": (
            ["approvals_missing"],
            "owner",
        )
    }
    assert found["answer"]["who"] == ["owner"]


def test_a_held_change_names_who_holds_it(signed_in: Browser):
    change = change_at(State.SCHEDULED)
    say("hold", change, by="owner", minutes=20, reason="The vendor is down.")

    found = explained(signed_in("stranger"), change=change.ref)

    assert refused(found)["A held change does not move"] == (
        ["on_hold"],
        "owner, engineer, peer, peer-2",
    )


def test_a_change_for_another_service_is_told(signed_in: Browser):
    change = change_at(State.SCHEDULED)

    found = explained(signed_in("stranger"), service="payments-api", change=change.ref)

    name = "The change is the one for this service and environment"
    assert refused(found)[name] == (["no_change"], "owner, engineer, peer, peer-2")


def test_an_unknown_change_is_told(signed_in: Browser):
    found = explained(signed_in("stranger"), change="CHG-999999")

    assert found["answer"]["decision"] == "deny"
    assert ["no_change"] in [codes for codes, _ in refused(found).values()]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"service": "refund"}, "There is no service refund. Did you mean refunds?"),
        ({"service": ""}, "Name the service."),
        ({"change": "INC-1"}, "Give a ref, such as CHG-12, or leave it out."),
        ({"at": "soon"}, "Give a day and a time, such as 2026-11-23 09:00."),
        ({"at": "0001-01-01T00:00"}, "Give a time from 2000 to 2199."),
        ({"at": "9999-12-31T23:59"}, "Give a time from 2000 to 2199."),
    ],
)
def test_a_mistyped_question_is_told_beside_its_field(
    wrong: dict[str, str], sentence: str, signed_in: Browser
):
    response = signed_in("stranger").get("/gate/explain", REFUNDS | wrong)

    assert response.status_code == 422
    assert response.context["form"].errors == {next(iter(wrong)): [sentence]}


@pytest.mark.parametrize("wrong", [{"environment": "moon"}, {"kind": "odd"}])
def test_an_unknown_choice_is_refused(wrong: dict[str, str], signed_in: Browser):
    response = signed_in("stranger").get("/gate/explain", REFUNDS | wrong)

    assert list(response.context["form"].errors) == list(wrong)


@pytest.mark.parametrize("state", [state for state in State if state is not State.CANCELLED])
def test_it_says_what_the_gate_says(state: State, signed_in: Browser):
    change = change_at(state)
    question = gate.Question(**REFUNDS, change=change.ref)

    found = explained(signed_in("auditor"), change=change.ref)
    answer = gate.examine(
        question, at=found["at"], now=found["at"], kind="normal", reader=person("ci")
    ).answer

    shown = {reason.code for rule in found["rules"] for reason in rule.reasons}
    assert found["answer"]["decision"] == answer.decision
    assert shown == {reason.code for reason in answer.reasons}


def test_nothing_is_recorded(signed_in: Browser):
    change = change_at(State.SCHEDULED)
    before = living.written()

    explained(signed_in("stranger"), change=change.ref)

    assert living.written() == before
    assert GateAnswer.objects.count() == 0


@pytest.mark.parametrize("verb", ["explain", "deploy"])
def test_every_rule_has_a_name_to_show(verb: str):
    facts = living.facts_of(change_at(State.SCHEDULED))

    names = [rule.name for rule in one_by_one(verb, facts, now=living.at(70))]

    assert len(set(names)) == len(names)
    assert all(name and not name.endswith(".") and name != "None" for name in names)


def test_who_has_not_signed_in_is_sent_to_the_door(client: Client):
    assert client.get("/gate/explain")["Location"] == "/sign-in?next=/gate/explain"
