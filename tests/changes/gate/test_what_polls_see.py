"""Everything a decision rests on is seen at the next poll, and nothing else is."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from catalog import tokens
from catalog.models import ApiToken, Environment, Service, User
from changes import permits
from changes.gate import watching
from changes.models import (
    Change,
    EnvironmentLock,
    QueuePlace,
    Vote,
    Window,
)
from changes.states import State
from ledger import keys
from tests.changes.gate.asking import ask
from tests.changes.gate.polled import poll, quick, waiting
from tests.changes.gate.queueing import room_for
from tests.changes.rulebook.given import always
from tests.living import (
    at,
    change_at,
    incident,
    one_at_a_time,
    person,
    say,
    service,
    window,
)

pytestmark = pytest.mark.usefixtures("settled", "token", "begun")


def extend(change: Change) -> None:
    Window.objects.filter(name="Audit").update(ends_at=at(110))


def lock(change: Change) -> None:
    EnvironmentLock.objects.create(
        environment=change.environment,
        locked_by=person("manager"),
        reason="A game day.",
        locked_at=at(60),
        until=at(90),
    )


def begin_another(change: Change) -> None:
    other = change_at(State.SCHEDULED, revision="other")
    Window.objects.filter(name="Audit").update(is_active=False)
    say("start", other, minutes=60)
    Window.objects.filter(name="Audit").update(is_active=True)
    one_at_a_time()


def fill(change: Change) -> None:
    begin_another(change)
    one_at_a_time("nothing")
    room_for(1)


# What is written → what the present answer is.
CHANGES: dict[str, tuple[Callable[[Change], Any], str]] = {
    "the freeze is lifted": (
        lambda _: Window.objects.filter(name="Audit").update(is_active=False),
        "allow",
    ),
    "the freeze is extended": (extend, "wait"),
    "another freeze is declared": (lambda _: window("Sale", starts=0, ends=95), "wait"),
    "a freeze that only warns is declared": (
        lambda _: window("Sale", starts=0, ends=95, level="warn"),
        "wait",
    ),
    "the environment is closed": (
        lambda _: Environment.objects.update(default="closed"),
        "deny",
    ),
    "the service is retired": (lambda _: Service.objects.update(is_active=False), "deny"),
    "an incident is declared": (lambda _: incident(severity=1), "deny"),
    "a policy rule is published": (lambda _: always(), "deny"),
    "a policy rule is tried out": (lambda _: always(mode="shadow"), "wait"),
    "the change is held": (lambda one: say("hold", one, minutes=61, reason="Look first."), "deny"),
    "the change is revised": (lambda one: say("revise", one, minutes=61), "deny"),
    "the change is cancelled": (
        lambda one: say("cancel", one, minutes=61, reason="It is not needed."),
        "deny",
    ),
    "a plan is emptied behind our back": (
        lambda one: Change.objects.filter(pk=one.pk).update(rollback_plan=" "),
        "deny",
    ),
    "a vote is withdrawn behind our back": (lambda _: Vote.objects.update(round=7), "deny"),
    "the planned period is moved": (
        lambda one: Change.objects.filter(pk=one.pk).update(planned_start_at=at(120)),
        "wait",
    ),
    "the environment is locked": (lock, "wait"),
    "another change runs there": (begin_another, "wait"),
    "the environment is full": (fill, "wait"),
    "the signing key is rotated": (lambda _: keys.rotate(purpose=permits.PURPOSE, now=at(61)), ""),
    "the token is revoked": (lambda _: ApiToken.objects.update(revoked_at=at(61)), ""),
    "the token loses its scope": (lambda _: ApiToken.objects.update(scopes=["changes:read"]), ""),
    "the token reaches less": (lambda _: ApiToken.objects.update(services=["other"]), ""),
    "whoever asked leaves": (
        lambda _: User.objects.filter(username="ci").update(is_active=False),
        "",
    ),
    "the run asks elsewhere and is told something else": (
        lambda _: ask(revision="4f1c2d9", run_id="77", artifact="sha256:other", minutes=61.1),
        "",
    ),
}


def test_whatever_changes_the_answer_is_seen_at_the_next_poll() -> None:
    window("Audit", starts=0, ends=100)
    change = change_at(State.SCHEDULED)
    answer = ask(revision="4f1c2d9", run_id="77")
    found = {}

    for what, (write, _) in CHANGES.items():
        with transaction.atomic():
            watching.forget_all()
            first = poll(answer, minutes=61)
            assert quick(answer, minutes=61.1) is not None, what
            write(change)
            seen = quick(answer, minutes=61.2) is None
            again = poll(answer, minutes=61.2) if CHANGES[what][1] else None
            found[what] = (
                seen,
                again.answer.decision if again else "",
                again is None or again.tag != first.tag,
            )
            transaction.set_rollback(True)

    assert found == {what: (True, word, True) for what, (_, word) in CHANGES.items()}


OTHERS: dict[str, Callable[[], Any]] = {
    "another token is issued": lambda: tokens.issue(
        user=person("ci"), name="other", scopes=["gate"], now=at(61)
    ),
    "the token is used": lambda: ApiToken.objects.update(last_used_at=at(61)),
    "another service has a change": lambda: change_at(
        State.SCHEDULED, revision="other", service=service("payments-api")
    ),
    "another service is frozen": lambda: window("Sale", starts=0, ends=99, services=["search"]),
    "another service has an incident": lambda: incident(severity=1, on="payments-api"),
    "somebody asks about another revision": lambda: ask(revision="nobody's", run_id="5"),
    "somebody joins the others": lambda: User.objects.create(username="new"),
    "somebody else who waits there leaves": lambda: QueuePlace.objects.filter(
        run_id="before"
    ).update(left_at=at(61), left_because="cancelled"),
    "another environment is full": lambda: Environment.objects.filter(slug="staging").update(
        max_running=1
    ),
}


def test_nothing_else_has_anything_decided_again() -> None:
    before = change_at(State.SCHEDULED, revision="before", service=service("payments-api"))
    ask(change=before.ref, service="payments-api", run_id="before", minutes=10)
    _, answer = waiting()
    found = {}

    for what, write in OTHERS.items():
        with transaction.atomic():
            poll(answer, minutes=61)
            write()
            found[what] = quick(answer, minutes=61.2) is not None
            transaction.set_rollback(True)

    assert found == dict.fromkeys(OTHERS, True)
