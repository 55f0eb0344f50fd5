"""Who may answer an incident: whoever commands it has a vote on its emergency changes."""

import pytest
from django.contrib.auth.models import Group

from catalog.models import Membership, User
from catalog.roles import CAB, CHANGE_MANAGERS, ON_CALL
from incidents import lifecycle, queries
from ledger import timeline
from ledger.decision import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user("stranger")


def test_a_stranger_neither_commands_nor_closes_an_incident(declared, stranger, now):
    ref = declared().ref

    with pytest.raises(Refused) as taking:
        lifecycle.assign_commander(ref=ref, commander=stranger, actor=stranger, now=now)
    with pytest.raises(Refused) as closing:
        lifecycle.close(ref=ref, note="Quiet now.", actor=stranger, now=now)

    assert taking.value.decision.codes == closing.value.decision.codes == ("not_permitted",)
    assert (queries.by_ref(ref).commander, queries.by_ref(ref).state) == (None, "declared")
    assert [event.verb for event in timeline.events_of(subject=ref)] == ["incident.declared"]


def test_who_declared_an_incident_closes_it_but_does_not_command_it(declared, stranger, now):
    ref = declared(actor=stranger).ref

    with pytest.raises(Refused) as taking:
        lifecycle.assign_commander(ref=ref, commander=stranger, actor=stranger, now=now)
    lifecycle.close(ref=ref, note="A false alarm.", actor=stranger, now=now)

    assert taking.value.decision.codes == ("not_permitted",)
    assert queries.by_ref(ref).closed_by == stranger


@pytest.mark.parametrize("role", [ON_CALL, CAB, CHANGE_MANAGERS])
def test_people_of_these_roles_take_command(role, declared, stranger, now):
    stranger.groups.add(Group.objects.get_or_create(name=role)[0])
    ref = declared().ref

    lifecycle.assign_commander(ref=ref, commander=stranger, actor=stranger, now=now)

    assert queries.by_ref(ref).commander == stranger


def test_a_member_of_the_owner_team_takes_command(declared, checkout, stranger, now):
    Membership.objects.create(team=checkout.owner_team, user=stranger)
    ref = declared().ref

    lifecycle.assign_commander(ref=ref, commander=stranger, actor=stranger, now=now)

    assert queries.by_ref(ref).commander == stranger


def test_a_robot_closes_what_it_watches_and_puts_nobody_in_command(declared, oncall, now):
    robot = User.objects.create_user("probe", is_robot=True)
    ref = declared().ref

    with pytest.raises(Refused) as putting:
        lifecycle.assign_commander(ref=ref, commander=oncall, actor=robot, now=now)
    lifecycle.close(ref=ref, note="Checks are green.", actor=robot, now=now)

    assert putting.value.decision.codes == ("not_permitted",)
    assert queries.by_ref(ref).closed_by == robot
