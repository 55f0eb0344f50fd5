"""All that the answer to a polled question rests on, as one text: alike while nothing changed.

# Note [What a poll looks at]
A pipeline that waits asks the same again and again. What the rules read comes from one statement,
so that same statement tells whether they would read anything else: if PostgreSQL says the very
same, byte for byte, they say the same, until the clock passes what they named. With it come the
token, the key in use, what the run was told last and the place in the queue. There is no list of
what a decision depends on that somebody could forget to keep up.
Mostly less will do, as for the gate itself (Note [What the gate remembers] in `kept`): what seldom
changes is looked at by the number of `catalog_stamp`, by which the keys of the place are known,
too; the change and what was agreed on by the versions of their rows; and what most changes have
not is only asked after: where there is any, the whole is looked at. `test_what_polls_see` and
`test_versions` hold this to what the rules read.
"""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from catalog import statements
from catalog.statements import Link
from changes.queries import facts_sql, held_sql, kept, live_sql

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
_NEWEST = """
    (SELECT a.id FROM changes_gateanswer a WHERE a.asking = %(asking)s::uuid
        ORDER BY a.number DESC LIMIT 1)
"""
# Not EXISTS, for which PostgreSQL would rather hash every deployment there ever was.
_PERMIT = """
    CASE WHEN %(permit)s::uuid IS NOT NULL THEN json_build_array(
        (SELECT 1 FROM changes_deployment d
            WHERE d.permit_id = %(permit)s::uuid::text AND d.permit_id <> ''
                AND d.status = 'started' LIMIT 1),
        (SELECT 1 FROM changes_permitrevocation r WHERE r.permit_id = %(permit)s::uuid LIMIT 1)) END
"""
# Places of the change, and mine. Until when mine is kept is renewed by polling, and so is no part
# of what is compared.
_QUEUE = """
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_array(q.id, q.held_until > %(now)s::timestamptz) ORDER BY q.id)
            AS told,
        max(CASE WHEN q.run_id = %(run_id)s
            THEN q.id || ' ' || extract(epoch FROM q.expires_at) END) AS mine
    FROM changes_queueplace q WHERE q.change_id = c.id AND q.left_at IS NULL) m ON true
"""
_MINE = "E'\\n' || coalesce(m.mine, '')"
_ALL = facts_sql.row("%(actor)s::bigint", _BEARER, _KEY, _NEWEST, _PERMIT)
_SAYS = f"{_ALL} || {_MINE} {facts_sql.PLACE}"
_USUAL = f"""
    %(stamp)s::bigint = {facts_sql.STAMP} AND NOT {live_sql.UNUSUAL}
    AND {live_sql.NO_CANARY}
"""
_VERSIONS = ", ".join((*live_sql.VERSIONS, "m.told", _NEWEST, _PERMIT))
_SAYS_LIVE = f"""
SELECT CASE WHEN {_USUAL} THEN json_build_array({_VERSIONS})::text || {_MINE} END
FROM (SELECT) anything
"""  # noqa: S608 fragments of ours
_OF_CHANGE = f"{_SAYS} {facts_sql.JOINED_CHANGE} {_QUEUE} {facts_sql.NAMED}"
_OF_REVISION = f"{_SAYS} {facts_sql.of_revision('s.id', 'e.id')} {_QUEUE} {facts_sql.NAMED}"
_LIVE_OF_CHANGE = f"{_SAYS_LIVE} {facts_sql.JOINED_CHANGE} {_QUEUE}"
_LIVE_OF_REVISION = f"{_SAYS_LIVE} {live_sql.OF_REVISION_THERE} {_QUEUE}"
_PLACE_BY_NAME = f"""
SELECT {facts_sql.STAMP}, s.id, e.id, {held_sql.claim("s.id")}
FROM catalog_service s CROSS JOIN catalog_environment e
{facts_sql.NAMED} AND e.max_running IS NULL
"""  # noqa: S608 fragments of ours
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


class Place(NamedTuple):
    """Keys of a place, by which it is known while `stamp` is the number of `catalog_stamp`.

    `claim` is what is taken there by a change that runs: see `held_sql.claim`.
    """

    stamp: int
    service_id: int
    environment_id: int
    claim: int


def place(*, service: str, environment: str) -> Place | None:
    """The keys of a place; None where only so many changes may run. One statement."""
    found = statements.fetched(_PLACE_BY_NAME, {"service": service, "environment": environment})
    return Place(*found[0]) if found else None


def look(
    asked: dict[str, Any], *, now: datetime, whole: bool = False, over: Link = statements
) -> Seen:
    """One statement, or a second where there is what most changes have not; `whole` tells there is.

    `asked` holds what they name: a change by key or None, a revision, …; and what is told of their
    `Place`, where there is one.
    """
    by_revision = asked["change"] is None
    stands = "stamp" in asked and not connection.in_atomic_block
    if stands and not whole:
        said = over.text(
            _LIVE_OF_REVISION if by_revision else _LIVE_OF_CHANGE, {**asked, "now": now}
        )
        if said:
            return _seen(said, whole=False)
    said = over.text(_OF_REVISION if by_revision else _OF_CHANGE, {**asked, "now": now})
    return _seen(said or b"", whole=True)


def _seen(said: bytes, *, whole: bool) -> Seen:
    text, _, mine = said.rpartition(b"\n")
    place, _, lost_at = mine.partition(b" ")
    return Seen(kept.sight(text), int(place or 0), float(lost_at or 0), whole)


def renew(*, place: int, until: datetime, now: datetime, over: Link = statements) -> None:
    """Keep a place in the queue for whoever polls, as asking again does."""
    over.done(_RENEW, {"place": place, "until": until, "now": now})
