"""Letters: telling one person by e-mail, through the outbox like everything else.

A subscription hears of kinds of events; a letter says one thing to one person: what changed since
their vote, or that a vote is theirs to give.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.models import User
from catalog.prepared import Prepared
from ledger import wake
from ledger.models import Delivery, Event, Letter
from ledger.models.delivery import Lane

HEADING_AT_MOST = 200
_REACHABLE = Prepared(
    User,
    where="""t.username = ANY (%(names)s::text[])
        AND t.is_active AND NOT t.is_robot AND t.email <> ''""",
    ending="ORDER BY t.username",
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter yet to be sent: to whom, its subject line, its words."""

    to: User
    heading: str
    words: str


def reachable(usernames: Iterable[str]) -> list[User]:
    """Of these people the active ones with an e-mail address, by name. One statement, or none."""
    names = sorted(set(usernames))
    if not names:
        return []
    return _REACHABLE.rows(names=names)


def send(drafts: Sequence[Draft], *, subject: str, at: datetime) -> None:
    """Write letters about the newest event of `subject`, to be sent when the caller commits.

    Each reader gets them in this order. See Note [Order within a subject] in `ledger/claiming.py`.
    Three statements however many there are; none for none.
    """
    if not drafts:
        return
    event = Event.objects.filter(subject=subject).latest("position")
    written = Letter.objects.bulk_create(
        Letter(
            to=draft.to,
            heading=" ".join(draft.heading.split())[:HEADING_AT_MOST],
            words=draft.words,
            created_at=at,
        )
        for draft in drafts
    )
    Delivery.objects.bulk_create(
        Delivery(
            event=event,
            letter=letter,
            subject=subject,
            reader=f"person:{letter.to_id}",
            lane=Lane.MAIL,
            next_attempt_at=at,
        )
        for letter in written
    )
    wake.nudge()
