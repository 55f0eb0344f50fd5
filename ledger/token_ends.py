"""What becomes of API tokens near their end and after it.

Who uses a token hears of its end 14 and 3 days before; of a robot's, the administrators. Tokens
that pipelines were given in exchange live for minutes: they are deleted a month later, on the
record, and stay in the ledger.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from catalog.models import ApiToken, User
from ledger import issued_tokens, letters, timeline

REMINDED: Final = (timedelta(days=14), timedelta(days=3))
KEPT_FOR: Final = timedelta(days=30)


def remind(*, now: datetime, limit: int) -> int:
    """Tell of the end of at most `limit` tokens; answers how many. Any number of workers may."""
    for count in range(limit):
        if not _remind_one(now=now):
            return count
    return limit


@transaction.atomic
def _remind_one(*, now: datetime) -> bool:
    token = (
        ApiToken.objects.filter(_due(now=now))
        .filter(revoked_at=None, last_used_at__isnull=False, replaced_by=None, origin={})
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("user")
        .order_by("expires_at", "pk")
        .first()
    )
    if token is None or token.expires_at is None:
        return False
    token.reminders = sum(token.expires_at - now <= before for before in REMINDED)
    token.save(update_fields=["reminders"])
    issued_tokens.record(token, "token.expires_soon", actor=timeline.SYSTEM, now=now)
    letters.send(_letters(token, now=now), subject=issued_tokens.ref_of(token), at=now)
    return True


def _due(*, now: datetime) -> Q:
    """What ends soon and was not told of; who made it for less than that need not be told."""
    found = Q()
    for told, before in enumerate(REMINDED):
        ends = Q(expires_at__gt=now, expires_at__lte=now + before)
        found |= ends & Q(reminders__lte=told, created_at__lt=F("expires_at") - before)
    return found


def _letters(token: ApiToken, *, now: datetime) -> list[letters.Draft]:
    ends = f"{token.expires_at:%Y-%m-%d %H:%M} UTC"
    words = (
        f"The API token “{token.name}” ({token.prefix}…) of {token.user.username} is in use, and "
        f"ends at {ends}.\n\nReplace it before, at {settings.TIDEGATE_URL}/{_page(token)}, or let "
        "it rotate itself by POST /api/v1/tokens/rotate."
    )
    heading = f"The API token “{token.name}” ends on {token.expires_at:%Y-%m-%d}"
    return [letters.Draft(to=person, heading=heading, words=words) for person in _readers(token)]


def _page(token: ApiToken) -> str:
    return "admin/catalog/apitoken/" if token.user.is_robot else "account/tokens"


def _readers(token: ApiToken) -> list[User]:
    """Whose token it is; of a robot's, who administers it."""
    if not token.user.is_robot:
        return letters.reachable([token.user.username])
    administrators = User.objects.filter(is_superuser=True, is_active=True)
    return letters.reachable(administrators.values_list("username", flat=True))


@transaction.atomic
def forget_exchanged(*, now: datetime, limit: int) -> int:
    """Delete tokens of pipelines that ended a month ago, on the record; answers how many."""
    over = ApiToken.objects.filter(expires_at__lt=now - KEPT_FOR).exclude(origin={})
    tokens = list(
        over.select_for_update(skip_locked=True, of=("self",))
        .select_related("user")
        .order_by("expires_at", "pk")[:limit]
    )
    for token in tokens:
        issued_tokens.record(token, "token.forgotten", actor=timeline.SYSTEM, now=now, gone=True)
    ApiToken.objects.filter(pk__in=[token.pk for token in tokens]).delete()
    return len(tokens)
