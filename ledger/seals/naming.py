"""Seals by the names people give them: SEAL-7, or SEAL-7 with the digest they kept."""

import re
from datetime import datetime

from ledger.models import Seal

_REF = re.compile(r"SEAL-([1-9]\d{0,17})", re.ASCII)
_KEPT = re.compile(r"SEAL-([1-9]\d{0,17})(?::([0-9a-f]{16,64}))?", re.ASCII)


class NoSuchSeal(LookupError):
    """There is no seal of that name."""

    def __init__(self, ref: str) -> None:
        super().__init__(f"There is no seal {ref[:40]}. Write it such as SEAL-7.")


def by_ref(ref: str) -> Seal:
    """The seal; raises `NoSuchSeal`."""
    found = _REF.fullmatch(ref)
    seal = Seal.objects.filter(number=int(found[1])).first() if found else None
    if seal is None:
        raise NoSuchSeal(ref)
    return seal


def kept(text: str) -> tuple[int, str]:
    """Number and digest of `SEAL-7:ab12…`; the digest may be left out, or cut to 16 digits.

    Raises `ValueError`.
    """
    found = _KEPT.fullmatch(text)
    if found is None:
        raise ValueError("Write SEAL-7, or with its digest SEAL-7:ab12…")
    return int(found[1]), found[2] or ""


def anchor(seal: Seal) -> str:
    """`SEAL-7:ab12…`: what to keep elsewhere, to tell later that the ledger is still that one."""
    return f"{seal.ref}:{seal.digest}"


def newest_until(instant: datetime) -> Seal | None:
    """The last seal that was made by then."""
    return Seal.objects.filter(sealed_at__lte=instant).order_by("number").last()
