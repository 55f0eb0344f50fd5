"""All that the answer to a polled question rests on, as one text: alike while nothing changed.

# Note [What a poll looks at]
A pipeline that waits asks the same again and again. What the rules read comes from one statement,
so that same statement tells whether they would read anything else: if PostgreSQL says the very
same, byte for byte, they say the same, until the clock passes what they named. With it come the
token, the key in use, what the run was told last and the place in the queue. There is no list of
what a decision depends on that somebody could forget to keep up.
"""

from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from catalog import statements
from changes.queries import facts_sql

# Of a token all but what is noted of its use.
_BEARER = """
    (SELECT json_build_array(to_jsonb(k) - '{last_used_at,reminders}'::text[], u.username,
            u.is_active, u.is_robot)
        FROM catalog_apitoken k JOIN catalog_user u ON u.id = k.user_id
        WHERE k.digest = decode(%(token)s, 'hex'))
"""
_KEY = """
    (SELECT kid FROM ledger_signingkey WHERE purpose = %(key_purpose)s AND retired_at IS NULL)
"""
_LAST = """
    (SELECT json_build_array(a.id, EXISTS (SELECT FROM changes_deployment d
            WHERE d.permit_id = a.id::text AND d.status = 'started'),
            EXISTS (SELECT FROM changes_permitrevocation r WHERE r.permit_id = a.id))
        FROM changes_gateanswer a
        WHERE a.asking = %(asking)s::uuid OR a.id = %(asking)s::uuid
        ORDER BY a.number DESC LIMIT 1)
"""
_MINE = """
LEFT JOIN changes_queueplace m
    ON m.change_id = c.id AND m.run_id = %(run_id)s AND m.left_at IS NULL
"""
_ALL = facts_sql.row("%(actor)s::bigint", _BEARER, _KEY, _LAST)
# Until when the place is kept is renewed by polling, and so is no part of what is compared.
_SAYS = f"{_ALL} || E'\\n' || coalesce(m.id || ' ' || extract(epoch FROM m.expires_at), '')"
_OF_CHANGE = f"{_SAYS} {facts_sql.PLACE} {facts_sql.JOINED_CHANGE} {_MINE} {facts_sql.NAMED}"
_OF_REVISION = (
    f"{_SAYS} {facts_sql.PLACE} {facts_sql.of_revision('s.id', 'e.id')} {_MINE} {facts_sql.NAMED}"
)
_RENEW = """
UPDATE changes_queueplace SET asked_at = %(now)s::timestamptz,
    expires_at = greatest(expires_at, %(until)s::timestamptz)
WHERE id = %(place)s::bigint AND left_at IS NULL
"""


class Seen(NamedTuple):
    """A digest of what was seen; the place in the queue, 0 for none, and when it is lost."""

    sight: bytes
    place: int
    lost_at: float


def look(asked: dict[str, Any], *, now: datetime) -> Seen:
    """One statement. `asked` holds what it names: a change by key or None, a revision, …"""
    sql = _OF_REVISION if asked["change"] is None else _OF_CHANGE
    text, _, mine = (statements.text(sql, {**asked, "now": now}) or b"").rpartition(b"\n")
    place, _, lost_at = mine.partition(b" ")
    return Seen(blake2b(text, digest_size=16).digest(), int(place or 0), float(lost_at or 0))


def renew(*, place: int, until: datetime, now: datetime) -> None:
    """Keep a place in the queue for whoever polls, as asking again does."""
    statements.done(_RENEW, {"place": place, "until": until, "now": now})
