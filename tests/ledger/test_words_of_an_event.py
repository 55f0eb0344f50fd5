"""What the database itself refuses in the words of an event."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from ledger import timeline

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def recorded(
    *, subject: str = "CHG-1", verb: str = "change.created", actor: str = "engineer"
) -> int:
    with transaction.atomic():
        timeline.record(subject=subject, verb=verb, actor=actor, at=NOON, data={})
    return timeline.events_of(subject=subject).count()


@pytest.mark.parametrize("verb", ["change.created", "seal", "vote.cast_2", "a.b.c"])
def test_dotted_words_are_verbs(verb):
    assert recorded(verb=verb) == 1


@pytest.mark.parametrize("verb", ["", ".", "a.", ".a", "a..b", "A", "a b", "a-b", "é", "a\n"])
def test_anything_else_is_no_verb(verb):
    with pytest.raises(IntegrityError, match="event_verb_is_dotted_words"):
        recorded(verb=verb)


@pytest.mark.parametrize("subject", ["CHG-1", "service:checkout", "payments/production", "x" * 200])
def test_a_ref_is_a_subject(subject):
    assert recorded(subject=subject) == 1


@pytest.mark.parametrize("subject", ["", " ", "a b", "a\tb", "a\nb", "x" * 201])
def test_what_is_blank_or_long_is_no_subject(subject):
    with pytest.raises(IntegrityError, match="event_subject_is_a_ref"):
        recorded(subject=subject)


def test_nobody_is_no_actor():
    with pytest.raises(IntegrityError, match="event_names_its_actor"):
        recorded(actor="")
