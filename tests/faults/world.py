"""What is asked, and what the gate must say: a matrix whose truth is known beforehand."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from catalog import tokens
from catalog.models import Environment, Service, Team
from changes.states import State
from tests import living
from tests.living import at, change_at, file, person, say, window

SERVICES = 6


@dataclass(frozen=True, slots=True)
class Case:
    """A question, and the one word that is true of it."""

    name: str
    question: dict[str, Any]
    truth: str


@dataclass(frozen=True, slots=True)
class World:
    """Every case, and the secret of whoever asks."""

    cases: list[Case]
    secret: str


def settle() -> World:
    """People, services and changes such that time alone alters nothing for an hour."""
    living.NINE = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=75)
    living.settle()
    team = Team.objects.get(slug="payments")
    for slug in ("frozen", "quiet"):
        Environment.objects.create(slug=slug, name=slug.title(), one_at_a_time="nothing")
    window("Month end", environments=["frozen"])  # and longer than what is planned there
    cases: list[Case] = []
    for number in range(SERVICES):
        Service.objects.create(slug=f"s-{number}", name=f"S {number}", tier=3, owner_team=team)
        cases += _of_service(f"s-{number}")
    _, secret = tokens.issue(
        user=person("ci"), name="faults", scopes=("gate", "changes:read"), now=timezone.now()
    )
    return World(cases, secret)


def _of_service(slug: str) -> list[Case]:
    place = {"service": living.service(slug)}
    open_, held = (change_at(State.SCHEDULED, **place) for _ in range(2))
    unread = change_at(State.AWAITING_APPROVAL, **place)
    planning = file(**place)
    frozen = change_at(State.SCHEDULED, **place, environment=living.environment("frozen"))
    say("hold", held, minutes=20, reason="It waits.")
    ask = {"service": slug, "environment": "production"}
    return [
        Case("approved", {**ask, "change": open_.ref}, "allow"),
        Case("approved, another revision", {**ask, "change": open_.ref, "revision": "bad"}, "deny"),
        Case("held", {**ask, "change": held.ref}, "deny"),
        Case("without its votes", {**ask, "change": unread.ref}, "wait"),
        Case("in planning", {**ask, "change": planning.ref}, "deny"),
        Case("frozen", {**ask, "environment": "frozen", "change": frozen.ref}, "deny"),
        Case("of another place", {**ask, "environment": "quiet", "change": open_.ref}, "deny"),
        Case("never filed", {**ask, "environment": "staging"}, "deny"),
    ]


def to_redeem() -> str:
    """The ref of one more approved change."""
    assert at(60) < timezone.now()
    return change_at(State.SCHEDULED).ref
