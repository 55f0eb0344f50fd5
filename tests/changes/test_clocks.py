"""Clocks after an emergency: told before, told when they run out, each once; and they bite."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from catalog.models import User
from changes import clocks, gate
from changes.models import Change, ClockNotice
from changes.queries import owed, row_digest
from changes.queries.back_then import as_it_was
from changes.states import Kind, State
from incidents.models import Incident
from ledger.models import Letter
from tests.living import (
    at,
    change_at,
    events_of,
    facts_of,
    file,
    fresh,
    person,
    say,
    settle,
    verbs_of,
    vote,
)

HOUR, DAY = 60, 24 * 60


def broken(**given: Any) -> Change:
    """An emergency change that broke glass at nine."""
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY, **given)
    say("break_glass", change, by="oncall", minutes=0, reason="Refunds are lost.")
    Incident.objects.update(severity=3)
    return change


def finished() -> Change:
    """An emergency change that was approved, and finished at 90 minutes past nine."""
    change = change_at(State.VALIDATING, kind=Kind.EMERGENCY)
    Incident.objects.update(severity=3)
    return change


def tick(minutes: float) -> int:
    return clocks.tick(now=at(minutes), limit=10)


def asked(minutes: float) -> list[tuple[str, str, str]]:
    """Code, message and remedy of what the gate says of another change of the service."""
    question = gate.Question("refunds", "production", revision="other")
    answer = gate.ask(question, actor=person("ci"), now=at(minutes))
    return [(r.code, r.message, r.remedy) for r in answer.reasons if r.code != "no_change"]


def test_four_hours_before_the_votes_are_due_somebody_is_reminded_once(settled: None) -> None:
    change = broken()

    told = [tick(minutes) for minutes in (20 * HOUR - 1, 20 * HOUR, 20 * HOUR + 1, DAY)]

    assert told == [0, 1, 0, 0]
    event = events_of(change.ref)[-1]
    assert (event.verb, event.actor, event.at) == (
        "change.votes_due_soon",
        "tidegate",
        at(20 * HOUR),
    )
    assert event.data == {
        "title": "Retry refunds",
        "state": "implementing",
        "due_at": "2026-11-19T09:00:00Z",
        "note": "Retroactive votes are due Thu 19 Nov 10:00 CET; from then on the gate will hold "
        "the other changes of refunds.",
        "could_vote": ["cab-1", "cab-2"],
        "row_digest": row_digest(fresh(change)),
    }


def test_the_breach_is_told_once_and_names_who_can_vote(settled: None) -> None:
    change = broken()
    tick(20 * HOUR)

    told = [tick(minutes) for minutes in (DAY, DAY + 0.001, DAY + 1, 3 * DAY)]

    assert told == [0, 1, 0, 0]
    event = events_of(change.ref)[-1]
    assert (event.verb, event.data["note"], event.data["could_vote"]) == (
        "change.votes_overdue",
        "Retroactive votes were due Thu 19 Nov 10:00 CET: the gate holds the other changes of "
        "refunds.",
        ["cab-1", "cab-2"],
    )


def test_a_reminder_that_was_missed_until_the_breach_is_left_out(settled: None) -> None:
    change = broken()

    tick(2 * DAY)

    assert verbs_of(change.ref)[-2:] == ["change.glass_broken", "change.votes_overdue"]


def test_votes_that_came_in_time_are_told_of_no_more(settled: None) -> None:
    change = broken()
    vote(change, by="cab-1", minutes=60)

    assert tick(2 * DAY) == 0
    assert ClockNotice.objects.count() == 0


def test_who_could_vote_is_written_to_with_their_link(settled: None) -> None:
    for name in ("cab-1", "cab-2", "oncall", "engineer"):
        User.objects.filter(username=name).update(email=f"{name}@example.org")
    change = broken()
    before = Letter.objects.count()

    tick(20 * HOUR)

    letters = list(Letter.objects.order_by("id")[before:])
    assert [one.to.username for one in letters] == ["cab-1", "cab-2"]
    assert letters[0].heading == f"{change.ref} is due soon: your vote on Retry refunds"
    assert "/votes/" in letters[0].words
    assert letters[0].words.splitlines()[:2] == [
        f"{change.ref} (Retry refunds) was started before it was approved.",
        "Its retroactive votes are due Thu 19 Nov 09:00 UTC. The gate then holds the other changes "
        "of refunds until somebody gives them.",
    ]


def test_overdue_votes_hold_the_service_and_say_who_can_vote(settled: None) -> None:
    change = broken()

    assert asked(DAY) == []
    assert asked(DAY + 1) == [
        (
            "review_overdue",
            f"{change.ref} started without approval on refunds and its retroactive votes were due "
            "Thu 19 Nov 10:00 CET.",
            f"Ask cab-1 or cab-2 to vote on {change.ref}.",
        )
    ]


def test_an_overdue_review_holds_the_service_until_it_is_written(settled: None) -> None:
    change = finished()
    due = 90 + 3 * DAY

    before, after = asked(due), asked(due + 1)
    say("review", change, minutes=due + 2, text="A queue ran full.")

    assert before == []
    assert after == [
        (
            "review_overdue",
            f"{change.ref} has happened on refunds and its review was due Sat 21 Nov 11:30 CET.",
            f"Ask engineer or another member of the owner team to write the review of "
            f"{change.ref}.",
        )
    ]
    assert asked(due + 3) == []


def test_the_change_that_owes_is_not_held_by_what_it_owes(settled: None) -> None:
    change = finished()

    late = facts_of(change, minutes=90 + 3 * DAY + 1)

    assert [(one.ref, one.owes) for one in late.overdue_reviews] == [(change.ref, "review")]
    say("review", change, minutes=90 + 3 * DAY + 2, text="A queue ran full.")


def test_the_review_is_reminded_of_a_day_before_and_told_when_late(settled: None) -> None:
    User.objects.filter(username="engineer").update(email="engineer@example.org")
    change = finished()
    due = 90 + 3 * DAY

    told = [tick(minutes) for minutes in (due - DAY - 1, due - DAY, due, due + 1, due + 2)]

    assert told == [0, 1, 0, 1, 0]
    assert verbs_of(change.ref)[-2:] == ["change.review_due_soon", "change.review_overdue"]
    soon, late = Letter.objects.order_by("id")
    assert (soon.heading, late.heading) == (
        f"{change.ref} is due soon: its review on Retry refunds",
        f"{change.ref} is overdue: its review on Retry refunds",
    )
    assert f"/changes/{change.ref}#verb-review" in late.words


def test_a_normal_change_owes_no_review_that_holds(settled: None) -> None:
    change = change_at(State.VALIDATING)

    assert (tick(30 * DAY), owed.of_change(change), asked(30 * DAY)) == (0, [], [])


def test_what_was_owed_then_is_known_afterwards(settled: None) -> None:
    change = broken()
    other = file(planned_end_at=at(9 * DAY))
    vote(change, by="cab-1", minutes=2 * DAY)
    facts = facts_of(other, minutes=3 * DAY)

    late, in_time = (as_it_was(facts, at=at(DAY + more))[0].overdue_reviews for more in (60, 0))

    assert ([one.ref for one in late], in_time) == ([change.ref], ())
    assert as_it_was(facts, at=at(3 * DAY))[0].overdue_reviews == ()


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_of_it_once() -> None:
    settle()
    change = broken()

    def work(_: int) -> int:
        try:
            return tick(2 * DAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        told = sum(pool.map(work, range(2)))

    assert (told, verbs_of(change.ref).count("change.votes_overdue")) == (1, 1)
