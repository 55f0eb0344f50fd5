"""Taking an environment and giving it back, and how much goes on in it at once.

# Note [Who takes an environment]
Change managers and whoever is on call take one, for at most a week: what lasts longer is a freeze.
Whoever took it gives it back, or one of them. What runs already goes on. Each of these writers
locks the environment's row first, as whoever starts a change does, so that nothing starts between
the look and the deed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from catalog.models import Environment, User
from catalog.roles import AUDITORS, CHANGE_MANAGERS, ON_CALL, roles_of
from changes.models import Change, EnvironmentLock
from changes.policies.reasons import moment
from changes.queries import NoSuchChange, number_of
from changes.queries.names import there_is_no
from changes.states import FINAL
from ledger import catalogue, rows, timeline
from ledger.decision import Decision, Reason, refuse, rfc3339

LONGEST = timedelta(days=7)
_UNCHANGED: Any = object()


class NoSuchEnvironment(LookupError):
    """The catalogue knows no such environment."""

    def __init__(self, slug: str) -> None:
        super().__init__(there_is_no("environment", slug))


@transaction.atomic
def lock(
    *, environment: str, reason: str, until: datetime, actor: User, now: datetime, change: str = ""
) -> EnvironmentLock:
    """Take an environment: until `until` only the change with the ref `change` starts there.

    Raises `NoSuchEnvironment`, `ValidationError` with a sentence for each wrong field, and
    `Refused`: not_permitted, or environment_busy when somebody has taken it.
    """
    _demand(_not_a_taker("lock", actor), "lock")
    row = _locked(environment)
    _check(reason=reason, until=until, now=now)
    held_for = _change(change, environment=row) if change else None
    _refuse_taken(row, now=now)
    taken = EnvironmentLock.objects.create(
        environment=row,
        change=held_for,
        reason=reason.strip(),
        locked_by=actor,
        locked_at=now,
        until=until,
    )
    _record(taken, "environment.locked", actor=actor, now=now)
    return taken


@transaction.atomic
def release(*, environment: str, actor: User, now: datetime) -> EnvironmentLock:
    """Give an environment back before its lock ends.

    Raises `NoSuchEnvironment` and `Refused`: not_permitted, or wrong_state when nobody holds it.
    """
    row = _locked(environment)
    held = _held(row, now=now)
    if held is None or held.locked_by_id != actor.pk:
        _demand(_not_a_taker("release", actor), "release")
    if held is None:
        free = Reason(
            "wrong_state",
            f"{row.slug} is not locked.",
            "Nothing needs to be released.",
            source=f"environment {row.slug}",
        )
        raise refuse("release", free)
    held.released_at, held.released_by = now, actor
    held.save(update_fields=["released_at", "released_by"])
    _record(held, "environment.released", actor=actor, now=now)
    return held


@transaction.atomic
def limit(
    *,
    environment: str,
    actor: User,
    now: datetime,
    one_at_a_time: str = _UNCHANGED,
    max_running: int | None = _UNCHANGED,
    demands_reauthentication: bool = _UNCHANGED,
) -> Environment:
    """Say what an environment keeps apart, how many changes run in it at once (None: any), and
    whether approvers confirm who they are.

    What is not given stays. What was scheduled already keeps its place; changes that exclude each
    other from now on are told so when they start. Raises `NoSuchEnvironment`, `ValidationError`,
    and `Refused` for anybody but a change manager.
    """
    _demand(_not_a_manager(actor), "limit")
    row = _locked(environment)
    before, apart = catalogue.said_by(row), row.one_at_a_time
    given = {
        "one_at_a_time": one_at_a_time,
        "max_running": max_running,
        "demands_reauthentication": demands_reauthentication,
    }
    for name, value in given.items():
        if value is not _UNCHANGED:
            setattr(row, name, value)
    row.clean_fields(exclude=["slug", "name", "default"])
    if row.max_running is not None and row.max_running < 1:
        raise ValidationError({"max_running": "Let at least one run, or leave it empty."})
    row.save(update_fields=list(given))
    if row.one_at_a_time != apart:
        _keep_apart(row)
    catalogue.record(row, before=before, actor=actor.username, now=now)
    return row


@dataclass(frozen=True, slots=True)
class Permitted:
    """Which of the deeds somebody may do, by who they are."""

    lock: Decision
    release: Decision
    limit: Decision


def permits(*, actor: User, lock: EnvironmentLock | None) -> Permitted:
    """What `actor` may do to an environment that `lock` holds."""
    own = lock is not None and lock.locked_by_id == actor.pk and actor.is_active
    return Permitted(
        Decision("lock", tuple(_not_a_taker("lock", actor))),
        Decision("release", () if own else tuple(_not_a_taker("release", actor))),
        Decision("limit", tuple(_not_a_manager(actor))),
    )


def _held(environment: Environment, *, now: datetime) -> EnvironmentLock | None:
    found = EnvironmentLock.objects.select_related("locked_by", "change", "environment")
    return found.filter(
        environment=environment, released_at__isnull=True, locked_at__lte=now, until__gt=now
    ).first()


def _locked(slug: str) -> Environment:
    """The row, locked against all that start or take something there until the transaction ends."""
    row = Environment.objects.select_for_update(no_key=True).filter(slug=slug).first()
    if row is None:
        raise NoSuchEnvironment(slug)
    return row


def _check(*, reason: str, until: datetime, now: datetime) -> None:
    wrong = {}
    if not reason.strip():
        wrong["reason"] = "Say what it is needed for, so that those who wait know."
    elif len(reason.strip()) > 300:
        wrong["reason"] = "Say it in at most 300 characters."
    if until.tzinfo is None:
        wrong["until"] = "Give the time with its offset, such as 2026-11-23T09:00:00+01:00."
    elif until <= now:
        wrong["until"] = "This time is over: give one that lies ahead."
    elif until > now + LONGEST:
        wrong["until"] = "Lock it for at most a week; for longer, ask for a freeze."
    if wrong:
        raise ValidationError(wrong)


def _change(ref: str, *, environment: Environment) -> Change:
    try:
        found = Change.objects.select_related("environment").filter(pk=number_of(ref)).first()
    except NoSuchChange:
        found = None
    if found is None:
        raise ValidationError({"change": f"There is no change {ref}."})
    if found.environment_id != environment.pk:
        raise ValidationError(
            {"change": f"{found.ref} is for {found.environment.slug}: name one for this one."}
        )
    if found.state in FINAL:
        raise ValidationError({"change": f"{found.ref} is over: name one that lies ahead."})
    return found


def _refuse_taken(environment: Environment, *, now: datetime) -> None:
    held = _held(environment, now=now)
    if held is None:
        return
    reason = Reason(
        "environment_busy",
        f"{held.locked_by.username} has locked {environment.slug} until {moment(held.until)}: "
        f"{held.reason}",
        f"Ask {held.locked_by.username} or a change manager to release it first.",
        until=held.until,
        source=held.ref,
    )
    raise refuse("lock", reason)


def _demand(reasons: Iterator[Reason], verb: str) -> None:
    for reason in reasons:
        raise refuse(verb, reason)


def _not_a_taker(verb: str, actor: User) -> Iterator[Reason]:
    """See Note [Who takes an environment]."""
    roles = roles_of(actor)
    takes = actor.is_superuser or {CHANGE_MANAGERS, ON_CALL} & roles
    if not actor.is_active or not takes or AUDITORS in roles:
        yield _not_permitted(actor, "change managers and whoever is on call", verb)


def _not_a_manager(actor: User) -> Iterator[Reason]:
    if not actor.is_active or not (actor.is_superuser or CHANGE_MANAGERS in roles_of(actor)):
        yield _not_permitted(actor, "change managers", "limit")


def _not_permitted(actor: User, who: str, verb: str) -> Reason:
    return Reason(
        "not_permitted",
        f"Only {who} {verb} an environment; {actor.username} is none of them.",
        "Ask one of them to do it.",
        source="people",
    )


_CLAIM_ANEW = """
UPDATE changes_reservation r SET excludes = false,
    claim = CASE %(apart)s WHEN 'environment' THEN 0 ELSE r.service_id END
WHERE r.environment_id = %(environment)s
"""
_EXCLUDE_ANEW = """
UPDATE changes_reservation r SET excludes = true
WHERE r.environment_id = %(environment)s AND r.is_own AND r.kind = 'normal' AND NOT EXISTS (
    SELECT FROM changes_reservation o
    WHERE o.is_own AND o.kind = 'normal' AND o.change_id < r.change_id
        AND o.environment_id = r.environment_id AND o.claim = r.claim
        AND o.starts_at < r.ends_at AND o.ends_at > r.starts_at)
"""


def _keep_apart(environment: Environment) -> None:
    """Claim anew what is reserved; of two that overlap already, the one filed first excludes."""
    values: dict[str, Any] = {"environment": environment.pk, "apart": environment.one_at_a_time}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM_ANEW, values)
        if environment.one_at_a_time != Environment.OneAtATime.NOTHING:
            cursor.execute(_EXCLUDE_ANEW, values)


def _record(lock: EnvironmentLock, verb: str, *, actor: User, now: datetime) -> None:
    ref = lock.change.ref if lock.change else ""
    timeline.record(
        subject=f"environment:{lock.environment.slug}",
        about=[ref] if ref else [],
        verb=verb,
        actor=actor.username,
        at=now,
        data={
            "lock": lock.ref,
            "reason": lock.reason,
            "until": rfc3339(lock.until),
            "change": ref,
            **rows.told({lock.row_ref: lock}),
        },
    )
