"""What absences and delegations have in common: people, periods, and what the ledger is told."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError

from catalog.models import User
from catalog.roles import AUDITORS, CHANGE_MANAGERS, roles_of
from changes.models import Absence, Delegation
from changes.policies.delegating import Person
from changes.windows import Interval
from ledger import rows, timeline

LONGEST = timedelta(days=366)
AHEAD = timedelta(days=366)
NOTE_AT_MOST = 200


def person_of(user: User) -> Person:
    """Somebody as the rules take them; one statement."""
    roles = roles_of(user)
    return Person(
        user.username,
        is_active=user.is_active,
        is_robot=user.is_robot,
        is_auditor=AUDITORS in roles,
        is_change_manager=user.is_superuser or CHANGE_MANAGERS in roles,
    )


def found(username: str, *, field: str) -> User:
    """The person of this name; raises `ValidationError` for a stranger or a robot."""
    user = User.objects.filter(username=username).first()
    if user is None or user.is_robot:
        raise ValidationError({field: f"There is no person called {username[:80]}."})
    return user


def period_of(starts_at: datetime | None, ends_at: datetime, *, now: datetime) -> Interval:
    """From now on where nothing else is said; raises `ValidationError` for one that cannot be."""
    starts = max(starts_at or now, now)
    wrong = {}
    if starts - now > AHEAD:
        wrong["starts_at"] = f"Begin within {AHEAD.days} days."
    if ends_at <= starts:
        wrong["ends_at"] = "It must end after it starts, and lie ahead."
    elif ends_at - starts > LONGEST:
        wrong["ends_at"] = f"It lasts {LONGEST.days} days at most: end it sooner."
    if wrong:
        raise ValidationError(wrong)
    return Interval(starts, ends_at)


def note_of(note: str) -> str:
    """The note in one line; raises `ValidationError` for a long one."""
    told = " ".join(note.split())
    if len(told) > NOTE_AT_MOST:
        raise ValidationError({"note": f"Say it in at most {NOTE_AT_MOST} characters."})
    return told


def record(row: Absence | Delegation, verb: str, *, actor: User, now: datetime) -> None:
    """On the timeline of the row itself, about the people it concerns."""
    people: dict[str, Any] = (
        {"person": row.person.username}
        if isinstance(row, Absence)
        else {"delegator": row.delegator.username, "delegate": row.delegate.username}
    )
    timeline.record(
        subject=row.ref,
        about=[f"user:{name}" for name in people.values()],
        verb=verb,
        actor=actor.username,
        at=now,
        data={
            **people,
            "starts_at": row.starts_at,
            "ends_at": row.ends_at,
            "note": row.note,
            "row_digest": rows.digest(row),
        },
    )
