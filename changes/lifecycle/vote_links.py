"""Links in letters that open the page on which one person votes.

# Note [A link opens, a person votes]
A link is read by mail scanners, forwarded, and kept in logs and histories. So it has no power of
its own: it names person, change, round and plan, signed, and opens a page to that person alone,
signed in as always. The vote is a form on that page. What is stolen with a link is a page address.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core import signing

from catalog.models import User
from changes.models import Change

GOOD_FOR = timedelta(days=7)
_SALT = "tidegate.vote-link"


class ForgedLink(Exception):
    """This is no link that we wrote."""


@dataclass(frozen=True, slots=True)
class VoteLink:
    """Whom a link was written to, and about which plan; `person` and `change` are keys."""

    person: int
    change: int
    round: int
    plan_digest: str
    expires_at: datetime


def address_for(person: User, change: Change, *, now: datetime) -> str:
    """The absolute address to send `person` for their vote on the plan as it stands."""
    expires = int((now + GOOD_FOR).timestamp())
    says = [person.pk, change.pk, change.approval_round, change.plan_digest, expires]
    return f"{settings.TIDEGATE_URL.rstrip('/')}/votes/{_signer().sign_object(says)}"


def read(token: str) -> VoteLink:
    """What a link says; raises `ForgedLink` unless it is word for word one of ours."""
    try:
        person, change, turn, digest, expires = _signer().unsign_object(token)
    except (signing.BadSignature, ValueError):
        raise ForgedLink from None
    return VoteLink(person, change, turn, digest, datetime.fromtimestamp(expires, UTC))


def _signer() -> signing.Signer:
    """Made from the SECRET_KEY of the day; links signed with a former one hold until they end."""
    return signing.Signer(sep=".", salt=_SALT)
