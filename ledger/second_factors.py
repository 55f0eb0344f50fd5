"""Second factors: the codes of an app (TOTP, RFC 6238), and recovery codes for when it is lost.

# Note [A code counts once]
A code is good for its half minute and the ones beside it, for clocks differ. Of a code that was
read over a shoulder nothing is left: the half minute of the last one taken is kept under a lock,
and only later ones count. Recovery codes are kept as digests: they are 80 random bits, so nothing
slower is needed. How often one may try is counted by `ledger.confirming`.
"""

import secrets
from base64 import b32encode
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Final

import pyotp
from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import RecoveryCode, SecondFactor, User
from ledger import sealing, timeline
from ledger.decision import Reason, refuse

ISSUER: Final = "Tidegate"
SECONDS: Final = 30
CODES: Final = 10
WRONG: Final = "This code is wrong, over, or has been used. Wait for the next one."


def of(user: User) -> SecondFactor | None:
    """The second factor of a person, once it is set up."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


@transaction.atomic
def begin(*, user: User, now: datetime) -> str:
    """Make a secret for an app, and answer it this once; a code of it makes it count (`confirm`).

    What was begun before and never confirmed is forgotten. Raises `Refused` where one is set up.
    """
    kept = SecondFactor.objects.select_for_update().filter(user=user).first()
    if kept is not None and kept.confirmed_at is not None:
        raise refuse("begin", _set_up_already())
    secret = pyotp.random_base32()
    sealed = sealing.seal(secret.encode())
    values = {"sealed_secret": sealed, "begun_at": now, "last_step": 0}
    SecondFactor.objects.update_or_create(user=user, defaults=values)
    return secret


def address(*, user: User, secret: str) -> str:
    """`otpauth://…`: what an app reads from a picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=ISSUER)


@transaction.atomic
def confirm(*, user: User, code: str, now: datetime) -> list[str]:
    """Let the factor count from now on, as the app is shown to work; answers the recovery codes.

    Raises `ValidationError` on `code`, and `Refused` where none was begun or one is set up.
    """
    factor = SecondFactor.objects.select_for_update().filter(user=user).first()
    if factor is None:
        raise refuse("confirm", _not_begun())
    if factor.confirmed_at is not None:
        raise refuse("confirm", _set_up_already())
    if not _takes(factor, code, now=now):
        raise ValidationError({"code": WRONG})
    factor.confirmed_at = now
    factor.save(update_fields=["confirmed_at"])
    _record(user, "user.second_factor_added", actor=user, now=now)
    return _recovery_codes(factor)


@transaction.atomic
def takes(*, user: User, code: str, now: datetime) -> bool:
    """Whether a code of the app, or a recovery code, is right; it counts this once."""
    factor = SecondFactor.objects.select_for_update().filter(user=user).first()
    if factor is None or factor.confirmed_at is None:
        return False
    return _takes(factor, code, now=now) or _recovers(factor, code, user=user, now=now)


@transaction.atomic
def renew(*, user: User, now: datetime) -> list[str]:
    """New recovery codes instead of the old ones; answers them this once."""
    factor = SecondFactor.objects.select_for_update().get(user=user, confirmed_at__isnull=False)
    _record(user, "user.recovery_codes_renewed", actor=user, now=now)
    return _recovery_codes(factor)


@transaction.atomic
def remove(*, user: User, actor: User, now: datetime) -> bool:
    """Forget a person's second factor; False where none is set up."""
    factor = SecondFactor.objects.select_for_update().filter(user=user).first()
    if factor is None or factor.confirmed_at is None:
        return False
    factor.delete()
    _record(user, "user.second_factor_removed", actor=actor, now=now)
    return True


def unused(factor: SecondFactor) -> int:
    """How many recovery codes are left."""
    return factor.recovery_codes.filter(used_at__isnull=True).count()


def _takes(factor: SecondFactor, code: str, *, now: datetime) -> bool:
    """See Note [A code counts once]."""
    given = "".join(code.split())
    app = pyotp.TOTP(sealing.unseal(bytes(factor.sealed_secret)).decode(), interval=SECONDS)
    this = int(now.timestamp()) // SECONDS
    for step in (this - 1, this, this + 1):
        if step > factor.last_step and compare_digest(
            app.generate_otp(step).encode(), given.encode()
        ):
            factor.last_step = step
            factor.save(update_fields=["last_step"])
            return True
    return False


def _recovers(factor: SecondFactor, code: str, *, user: User, now: datetime) -> bool:
    kept = factor.recovery_codes.filter(digest=_digest(code), used_at__isnull=True)
    if not kept.update(used_at=now):
        return False
    _record(user, "user.recovery_code_used", actor=user, now=now, left=unused(factor))
    return True


def _recovery_codes(factor: SecondFactor) -> list[str]:
    factor.recovery_codes.all().delete()
    codes = [b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, digest=_digest(code)) for code in codes
    )
    return ["-".join(code[i : i + 4] for i in range(0, len(code), 4)) for code in codes]


def _digest(code: str) -> str:
    return sha256("".join(code.lower().replace("-", "").split()).encode()).hexdigest()


def _record(user: User, verb: str, *, actor: User, now: datetime, **says: object) -> None:
    subject = f"user:{user.username}"
    timeline.record(subject=subject, verb=verb, actor=actor.username, at=now, data=says)


def _set_up_already() -> Reason:
    return Reason(
        "wrong_state",
        "A second factor is set up already.",
        "Remove it first, to set up another.",
        source="second factor",
    )


def _not_begun() -> Reason:
    return Reason(
        "wrong_state",
        "No second factor was begun.",
        "Set one up: you are shown a secret for your app first.",
        source="second factor",
    )
