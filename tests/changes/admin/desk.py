"""What the tests of the desk share: its pages, and what must stay as it was."""

from dataclasses import dataclass

from django.urls import reverse

from changes.models import Change, Vote
from ledger import timeline
from ledger.models import Event

SEVERAL = reverse("admin:changes_change_vote")
SETTLEMENT = "Settle payments"
KEYS = "Rotate the keys"
POSTINGS = "Partition the postings"


def page_of(change: Change) -> str:
    return reverse("admin:changes_change_change", args=[change.pk])


def text_of(page: bytes) -> str:
    return page.decode().replace("&#x27;", "'").replace("&amp;", "&")


def verbs_since(change: Change, count: int) -> list[str]:
    """The verbs recorded for a change after its first `count` events."""
    return [event.verb for event in timeline.events_of(subject=change.ref)][count:]


@dataclass(frozen=True)
class Before:
    """What was there before a vote that must leave no trace."""

    state: str
    votes: int
    events: int


def standing(change: Change) -> Before:
    row = Change.objects.get(pk=change.pk)
    return Before(row.state, Vote.objects.count(), Event.objects.count())
