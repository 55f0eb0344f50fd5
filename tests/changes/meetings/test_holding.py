"""Holding a meeting: votes are cast by persons, items closed with what they came to."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from changes import meetings
from changes.models import AgendaItem, Meeting
from changes.queries import meetings as found
from config.recorded_rows import ROWS
from ledger import verify
from ledger.decision import Refused
from ledger.models import Letter
from tests import living
from tests.changes.meetings.convened import (
    NOON,
    WEEK,
    approved_by_cab,
    board,
    everybody_has_mail,
    first,
    in_session,
    risky,
    tell,
    tick,
)
from tests.living import at, events_of, fresh, person, say, verbs_of, vote

pytestmark = pytest.mark.usefixtures("settled")


def item(meeting: Meeting, ref: str) -> AgendaItem:
    return meeting.items.get(change=int(ref[4:]))


def test_members_vote_and_the_chair_closes_the_item_with_what_it_came_to():
    board()
    change = risky()
    meeting = in_session()
    tell("begin_item", meeting, minutes=NOON + 1, change=change.ref)
    with pytest.raises(Refused) as refused:
        tell("close_item", meeting, minutes=NOON + 4, change=change.ref, outcome="approved")
    approved_by_cab(change, "cab-1", "cab-2")

    tell("close_item", meeting, minutes=NOON + 6, change=change.ref, outcome="approved")

    (reason,) = refused.value.decision.reasons
    assert (reason.code, reason.message) == (
        "approvals_missing",
        f"{change.ref} still lacks 2 votes of the CAB.",
    )
    row = item(meeting, change.ref)
    assert (row.outcome, row.ended_at - row.started_at) == ("approved", timedelta(minutes=5))
    assert fresh(change).state == "scheduled"
    event = events_of(meeting.ref)[-1]
    assert event.data["votes"] == dict.fromkeys(("peer", "owner", "cab-1", "cab-2"), "approve")


def test_a_rejection_is_a_members_own_vote():
    board()
    change = risky()
    meeting = in_session()

    with pytest.raises(Refused) as refused:
        tell("close_item", meeting, minutes=NOON + 1, change=change.ref, outcome="rejected")
    vote(change, by="cab-2", decision="reject", comment="No way back.", minutes=NOON + 2)
    with pytest.raises(Refused) as wrong:
        tell("close_item", meeting, minutes=NOON + 3, change=change.ref, outcome="approved")
    tell("close_item", meeting, minutes=NOON + 3, change=change.ref, outcome="rejected")

    assert refused.value.decision.reasons[0].message == f"Nobody has rejected {change.ref}."
    assert wrong.value.decision.reasons[0].message == f"{change.ref} was rejected by a vote."
    assert (item(meeting, change.ref).outcome, fresh(change).state) == ("rejected", "planning")


def test_what_was_taken_back_asks_for_nothing_any_more():
    board()
    change = risky()
    meeting = in_session()
    say("cancel", change, minutes=NOON + 1, reason="It is not needed.")

    tell("close_item", meeting, minutes=NOON + 2, change=change.ref, outcome="withdrawn")

    assert item(meeting, change.ref).outcome == "withdrawn"


def test_a_deferred_item_stands_on_the_next_agenda_with_where_it_came_from():
    board()
    change = risky()
    meeting = in_session()

    with pytest.raises(ValidationError):
        defer(meeting, change.ref, " ")
    defer(meeting, change.ref, "The load test is missing.")

    following = Meeting.objects.get(starts_at=at(NOON + WEEK))
    carried = item(following, change.ref)
    assert item(meeting, change.ref).outcome == "deferred"
    assert carried.outcome == ""
    assert events_of(meeting.ref)[-1].data["to"] == following.ref
    assert item(meeting, change.ref).minutes.get().text == "The load test is missing."


def defer(meeting: Meeting, ref: str, words: str) -> None:
    meetings.defer_item(
        ref=meeting.ref, change=ref, minutes=words, actor=person("cab-1"), now=at(NOON + 2)
    )


def test_items_whose_votes_are_in_are_completed_in_one_step():
    board()
    ready, also, open_still = risky(), risky(), risky()
    for change in (ready, also):
        approved_by_cab(change, "cab-1", "cab-2", minutes=20)
    tick(1)
    for change in (ready, also):
        if not first().items.filter(change=change).exists():
            AgendaItem.objects.create(
                meeting=first(),
                change=change,
                position=50 + change.pk,
                round=change.approval_round,
                added_at=at(2),
            )
    meeting = in_session()

    tell("complete", meeting, minutes=NOON + 1)

    outcomes = {one.row.change.ref: one.row.outcome for one in found.agenda(meeting)}
    assert outcomes == {ready.ref: "approved", also.ref: "approved", open_still.ref: ""}
    assert events_of(meeting.ref)[-1].data["changes"] == [ready.ref, also.ref]
    with pytest.raises(Refused) as refused:
        tell("complete", meeting, minutes=NOON + 2)
    assert refused.value.decision.codes == ("nothing_ready",)


def test_the_end_defers_what_is_open_and_mails_the_minutes():
    everybody_has_mail()
    board()
    done, left = risky(), risky()
    meeting = in_session()
    approved_by_cab(done, "cab-1", "cab-2")
    tell("close_item", meeting, minutes=NOON + 6, change=done.ref, outcome="approved")

    tell("end", meeting, minutes=NOON + 10)

    meeting.refresh_from_db()
    assert (meeting.state, item(meeting, left.ref).outcome) == ("ended", "deferred")
    letter = Letter.objects.filter(heading__startswith="Minutes", to__username="cab-2").get()
    assert f"{done.title}: approved" in letter.words
    assert "cab-1 approve" in letter.words
    assert f"{left.ref} {left.title}: deferred" in letter.words
    assert verbs_of(meeting.ref)[-1] == "meeting.ended"


def test_the_end_closes_each_open_item_with_what_its_votes_came_to():
    board()
    agreed, refused, gone = risky(), risky(), risky()
    meeting = in_session()
    approved_by_cab(agreed, "cab-1", "cab-2")
    vote(refused, by="cab-2", decision="reject", comment="No.", minutes=NOON + 2)
    say("cancel", gone, minutes=NOON + 3, reason="It is not needed.")

    tell("end", meeting, minutes=NOON + 10)

    outcomes = {one.row.change.ref: one.row.outcome for one in found.agenda(meeting)}
    assert outcomes == {agreed.ref: "approved", refused.ref: "rejected", gone.ref: "withdrawn"}
    assert not Meeting.objects.get(starts_at=at(NOON + WEEK)).items.exists()


def test_minutes_are_corrected_by_another_line_that_is_mailed_too():
    everybody_has_mail()
    board()
    change = risky()
    meeting = in_session()
    tell("write", meeting, by="cab-2", minutes=NOON + 1, change=change.ref, text="Two nodes.")
    tell("end", meeting, minutes=NOON + 10)

    tell("write", meeting, by="cab-2", minutes=NOON + 20, change=change.ref, text="Three nodes.")

    lines = [(one.text, one.is_correction) for one in item(meeting, change.ref).minutes.all()]
    assert lines == [("Two nodes.", False), ("Three nodes.", True)]
    assert verbs_of(meeting.ref)[-1] == "meeting.minutes_corrected"
    assert "Three nodes." in Letter.objects.filter(heading__startswith="Correction")[0].words


@pytest.mark.parametrize("who", ["cab-2", "engineer", "stranger", "auditor", "ci"])
def test_nobody_but_the_chair_leads(who: str):
    board()
    change = risky()
    tick(1)
    tick(NOON - 60)
    with pytest.raises(Refused):
        tell("start", first(), by=who, minutes=NOON)
    tell("start", first(), minutes=NOON)

    for verb, more in (
        ("begin_item", {"change": change.ref}),
        ("close_item", {"change": change.ref, "outcome": "approved"}),
        ("complete", {}),
        ("end", {}),
    ):
        with pytest.raises(Refused) as refused:
            tell(verb, first(), by=who, minutes=NOON + 1, **more)
        assert "not_permitted" in refused.value.decision.codes
    if who != "cab-2":
        with pytest.raises(Refused):
            tell("write", first(), by=who, minutes=NOON + 1, change=change.ref, text="Hm.")
    assert (first().state, item(first(), change.ref).outcome) == ("running", "")


def test_a_change_manager_takes_the_chair_and_a_meeting_does_not_begin_early():
    board(chair=None)
    tick(1)
    tick(NOON - 60)

    with pytest.raises(Refused) as refused:
        tell("start", first(), by="manager", minutes=NOON - 31)
    tell("start", first(), by="manager", minutes=NOON - 30)

    (reason,) = refused.value.decision.reasons
    assert (reason.code, reason.until) == ("too_early", at(NOON - 30))
    assert first().state == "running"


def test_nothing_is_decided_before_it_begins_or_twice():
    board()
    change = risky()
    tick(1)
    with pytest.raises(Refused) as before:
        tell("close_item", first(), minutes=2, change=change.ref, outcome="approved")
    meeting = in_session()
    vote(change, by="cab-2", decision="reject", comment="No.", minutes=NOON + 2)
    tell("close_item", meeting, minutes=NOON + 3, change=change.ref, outcome="rejected")
    with pytest.raises(Refused) as again:
        tell("close_item", meeting, minutes=NOON + 4, change=change.ref, outcome="rejected")
    with pytest.raises(ValidationError):
        tell("close_item", meeting, minutes=NOON + 4, change=change.ref, outcome="maybe")
    with pytest.raises(found.NoSuchMeeting):
        tell("close_item", meeting, minutes=NOON + 4, change="CHG-999", outcome="approved")

    assert "wrong_state" in before.value.decision.codes
    assert again.value.decision.codes == ("wrong_state",)


def test_the_last_meeting_of_a_board_is_given_up_once_though_none_follows():
    day = f"{living.NINE:%a}"[:2].upper()
    board(recurrence=f"FREQ=WEEKLY;BYDAY={day};UNTIL={living.NINE:%Y%m%d}T235959")
    risky()
    tick(1)
    tick(NOON - 60)

    assert [tick(NOON + 60 + 12 * 60), tick(NOON + 61 + 12 * 60)] == [1, 0]

    only = Meeting.objects.get()
    assert (only.state, only.items.get().outcome) == ("missed", "deferred")
    assert verbs_of(only.ref)[-1] == "meeting.missed"
    assert list(verify.faults(rows=ROWS, seen=verify.Seen(lambda seen: None))) == []
