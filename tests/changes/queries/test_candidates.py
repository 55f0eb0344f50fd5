"""Who could agree to a change: the same people whichever way they are asked for."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import Group

from catalog.models import User
from catalog.roles import AUDITORS
from changes.policies.facts import Authority
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


@pytest.mark.parametrize("authority", list(Authority))
def test_candidates_are_the_holders_who_are_not_involved(authority):
    involved = [person("engineer").pk]
    holders = agreement.holders(authority, team="payments", commander="stranger")

    found = agreement._candidates(
        authority, commander="stranger", team="payments", involved=involved
    )

    assert found == frozenset(holders.exclude(pk__in=involved).values_list("username", flat=True))


def test_auditors_robots_and_those_who_left_are_no_candidates():
    change = change_at(State.PLANNING)
    facts = replace(living.facts_of(change), risk_level="high")

    found = agreement.for_planning(facts, change=change, now=living.NINE)

    assert found.candidates == {
        "peer": frozenset({"peer"}),
        "service_owner": frozenset(),
        "cab": frozenset({"cab-1"}),
    }
