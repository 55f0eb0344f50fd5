"""Ending an absence or a delegation before its time."""

import re
from datetime import datetime

from django.db import transaction

from catalog.models import User
from changes.leave.recording import person_of, record
from changes.models import Absence, Delegation
from changes.policies.delegating import for_whom
from ledger.decision import Decision, Reason, Refused, refuse

_REF = re.compile(r"(ABSENCE|DELEGATION)-([1-9][0-9]{0,17})", re.IGNORECASE | re.ASCII)


class NoSuchLeave(LookupError):
    """No absence or delegation has this ref."""

    def __init__(self, ref: str) -> None:
        super().__init__(f"There is no absence or delegation {ref[:40]}.")


@transaction.atomic
def end(*, ref: str, actor: User, now: datetime) -> Absence | Delegation:
    """End it now; one that has not begun never holds.

    Its maker, whom it is of, and change managers may. Raises `NoSuchLeave` and `Refused`:
    not_permitted, or wrong_state when it is over.
    """
    row = _locked(ref)
    whose = row.person if isinstance(row, Absence) else row.delegator
    reasons = tuple(for_whom(person_of(actor), whose.username, what="end what is"))
    if reasons and actor.pk != row.made_by_id:
        raise Refused(Decision("end", reasons), ref=row.ref)
    if row.ended_at is not None or row.ends_at <= now:
        over = Reason(
            "wrong_state", f"{row.ref} is over.", "Nothing needs to be ended.", source=row.ref
        )
        raise refuse("end", over, ref=row.ref)
    row.ends_at = max(now, row.starts_at)
    row.ended_at, row.ended_by = now, actor
    row.save(update_fields=["ends_at", "ended_at", "ended_by"])
    kind = "absence" if isinstance(row, Absence) else "delegation"
    record(row, f"{kind}.ended", actor=actor, now=now)
    return row


def _locked(ref: str) -> Absence | Delegation:
    match = _REF.fullmatch(ref.strip())
    if match is None:
        raise NoSuchLeave(ref)
    kept: Absence | Delegation | None
    if match[1].upper() == "ABSENCE":
        rows = Absence.objects.select_related("person").select_for_update(of=("self",))
        kept = rows.filter(pk=int(match[2])).first()
    else:
        both = Delegation.objects.select_related("delegator", "delegate")
        kept = both.select_for_update(of=("self",)).filter(pk=int(match[2])).first()
    if kept is None:
        raise NoSuchLeave(ref)
    return kept
