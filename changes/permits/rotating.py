"""The ages of a key that signs permits; see Note [Four ages of a key] in `ledger.rotating`."""

from datetime import datetime, timedelta
from typing import Any

from changes.permits.signing import LONGEST, PURPOSE
from changes.policies import fail_mode
from ledger import keys, rotating
from ledger.rotating import Ages

AGES = Ages(
    in_use=timedelta(days=90),
    before=timedelta(hours=1),
    after=max(LONGEST, fail_mode.LONGEST) + timedelta(hours=1),
)


def tend_keys(*, now: datetime) -> None:
    """Replace the key when it is 90 days old; called every few minutes."""
    rotating.tend(purpose=PURPOSE, ages=AGES, now=now)


def rotate_key(*, actor: str, now: datetime) -> tuple[str, datetime]:
    """The next key by its `kid`, published from now on, and from when it signs."""
    row = rotating.publish(purpose=PURPOSE, actor=actor, now=now)
    return row.kid, row.created_at + AGES.before


def replace_key(*, actor: str, now: datetime) -> str:
    """The `kid` of a new key that signs at once; permits of the old one count until they end."""
    return rotating.replace(purpose=PURPOSE, actor=actor, now=now).kid


def key_set(*, now: datetime) -> dict[str, Any]:
    """The published keys: to come, in use, and retired while something they signed may count."""
    return keys.jwks(purpose=PURPOSE, retired_after=now - AGES.after)
