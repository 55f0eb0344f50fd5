"""How far it is settled which events there are: never past a gap that may still fill.

# Note [Settled events]
Ids are drawn from a sequence when an event is written, and events are seen when their transaction
commits: 12 may be there while 11 is not yet. Whoever has drawn an id and not ended holds a lock on
the table, `RowExclusiveLock`, taken before the id was drawn. So: read how far the sequence is, then
see who holds that lock; once each of them has ended, whatever id up to there is missing was given
up. Snapshots would not do: an id is drawn before PostgreSQL gives its transaction a number. Writers
wait for nothing, and pay nothing.
"""

import time

from django.db import connection

PAUSE_SECONDS = 0.02
_LOOKED_AT = 100_000
_DRAWN = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM ledger_event_id_seq"
_RECORDING = """
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND relation = 'ledger_event'::regclass AND mode = 'RowExclusiveLock'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND pid IS DISTINCT FROM pg_backend_pid()
"""
_WITHOUT_GAP = """
SELECT coalesce(max(id), %(after)s) FROM (
    SELECT id, row_number() OVER (ORDER BY id) AS place FROM (
        SELECT id FROM ledger_event WHERE id > %(after)s AND id <= %(upto)s
        ORDER BY id LIMIT %(looked_at)s) following
) numbered WHERE id = %(after)s + place
"""


def settled(*, after: int, wait_seconds: float) -> int:
    """The highest id up to which no event can come any more; see Note [Settled events].

    Waits so long for those who are recording. Where somebody still is, the answer ends before the
    first id after `after` that is missing.
    """
    deadline = time.monotonic() + wait_seconds
    with connection.cursor() as cursor:
        cursor.execute(_DRAWN)
        upto: int = cursor.fetchone()[0]
        recording = _all_recording()
        while recording and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)
            recording &= _all_recording()
        if recording:
            values = {"after": after, "upto": upto, "looked_at": _LOOKED_AT}
            cursor.execute(_WITHOUT_GAP, values)
            upto = cursor.fetchone()[0]
    return upto


def _all_recording() -> set[str]:
    """Who else may have drawn an id and not ended."""
    with connection.cursor() as cursor:
        cursor.execute(_RECORDING)
        return {transaction for (transaction,) in cursor.fetchall()}
