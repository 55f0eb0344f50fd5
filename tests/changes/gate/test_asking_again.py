"""A run that asks again: told the same while it holds, recorded once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from changes import gate
from changes.gate import Question
from changes.models import GateAnswer, Window
from changes.states import State
from tests import living
from tests.changes.gate.asking import SUBJECT, ask, claims, codes, report_started, revoke
from tests.changes.gate.queueing import place_of
from tests.living import at, change_at, file, fresh, incident, person, say, verbs_of, window

RUN = {"revision": "4f1c2d9", "run_id": "77"}


def test_a_run_that_asks_again_is_given_the_same_permit_and_recorded_once(settled: None) -> None:
    change_at(State.SCHEDULED)

    first, again = ask(**RUN), ask(**RUN, minutes=61)

    assert (again.decision, again.id, again.permit) == ("allow", first.id, first.permit)
    assert (again.expires_at, again.next_allowed_at) == (first.expires_at, first.next_allowed_at)
    assert (first.is_new, again.is_new) == (True, False)
    assert verbs_of(SUBJECT) == ["gate.allowed"]
    row = GateAnswer.objects.get()
    assert (str(row.pk), row.number, row.run_id) == (first.id, 1, "77")


def test_a_run_that_waits_is_recorded_once_and_keeps_its_place(settled: None) -> None:
    change = change_at(State.AWAITING_APPROVAL)

    first, again = ask(**RUN), ask(**RUN, minutes=62)

    assert (first.decision, again.id, again.place) == ("wait", first.id, first.place)
    assert verbs_of(SUBJECT) == ["gate.waited"]
    assert place_of(change).asked_at == at(62)


@pytest.mark.parametrize(
    "other",
    [
        {"run_id": "78"},
        {"run_id": "77", "attempt": 2},
        {"run_id": ""},
        {"by": "engineer"},
        {"artifact": "sha256:ab"},
        {"revision": "other"},
    ],
)
def test_another_run_try_or_asker_is_told_something_of_its_own(
    other: dict[str, Any], settled: None
) -> None:
    change_at(State.SCHEDULED)

    first, second = ask(**RUN), ask(**{**RUN, **other}, minutes=61)

    assert first.id != second.id
    assert GateAnswer.objects.count() == 2


def test_who_names_no_run_is_told_something_new_each_time(settled: None) -> None:
    change_at(State.SCHEDULED)

    ids = {ask(revision="4f1c2d9").id for _ in range(2)}

    assert len(ids) == 2


def freeze() -> None:
    window("Sale", starts=0, ends=100)


def freeze_soon() -> None:
    window("Sale", starts=90, ends=100)


def warn() -> None:
    window("Sale", starts=0, ends=100, level="warn")


SITUATIONS = {
    "a freeze holds": (freeze, "wait"),
    "a freeze begins before the permit would end": (freeze_soon, "allow"),
    "a freeze that warns": (warn, "allow"),
    "an incident is open": (lambda: incident(severity=1), "deny"),
}


@pytest.mark.parametrize("what", SITUATIONS)
def test_what_has_changed_is_a_new_decision(what: str, settled: None) -> None:
    change_at(State.SCHEDULED)
    first = ask(**RUN)
    write, word = SITUATIONS[what]
    write()

    second = ask(**RUN, minutes=61)

    assert (second.decision, second.is_new) == (word, True)
    assert [row.number for row in GateAnswer.objects.order_by("at")] == [1, 2]
    assert first.id != second.id
    Window.objects.filter(name="Sale").update(is_active=False)


def test_what_became_so_again_is_a_new_decision_and_not_the_first(settled: None) -> None:
    change_at(State.SCHEDULED)
    freeze()
    waited = ask(**RUN)
    Window.objects.filter(name="Sale").update(is_active=False)
    ask(**RUN, minutes=61)
    Window.objects.filter(name="Sale").update(is_active=True)

    again = ask(**RUN, minutes=62)

    assert (again.decision, again.is_new) == ("wait", True)
    assert again.id != waited.id
    assert verbs_of(SUBJECT) == ["gate.waited", "gate.allowed", "gate.waited"]


def test_a_permit_that_ended_is_not_given_again(settled: None) -> None:
    change_at(State.SCHEDULED)
    first = ask(**RUN)
    assert ask(**RUN, minutes=119.9).id == first.id

    second = ask(**RUN, minutes=120)

    assert (second.decision, second.is_new, second.expires_at) == ("allow", True, at(180))


def test_a_permit_that_was_used_is_not_given_again(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    first = ask(**RUN)
    report_started(first.permit, minutes=61)

    second = ask(**RUN, minutes=62)

    assert fresh(change).state == "implementing"
    assert (second.decision, second.is_new) == ("allow", True)
    assert claims(second)["jti"] == second.id != first.id


def test_a_permit_that_was_revoked_is_not_given_again(settled: None) -> None:
    change_at(State.SCHEDULED)
    first = ask(**RUN)
    revoke(first, minutes=61)

    second = ask(**RUN, minutes=62)

    assert (second.decision, second.is_new) == ("allow", True)
    assert claims(second)["jti"] == second.id != first.id


def test_a_server_whose_clock_is_behind_says_the_same(settled: None) -> None:
    change_at(State.SCHEDULED, revision="4f1c2d9")

    first, behind = ask(**RUN, minutes=70), ask(**RUN, minutes=69)

    assert (behind.id, behind.permit) == (first.id, first.permit)


def test_asking_again_costs_no_statement_more(settled: None) -> None:
    change_at(State.SCHEDULED)
    ask(**RUN)
    robot = person("ci")

    with CaptureQueriesContext(connection) as asked:
        gate.ask(Question("refunds", "production", **RUN), actor=robot, now=at(61))

    assert [query["sql"].split()[0] for query in asked.captured_queries] == ["SELECT", "WITH"]


@pytest.mark.django_db(transaction=True)
def test_two_that_ask_at_once_for_one_run_are_told_one_thing() -> None:
    living.settle()
    change_at(State.SCHEDULED)
    robot = person("ci")

    def one(_: int) -> str:
        try:
            return gate.ask(Question("refunds", "production", **RUN), actor=robot, now=at(60)).id
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        told = set(pool.map(one, range(18)))

    assert len(told) == GateAnswer.objects.count() == 1
    assert verbs_of(SUBJECT) == ["gate.allowed"]


def test_a_denial_is_told_again_too(settled: None) -> None:
    change = file(rollback_plan="  ")

    first, again = ask(**RUN), ask(**RUN, minutes=61)
    say("cancel", change, minutes=62, reason="It is not needed.")
    third = ask(**RUN, minutes=63)

    assert (first.decision, again.id) == ("deny", first.id)
    assert (codes(third), third.is_new) == (["no_change"], True)
