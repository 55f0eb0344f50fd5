"""Trying again what failed, while others close it or take its place: one of them wins."""

import pytest

from changes import deployments, gate
from changes.states import State
from tests import living
from tests.changes.test_races import Attempt, at_once, doing, settled_for_all, voting
from tests.living import at, change_at, fresh, person, verbs_of

__all__ = ["settled_for_all"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_what_failed_begins_anew_once_and_never_after_it_was_closed() -> None:
    change = change_at(State.SCHEDULED)
    question = gate.Question("refunds", "production", change=change.ref)
    robot = person("ci")

    def deploying(permit: str, *, minutes: int, status: str = "started") -> Attempt:
        told = deployments.Report(status=status, at=at(minutes), permit=permit)
        return lambda: deployments.report(told, actor=robot, now=at(minutes))

    first = gate.ask(question, actor=robot, now=at(60)).permit
    for status in ("started", "failed"):
        deploying(first, minutes=61, status=status)()
    living.say("review", change, minutes=62, text="The image was gone.")
    second = gate.ask(question, actor=robot, now=at(63)).permit

    ends = at_once(
        *[deploying(second, minutes=64)] * 2,
        doing("close", change, outcome="failed", note="So it is."),
    )

    retried = verbs_of(change.ref).count("change.retried")
    if ends[2] is None:
        assert (fresh(change).state, retried) == ("closed", 0)
        assert ends[:2] == [("wrong_state",)] * 2
    else:
        assert (fresh(change).state, retried) == ("implementing", 1)
        assert sorted(ends, key=str) == [("permit_used",), ("wrong_state",), None]


def test_a_place_is_taken_by_one_of_who_begins_anew_and_who_is_scheduled_at_once() -> None:
    living.one_at_a_time()
    change = change_at(State.IMPLEMENTING)
    robot = person("ci")
    told = deployments.Report(status="failed", at=at(61), change=change.ref)
    deployments.report(told, actor=robot, now=at(61))
    other = change_at(State.AWAITING_APPROVAL)

    ends = at_once(doing("retry", change), voting(other, by="peer"))

    assert sorted(ends, key=str) == [("conflict",), None]
    assert fresh(change).state == ("implementing" if ends[0] is None else "validating")
