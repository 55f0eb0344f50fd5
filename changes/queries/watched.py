"""All that the answer to a polled question rests on, as one text: alike while nothing changed.

# Note [What a poll looks at]
A pipeline that waits asks the same again and again. What the rules read comes from one statement,
so that same statement tells whether they would read anything else: if PostgreSQL says the very
same, byte for byte, they say the same, until the clock passes what they named. With it come the
token, the key in use, what the run was told last and the place in the queue. There is no list of
what a decision depends on that somebody could forget to keep up.
As for the gate itself (Note [What the gate remembers] in `kept`), what seldom changes is looked at
by the number of `catalog_stamp`, and what most changes have not is only asked after: where there is
any, the whole is looked at.
"""

from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from django.db import connection

from catalog import statements
from changes.queries import facts_sql, held_sql

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
# Not EXISTS, for which PostgreSQL would rather hash every deployment there ever was.
_LAST = """
    (SELECT json_build_array(a.id,
            (SELECT 1 FROM changes_deployment d
                WHERE d.permit_id = a.id::text AND d.permit_id <> ''
                    AND d.status = 'started' LIMIT 1),
            (SELECT 1 FROM changes_permitrevocation r WHERE r.permit_id = a.id LIMIT 1))
        FROM (SELECT id FROM changes_gateanswer
            WHERE asking = %(asking)s::uuid OR id = %(asking)s::uuid
            ORDER BY number DESC LIMIT 1) a)
"""
_MINE = """
LEFT JOIN changes_queueplace m
    ON m.change_id = c.id AND m.run_id = %(run_id)s AND m.left_at IS NULL
"""
_ALL = facts_sql.row("%(actor)s::bigint", _BEARER, _KEY, _LAST)
_UNUSUAL = facts_sql.unusual(
    "s.id", "e.id", "CASE e.one_at_a_time WHEN 'environment' THEN 0 ELSE s.id END"
)
_USUAL = f"NOT ({_UNUSUAL} OR e.max_running IS NOT NULL)"
# Until when the place is kept is renewed by polling, and so is no part of what is compared.
_PLACE = "E'\\n' || coalesce(m.id || ' ' || extract(epoch FROM m.expires_at), '')"
_SAYS = f"{_ALL} || {_PLACE}"
_THERE = "FROM catalog_service s CROSS JOIN catalog_environment e"


def _says_live(change: str, joined: str) -> str:
    surely = facts_sql.live(change, facts_sql.AGREED_VERSIONS, service="s.id")
    parts = (*surely, held_sql.QUEUING, _LAST)
    says = f"CASE WHEN {_USUAL} THEN json_build_array({', '.join(parts)})::text || {_PLACE} END"
    return f"SELECT {says} {_THERE} {joined} {_MINE} {facts_sql.NAMED}"


_OF_CHANGE = f"{_SAYS} {facts_sql.PLACE} {facts_sql.JOINED_CHANGE} {_MINE} {facts_sql.NAMED}"
_OF_REVISION = (
    f"{_SAYS} {facts_sql.PLACE} {facts_sql.of_revision('s.id', 'e.id')} {_MINE} {facts_sql.NAMED}"
)
_LIVE_OF_CHANGE = _says_live(facts_sql.ROW_VERSION, facts_sql.JOINED_CHANGE)
_LIVE_OF_REVISION = _says_live(facts_sql.THERE, facts_sql.of_revision("s.id", "e.id"))
_RENEW = """
UPDATE changes_queueplace SET asked_at = %(now)s::timestamptz,
    expires_at = greatest(expires_at, %(until)s::timestamptz)
WHERE id = %(place)s::bigint AND left_at IS NULL
"""


class Seen(NamedTuple):
    """A digest of what was seen; the place in the queue, 0 for none, and when it is lost.

    `whole` where it took the whole statement.
    """

    sight: bytes
    place: int
    lost_at: float
    whole: bool


def look(asked: dict[str, Any], *, now: datetime, whole: bool = False) -> Seen:
    """One statement, or a second where there is what most changes have not; `whole` tells there is.

    `asked` holds what they name: a change by key or None, a revision, …
    """
    by_revision = asked["change"] is None
    if not whole and not connection.in_atomic_block:  # where the number stands still
        said = statements.text(
            _LIVE_OF_REVISION if by_revision else _LIVE_OF_CHANGE, {**asked, "now": now}
        )
        if said:
            return _seen(said, whole=False)
    said = statements.text(_OF_REVISION if by_revision else _OF_CHANGE, {**asked, "now": now})
    return _seen(said or b"", whole=True)


def _seen(said: bytes, *, whole: bool) -> Seen:
    text, _, mine = said.rpartition(b"\n")
    place, _, lost_at = mine.partition(b" ")
    sight = blake2b(text, digest_size=16).digest()
    return Seen(sight, int(place or 0), float(lost_at or 0), whole)


def renew(*, place: int, until: datetime, now: datetime) -> None:
    """Keep a place in the queue for whoever polls, as asking again does."""
    statements.done(_RENEW, {"place": place, "until": until, "now": now})
