"""The keys of issuers: read by workers, kept sealed, found by issuer and name.

# Note [Who reads the keys]
Web processes answer one request at a time, so none of them waits for an issuer: workers read its
keys every ten minutes, and at once when a token names a key that is not there, but once a minute at
most. Until then whoever sent that token is asked to come again. Keys that cannot be read anew count
for a day; they are sealed with SECRET_KEY, so that writing to the database slips none in. A key is
looked for among those of the issuer that the token names, and nowhere else.
"""

import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet

from catalog.models import Issuer, IssuerKeys
from ledger import sealing, wake
from ledger.oidc import fetching
from ledger.oidc.fetching import Key
from ledger.oidc.refused import ANOTHER, SubjectRefused
from ledger.safe_transport import NotReached

TASK: Final = "ledger.read_issuer_keys"
READ_EVERY: Final = timedelta(minutes=10)
TRIED_AGAIN: Final = timedelta(minutes=1)
COUNT_FOR: Final = timedelta(days=1)
SOON: Final = timedelta(seconds=5)


def find(*, issuer: Issuer, kid: str, now: datetime) -> Key:
    """The key of this name among those of this issuer; raises `SubjectRefused`.

    Where it may be there once they are read again, they are asked for.
    """
    row = IssuerKeys.objects.filter(issuer=issuer).first()
    known = _known(row, issuer, now=now)
    if key := next((one for one in known if one["kid"] == kid), None):
        return key
    if _asked_for(issuer, now=now):
        message = f"The keys of {issuer.name} are being read."
        raise SubjectRefused(
            "issuer_keys_pending", message, "Send the same again.", retry_after=SOON
        )
    if not known:
        message = f"The keys of {issuer.name} could not be read."
        remedy = "Try again in a minute; an administrator sees why at its page."
        raise SubjectRefused("issuer_not_reached", message, remedy, retry_after=TRIED_AGAIN)
    raise SubjectRefused("key_unknown", f"{issuer.name} publishes no such key.", ANOTHER)


def read_due(*, now: datetime, limit: int) -> int:
    """Read the keys of at most `limit` issuers; answers how many. Any number of workers may."""
    for count in range(limit):
        issuer = _taken(now=now)
        if issuer is None:
            return count
        _read(issuer, now=now)
    return limit


def want(issuer: Issuer, *, now: datetime) -> None:
    """Let the keys be read at once: for an issuer that is new, or has another address."""
    wanted = {"sealed_keys": b"", "read_at": None, "tried_at": None, "wanted_at": now}
    IssuerKeys.objects.update_or_create(issuer=issuer, defaults=wanted)
    transaction.on_commit(_publish)


def _asked_for(issuer: Issuer, *, now: datetime) -> bool:
    """Whether they will be read now, or are being read; False where they were just now."""
    IssuerKeys.objects.get_or_create(issuer=issuer)
    before = now - TRIED_AGAIN
    rows = IssuerKeys.objects.filter(issuer=issuer)
    asked = rows.filter(Q(tried_at__isnull=True) | Q(tried_at__lte=before)).update(wanted_at=now)
    if asked:
        transaction.on_commit(_publish)
        return True
    return rows.filter(Q(read_at__isnull=True) | Q(read_at__lt=F("tried_at")), problem="").exists()


def _publish() -> None:
    wake.broker.publish(TASK)


def _due(*, now: datetime) -> QuerySet[IssuerKeys]:
    tried = Q(tried_at__isnull=True) | Q(tried_at__lte=now - TRIED_AGAIN)
    old = Q(read_at__isnull=True) | Q(read_at__lte=now - READ_EVERY) | Q(wanted_at__gt=F("read_at"))
    return IssuerKeys.objects.filter(tried, old, issuer__is_active=True)


@transaction.atomic
def _taken(*, now: datetime) -> Issuer | None:
    """An issuer whose keys are due and that no other worker reads."""
    row = (
        _due(now=now)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("issuer")
        .order_by("tried_at", "issuer_id")
        .first()
    )
    if row is None:
        return None
    IssuerKeys.objects.filter(pk=row.pk).update(tried_at=now, problem="")
    return row.issuer


def _read(issuer: Issuer, *, now: datetime) -> None:
    """Read them outside any transaction; what cannot be read leaves what was."""
    row = IssuerKeys.objects.filter(issuer=issuer, issuer__url=issuer.url)
    try:
        found = fetching.read(issuer=issuer.url, now=now)
    except NotReached as problem:
        row.update(problem=str(problem)[:300])
    else:
        told = json.dumps({"issuer": issuer.url, "keys": found}).encode()
        row.update(sealed_keys=sealing.seal(told), read_at=now, problem="")


def _known(row: IssuerKeys | None, issuer: Issuer, *, now: datetime) -> list[Key]:
    """The keys that count now."""
    if row is None or row.read_at is None or now - row.read_at > COUNT_FOR:
        return []
    return _opened(bytes(row.sealed_keys), issuer.url)


@lru_cache(maxsize=64)
def _opened(sealed: bytes, issuer: str) -> list[Key]:
    """What was sealed for this very issuer; nothing where it was for another."""
    try:
        told = json.loads(sealing.unseal(sealed))
    except sealing.Unreadable:
        return []
    return list(told["keys"]) if told["issuer"] == issuer else []
