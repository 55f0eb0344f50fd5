"""Meetings are planned, their agendas filled by filter, and closed before they begin."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from changes.meetings import boards
from changes.models import AgendaItem, Board, Meeting, Minute
from changes.queries import meetings as found
from config.recorded_rows import ROWS
from ledger import verify
from ledger.decision import Refused
from ledger.models import Event, Letter
from tests import living
from tests.changes.meetings.convened import (
    NOON,
    WEEK,
    board,
    everybody_has_mail,
    first,
    in_session,
    risky,
    tell,
    tick,
)
from tests.living import State, at, change_at, events_of, person, say, verbs_of

pytestmark = pytest.mark.usefixtures("settled")


def refs(meeting: Meeting) -> list[str]:
    return [item.change.ref for item in meeting.items.order_by("position")]


def test_meetings_of_the_next_three_weeks_are_rows_and_planned_once():
    weekly = board()

    assert [tick(1) > 0, tick(2)] == [True, 0]

    starts = list(Meeting.objects.order_by("starts_at").values_list("starts_at", flat=True))
    assert starts == [at(NOON), at(NOON + WEEK), at(NOON + 2 * WEEK)]
    assert first().closes_at == at(NOON - 60)
    assert verbs_of(first().ref) == ["meeting.planned"]
    shown = boards.next_times(weekly, now=at(0))
    assert (len(shown), shown[0].starts_at) == (10, at(NOON))


def test_a_meeting_keeps_its_wall_time_over_a_clock_change():
    amsterdam = board(time_zone="Europe/Amsterdam", recurrence="FREQ=DAILY")

    times = [
        one.starts_at.hour for one in found.times(amsterdam, after=at(0), until=at(250 * 1440))
    ]

    assert set(times) == {10, 11}


def test_what_fits_the_filter_is_added_by_itself_until_the_agenda_closes():
    board(kinds=["normal"], environments=["production"], teams=["payments"])
    inside = risky()
    change_at(State.AWAITING_APPROVAL)  # low risk
    risky(environment=living.environment("staging"))
    tick(1)
    assert refs(first()) == [inside.ref]

    second = risky()
    tick(NOON - 61)
    tick(NOON - 60)
    late = risky()
    tick(NOON - 59)

    assert (first().state, refs(first())) == ("agenda_closed", [inside.ref, second.ref])
    assert first().closed_at == at(NOON - 60)
    assert verbs_of(first().ref) == [
        "meeting.planned",
        "meeting.filled",
        "meeting.filled",
        "meeting.agenda_closed",
    ]
    assert late.ref in refs(Meeting.objects.order_by("starts_at")[1])
    assert "meeting.filled" in [event.verb for event in about(inside.ref)]


def about(ref: str) -> list[Event]:
    return list(Event.objects.filter(about__contains=[ref]).order_by("id"))


@pytest.mark.parametrize(
    ("given", "there"),
    [
        ({}, True),
        ({"risk_at_least": "low"}, True),
        ({"kinds": ["emergency"]}, False),
        ({"environments": ["staging"]}, False),
        ({"teams": ["payments"]}, True),
        ({"within_days": 1}, True),
    ],
)
def test_the_filter_says_what_stands_on_it(given: dict[str, Any], there: bool):
    board(**given)
    risky()

    tick(1)

    assert (len(refs(first())) == 1) == there


def test_a_change_stands_on_one_agenda_ahead_and_on_none_when_it_asks_for_nothing():
    board()
    change, gone = risky(), risky()
    tick(1)
    tick(2)
    assert [refs(one) for one in Meeting.objects.order_by("starts_at")] == [
        [change.ref, gone.ref],
        [],
        [],
    ]
    say("cancel", gone, minutes=3, reason="It is not needed.")

    tick(NOON - 60)

    outcomes = dict(first().items.values_list("change", "outcome"))
    assert outcomes == {change.pk: "", gone.pk: "withdrawn"}
    assert events_of(first().ref)[-1].data["withdrawn"] == [gone.ref]


def test_what_is_planned_later_than_the_board_looks_waits_for_a_later_meeting():
    board(within_days=1)
    far = risky(planned_start_at=at(NOON + 3 * 1440), planned_end_at=at(NOON + 3 * 1440 + 60))

    tick(1)

    assert refs(first()) == []
    assert refs(Meeting.objects.order_by("starts_at")[1]) == [far.ref]


def test_members_get_the_agenda_by_mail():
    everybody_has_mail()
    board()
    change = risky()
    tick(1)
    tick(NOON - 60)

    letters = Letter.objects.order_by("to__username").filter(heading__startswith="Agenda")
    assert [one.to.username for one in letters] == ["cab-1", "cab-2"]
    words = letters[0].words
    assert f"1. {change.ref} {change.title}" in words
    assert "lacks 2 votes of the CAB" in words
    assert f"/meetings/{first().ref}" in words


def test_after_it_closes_only_the_chair_adds_something_and_says_why():
    board()
    tick(1)
    by_member, late = change_at(State.AWAITING_APPROVAL), change_at(State.AWAITING_APPROVAL)
    tell("add", first(), by="cab-2", minutes=2, change=by_member.ref)
    tick(NOON - 60)

    with pytest.raises(Refused) as refused:
        tell("add", first(), by="cab-2", minutes=NOON - 30, change=late.ref, reason="Now.")
    with pytest.raises(ValidationError) as wrong:
        tell("add", first(), minutes=NOON - 30, change=late.ref)
    tell("add", first(), minutes=NOON - 30, change=late.ref, reason="The vendor leaves.")

    (reason,) = refused.value.decision.reasons
    assert (reason.code, reason.remedy) == (
        "agenda_closed",
        "Ask cab-1 or a change manager to add it, with a reason, or wait for the next meeting.",
    )
    assert list(wrong.value.message_dict) == ["reason"]
    assert refs(first()) == [by_member.ref, late.ref]
    assert events_of(first().ref)[-1].data["late"] is True


@pytest.mark.parametrize("who", ["engineer", "stranger", "auditor", "ci", "oncall"])
def test_a_stranger_neither_adds_nor_closes(who: str):
    board()
    tick(1)
    change = change_at(State.AWAITING_APPROVAL)

    for verb, more in (("add", {"change": change.ref}), ("close_agenda", {})):
        with pytest.raises(Refused) as refused:
            tell(verb, first(), by=who, minutes=2, **more)
        assert refused.value.decision.is_about_who
    assert (first().state, refs(first())) == ("filling", [])


@pytest.mark.parametrize("wanted", ["CHG-999", "what", "draft", "twice"])
def test_what_asks_for_no_vote_is_not_added(wanted: str):
    board()
    there = risky()
    tick(1)
    named = {"draft": living.file().ref, "twice": there.ref}.get(wanted, wanted)

    with pytest.raises(ValidationError) as wrong:
        tell("add", first(), minutes=2, change=named)

    assert list(wrong.value.message_dict) == ["change"]
    assert refs(first()) == [there.ref]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"recurrence": "FREQ=HOURLY"}, "recurrence"),
        ({"recurrence": "every tuesday"}, "recurrence"),
        ({"recurrence": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "recurrence"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"duration": timedelta(0)}, "duration"),
        ({"duration": timedelta(days=2)}, "duration"),
        ({"environments": ["moon"]}, "environments"),
        ({"teams": ["nobody"]}, "teams"),
        ({"minutes_per_item": 0}, "minutes_per_item"),
        ({"within_days": 0}, "within_days"),
    ],
)
def test_a_board_that_cannot_meet_is_refused_beside_its_field(given: dict[str, Any], field: str):
    with pytest.raises(ValidationError) as wrong:
        board(**given)

    assert list(wrong.value.message_dict) == [field]
    assert Board.objects.count() == 0


def test_nobody_but_a_change_manager_says_when_a_board_meets():
    weekly = board()
    weekly.name = "Ours"

    for who in ("cab-1", "engineer", "auditor"):
        with pytest.raises(Refused):
            boards.save(weekly, actor=person(who), now=at(1))

    assert Board.objects.get().name == "Weekly CAB"


def test_a_meeting_nobody_came_to_hands_its_agenda_on():
    board()
    change = risky()
    tick(1)
    tick(NOON - 60)
    missed = first()

    tick(NOON + 60 + 12 * 60)

    missed.refresh_from_db()
    following = Meeting.objects.get(starts_at=at(NOON + WEEK))
    assert (missed.state, missed.items.get().outcome) == ("missed", "deferred")
    assert refs(following) == [change.ref]
    assert verbs_of(missed.ref)[-1] == "meeting.missed"


def test_an_agenda_is_closed_once_however_often_the_tick_comes():
    board()
    tick(1)

    assert [tick(NOON - 60), tick(NOON - 60)] == [1, 0]


@pytest.mark.parametrize("state", ["running", "ended", "missed"])
def test_sql_moves_a_meeting_along_and_nowhere_else(state: str):
    board()
    tick(1)

    try:
        with transaction.atomic():
            Meeting.objects.filter(pk=first().pk).update(state=state)
        done = True
    except DatabaseError:
        done = False

    assert done == (state == "missed")


def test_rows_edited_behind_the_ledger_are_named():
    weekly = board()
    change = risky()
    meeting = in_session()
    line = tell("write", meeting, minutes=NOON + 1, change=change.ref, text="We talked.")
    assert list(verify.faults(rows=ROWS, seen=verify.Seen(lambda seen: None))) == []
    edited = meeting.items.get()
    AgendaItem.objects.filter(pk=edited.pk).update(position=9)
    Meeting.objects.filter(pk=meeting.pk).update(started_at=at(1))
    Board.objects.update(closes_hours=0)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Minute.objects.update(text="We agreed.")

    faults = {one.ref for one in verify.faults(rows=ROWS, seen=verify.Seen(lambda seen: None))}

    assert faults == {edited.ref, meeting.ref, weekly.ref}
    assert line.ref == f"{meeting.ref} minute {line.pk}"
    say("cancel", change, minutes=NOON + 2, reason="No.")
