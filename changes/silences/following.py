"""Setting and lifting silences as changes go. What is to be done is written in rows.

# Note [Silences follow changes]
A change that is being implemented wants a silence in each Alertmanager that covers its place; one
that is not any more wants it lifted. Workers compare the two and do what is missing, so nothing is
lost with a worker, a broker or an Alertmanager that is away: it is tried again until the silence
would be over. A change never waits for its silence, and hears on its timeline of one that could not
be set. Every silence has an end of its own, should we be away when it is to be lifted; what still
fires then is told by Alertmanager as ever. An answer that was lost may have set one: it is looked
for by its comment before another is set.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction

from changes.lifecycle.moving import record
from changes.models import Silence
from changes.queries.refs import locked
from changes.silences import alertmanager
from changes.silences.alertmanager import Where
from changes.states import State as ChangeState
from ledger import sealing
from ledger.decision import rfc3339
from ledger.fetching import NotFetched, Trouble

State = Silence.State
LEASE: Final = timedelta(seconds=60)  # Longer than the longest asking.
FIRST_WAIT: Final = timedelta(seconds=10)
LONGEST_WAIT: Final = timedelta(minutes=5)
TELLS_AFTER: Final = 3
SET, LIFTED, FAILED = "silence.set", "silence.lifted", "silence.failed"
_SAID = Silence._meta.get_field("last_error").max_length or 0
_WANT = """
INSERT INTO changes_silence
    (change_id, server_id, state, number, ends_at, due_at, attempts, last_error)
SELECT c.id, a.id, 'wanted', '', c.started_at + a.longest, %(now)s, 0, ''
FROM changes_change c
JOIN catalog_service s ON s.id = c.service_id
JOIN catalog_environment e ON e.id = c.environment_id
JOIN changes_alertmanagerserver a ON a.is_active
    AND (a.services = '{}' OR s.slug = ANY (a.services))
    AND (a.environments = '{}' OR e.slug = ANY (a.environments))
WHERE c.state = 'implementing' AND c.started_at + a.longest > %(now)s
    AND NOT EXISTS (SELECT FROM changes_silence o WHERE o.change_id = c.id AND o.server_id = a.id)
ON CONFLICT DO NOTHING
"""
# One that failed and is tried again wants it again, as long as from its start.
_WANT_AGAIN = """
UPDATE changes_silence l
SET state = 'wanted', number = '', due_at = %(now)s, attempts = 0, last_error = '',
    ends_at = again.at + a.longest
FROM changes_change c
CROSS JOIN changes_alertmanagerserver a
CROSS JOIN LATERAL (
    SELECT max(e.at) AS at FROM ledger_event e
    WHERE e.subject = 'CHG-' || c.id AND e.verb = 'change.retried') again
WHERE c.id = l.change_id AND a.id = l.server_id AND a.is_active
    AND l.state IN ('lifted', 'given_up') AND c.state = 'implementing'
    AND again.at + a.longest > greatest(l.ends_at, %(now)s)
"""
_LIFT = """
UPDATE changes_silence l SET due_at = %(now)s
FROM changes_change c
WHERE c.id = l.change_id AND l.state = 'set' AND l.due_at IS NULL AND c.state <> 'implementing'
"""


def want(*, now: datetime) -> None:
    """Write what changes want that run, and that do not any more. Three statements."""
    with connection.cursor() as cursor:
        cursor.execute(_WANT, {"now": now})
        cursor.execute(_WANT_AGAIN, {"now": now})
        cursor.execute(_LIFT, {"now": now})


def look_at_due(*, now: datetime) -> bool:
    """Set or lift the silence that has been due the longest; False where none is."""
    row = _claimed(now)
    if row is None:
        return False
    runs = row.change.state == ChangeState.IMPLEMENTING
    try:
        number = _set(row, now=now) if runs and row.ends_at > now else _lifted(row)
    except NotFetched as problem:
        _postpone(row, str(problem), now=now)
    else:
        _keep(row, number, now=now)
    return True


def matchers_of(row: Silence) -> dict[str, str]:
    """Which alerts it silences, by label."""
    found = {row.server.service_label: row.change.service.slug}
    if row.server.environment_label:
        found[row.server.environment_label] = row.change.environment.slug
    return found


def _set(row: Silence, *, now: datetime) -> str:
    where, comment = _where(row), _comment(row)
    known = ""
    if row.attempts > 1:
        known = alertmanager.found(where, matchers=matchers_of(row), comment=comment)
    return known or alertmanager.put(
        where, matchers=matchers_of(row), starts_at=now, ends_at=row.ends_at, comment=comment
    )


def _lifted(row: Silence) -> str:
    """Lift it, also one whose answer was lost."""
    where, number = _where(row), row.number
    if not number and row.attempts > 1:
        number = alertmanager.found(where, matchers=matchers_of(row), comment=_comment(row))
    if number:
        alertmanager.expire(where, number)
    return ""


def _comment(row: Silence) -> str:
    return f"CHG-{row.change_id} is being implemented (Tidegate silence {row.pk})."


def _where(row: Silence) -> Where:
    if not row.server.sealed_bearer:
        return Where(row.server.base_url)
    try:
        bearer = sealing.unseal(row.server.sealed_bearer.encode()).decode()
    except sealing.Unreadable as problem:
        raise NotFetched(Trouble.NOT_REACHED, str(problem)) from problem
    return Where(row.server.base_url, bearer)


def _claimed(now: datetime) -> Silence | None:
    with transaction.atomic():
        free = Silence.objects.filter(due_at__lte=now).select_for_update(
            skip_locked=True, of=("self",)
        )
        joined = free.select_related("server", "change__service", "change__environment")
        row = joined.order_by("due_at", "id").first()
        if row is not None:
            row.due_at = now + LEASE
            row.attempts += 1
            row.save(update_fields=["due_at", "attempts"])
        return row


@transaction.atomic
def _keep(claim: Silence, number: str, *, now: datetime) -> None:
    """Write what was done; the change is locked first, as the lifecycle does.

    One that was set for a change that was finished meanwhile is due at once.
    """
    change = locked(ref=f"CHG-{claim.change_id}")
    row = _taken(claim)
    if row is None:
        return
    was = row.state
    row.number = number or row.number
    row.state = State.SET if number else State.LIFTED
    over = number and change.state != ChangeState.IMPLEMENTING
    row.due_at, row.attempts, row.last_error = (now if over else None), 0, ""
    row.save()
    if number or was == State.SET:
        verb = SET if number else LIFTED
        record(change, verb, actor=None, now=now, says=_told(claim, row))


@transaction.atomic
def _postpone(claim: Silence, said: str, *, now: datetime) -> None:
    """Try again later, until it would be over; a person hears of it once."""
    change = locked(ref=f"CHG-{claim.change_id}")
    row = _taken(claim)
    if row is None:
        return
    row.last_error = said[:_SAID]
    over = row.ends_at <= now
    if over:
        row.state, row.due_at = State.GIVEN_UP, None
    else:
        row.due_at = now + min(FIRST_WAIT * 2 ** min(row.attempts - 1, 10), LONGEST_WAIT)
    row.save()
    if row.attempts == TELLS_AFTER or over:
        says = {**_told(claim, row), "reason": row.last_error, "given_up": over}
        record(change, FAILED, actor=None, now=now, says=says)


def _taken(claim: Silence) -> Silence | None:
    """The row, locked, unless another worker took it meanwhile."""
    row = Silence.objects.select_for_update().get(pk=claim.pk)
    return row if row.due_at == claim.due_at else None


def _told(claim: Silence, row: Silence) -> dict[str, Any]:
    return {
        "server": claim.server.slug,
        "matchers": matchers_of(claim),
        "silence": row.number,
        "ends_at": rfc3339(row.ends_at),
    }
