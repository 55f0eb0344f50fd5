"""Notes on the timeline: back-dated, corrected, pinned."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from catalog.models import User
from catalog.roles import AUDITORS
from config import recorded_rows
from incidents import lifecycle
from incidents.models import TimelineNote
from ledger import timeline, verify
from ledger.decision import Refused

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def verbs(ref: str) -> list[str]:
    return list(timeline.events_of(subject=ref).values_list("verb", flat=True))[1:]


def broken() -> list[str]:
    seen = verify.Seen(lambda seen: None)
    return [fault.message for fault in verify.faults(rows=recorded_rows.ROWS, seen=seen)]


def test_a_note_says_when_it_happened_and_when_it_was_written(declared, oncall, now):
    ref = declared().ref

    first = lifecycle.note(ref=ref, text=" Errors began. ", actor=oncall, now=now, at=now - MINUTE)
    second = lifecycle.note(ref=ref, text="Paged Ada.", actor=oncall, now=now)

    assert (first.number, first.text, first.at, first.written_at) == (
        1,
        "Errors began.",
        now - MINUTE,
        now,
    )
    assert (second.number, second.at) == (2, now)
    event = timeline.events_of(subject=ref).get(position=2)
    assert event.data["happened_at"] == "2026-11-20T15:59:00Z"
    assert broken() == []


def test_a_correction_keeps_what_it_corrects_and_its_pin(declared, oncall, now):
    ref = declared().ref
    lifecycle.note(ref=ref, text="Half fail.", actor=oncall, now=now - MINUTE, at=None)
    lifecycle.pin(ref=ref, number=1, actor=oncall, now=now)
    lifecycle.pin(ref=ref, number=1, actor=oncall, now=now)

    right = lifecycle.correct(ref=ref, number=1, text="All fail.", actor=oncall, now=now)

    assert (right.corrects.text, right.at, right.pinned_at) == ("Half fail.", now - MINUTE, now)
    with pytest.raises(ValidationError, match="corrected by note 2"):
        lifecycle.correct(ref=ref, number=1, text="None fail.", actor=oncall, now=now)
    lifecycle.pin(ref=ref, number=2, actor=oncall, now=now, pinned=False)
    assert [row.pinned_at for row in TimelineNote.objects.all()] == [now, None]
    assert verbs(ref) == [
        "incident.noted",
        "incident.note_pinned",
        "incident.note_corrected",
        "incident.note_unpinned",
    ]
    assert broken() == []


def test_anybody_writes_what_they_know_but_no_auditor_and_a_stranger_pins_nothing(declared, now):
    ref, stranger = declared().ref, User.objects.create_user("stranger")
    auditor = User.objects.create_user("auditor")
    auditor.groups.add(Group.objects.get_or_create(name=AUDITORS)[0])

    lifecycle.note(ref=ref, text="I cannot pay.", actor=stranger, now=now)

    with pytest.raises(Refused):
        lifecycle.note(ref=ref, text="Nor I.", actor=auditor, now=now)
    with pytest.raises(Refused):
        lifecycle.pin(ref=ref, number=1, actor=stranger, now=now)
    assert [row.text for row in TimelineNote.objects.all()] == ["I cannot pay."]


@pytest.mark.parametrize(
    ("given", "field"),
    [({"text": " "}, "text"), ({"text": "x" * 20_001}, "text"), ({"ahead": True}, "at")],
)
def test_a_note_that_says_nothing_or_lies_ahead_is_refused(declared, oncall, now, given, field):
    at = now + MINUTE if given.pop("ahead", False) else None

    with pytest.raises(ValidationError) as refused:
        lifecycle.note(ref=declared().ref, **{"text": "x"} | given, at=at, actor=oncall, now=now)
    assert list(refused.value.message_dict) == [field]
    assert TimelineNote.objects.count() == 0
