"""Who could agree to a change: the same people whichever way they are asked for."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import Group

from catalog.models import User
from catalog.roles import AUDITORS
from changes.policies.facts import Authority, Need
from changes.queries import agreement
from changes.states import State
from tests import living
from tests.living import change_at, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def settled() -> None:
    living.settle()
    person("owner").groups.add(Group.objects.get(name=AUDITORS))
    User.objects.filter(username="cab-2").update(is_active=False)
    User.objects.filter(username="peer-2").update(is_robot=True)


WHO = {
    Need(Authority.PEER, 1, "r"): {"peer"},
    Need(Authority.SERVICE_OWNER, 1, "r"): set(),
    Need(Authority.CAB, 1, "r"): {"cab-1"},
    Need(Authority.CHANGE_MANAGER, 1, "r"): {"manager"},
    Need(Authority.ECAB, 1, "r"): {"cab-1", "oncall", "stranger"},
    Need(Authority.GROUP, 1, "r", group="DBA"): {"peer"},
    Need(Authority.PEOPLE, 1, "r", people=frozenset({"manager", "cab-2", "ci"})): {"manager"},
}


@pytest.mark.parametrize("need", WHO, ids=lambda need: need.key)
def test_those_who_hold_an_authority_and_are_not_involved_could_vote(need):
    dba = Group.objects.create(name="DBA")
    dba.user_set.add(*User.objects.filter(username__in=["engineer", "peer", "peer-2", "owner"]))
    involved = [person("engineer").pk]

    could = agreement.who_could(
        [need], team="payments", commander="stranger", involved=involved, now=living.NINE
    )

    assert could.vote == {need.key: frozenset(WHO[need])}


def test_everybody_who_holds_an_authority_counts_for_a_share_of_them():
    peers = Need(Authority.PEER, 1, "r")

    could = agreement.who_could(
        [peers], team="payments", involved=[person("engineer").pk], now=living.NINE
    )

    assert could.holders == {"peer": 2}


def test_auditors_robots_and_those_who_left_are_no_candidates():
    change = change_at(State.PLANNING)
    facts = replace(living.facts_of(change), risk_level="high")

    found = agreement.for_planning(facts, change=change, now=living.NINE)

    assert found.candidates == {
        "peer": frozenset({"peer"}),
        "service_owner": frozenset(),
        "cab": frozenset({"cab-1"}),
    }
