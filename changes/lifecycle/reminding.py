"""Letters to those who owe something after an emergency, before it is due and when it is late."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from catalog.models import User
from changes.lifecycle import telling, vote_links
from changes.models import Change
from changes.policies.owed import Duty, Owes
from changes.policies.reasons import moment
from ledger import letters


def remind(change: Change, duty: Duty, *, voters: Sequence[str], late: bool, now: datetime) -> None:
    """Write to those who could vote, with their link; of a review to author and implementer."""
    names = list(voters)
    if duty.owes is Owes.REVIEW:
        implementer = [change.implementer.username] if change.implementer else []
        names = [change.author.username, *implementer]
        if change.unauthorised_at is not None:  # its author is Tidegate
            names = telling.team_of(change)
    drafts = [
        letters.Draft(
            one, _heading(change, duty, late=late), _words(change, duty, one, late=late, now=now)
        )
        for one in letters.reachable(names)
    ]
    letters.send(drafts, subject=change.ref, at=now)


def _heading(change: Change, duty: Duty, *, late: bool) -> str:
    what = "your vote" if duty.owes is Owes.VOTES else "its review"
    return f"{change.ref} {'is overdue' if late else 'is due soon'}: {what} on {change.title}"


def _why(change: Change) -> str:
    return "went ahead without leave" if change.unauthorised_at else "answered an emergency"


def _words(change: Change, duty: Duty, to: User, *, late: bool, now: datetime) -> str:
    due = moment(duty.due_at, to.time_zone, now=now)
    holds = "is holding" if late else "then holds"
    votes = duty.owes is Owes.VOTES
    happened = (
        f"{change.ref} ({change.title}) was started before it was approved."
        if votes
        else f"{change.ref} ({change.title}) {_why(change)} and is not reviewed yet."
    )
    what = "Its retroactive votes" if votes else "Its review"
    was = ("were" if votes else "was") if late else ("are" if votes else "is")
    where = (
        vote_links.address_for(to, change, now=now)
        if votes
        else f"{settings.TIDEGATE_URL.rstrip('/')}{change.get_absolute_url()}#verb-review"
    )
    return "\n".join(
        [
            happened,
            f"{what} {was} due {due}. The gate {holds} the other changes of "
            f"{change.service.slug} until somebody gives {'them' if votes else 'it'}.",
            "",
            f"{'Read it and vote' if votes else 'Write it'} here, signed in as {to.username}:",
            where,
            "",
        ]
    )
