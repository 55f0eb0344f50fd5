"""Alerts and their firings as rows, read and written many at a time.

# Note [A statement for many]
A storm comes as a hundred alerts in a message. However many there are, they are read by one
statement and written by a few: those that are known by UPDATE, those that are new by INSERT. Where
somebody else wrote a new one first, nothing is inserted, and the caller reads it again.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from django.db import connection
from django.db.models import Q

from incidents.alerts.following import Firing, Standing
from incidents.models import Alert, AlertOccurrence

_COLUMNS = {
    "state": "text",
    "title": "text",
    "body": "text",
    "severity": "smallint",
    "severity_word": "text",
    "service_word": "text",
    "environment_word": "text",
    "group_word": "text",
    "labels": "jsonb",
    "links": "jsonb",
    "service_id": "bigint",
    "environment_id": "bigint",
    "route_id": "bigint",
    "group_id": "bigint",
    "incident_id": "bigint",
    "unrouted_because": "text",
    "occurrence": "text",
    "first_at": "timestamptz",
    "started_at": "timestamptz",
    "ended_at": "timestamptz",
    "last_heard_at": "timestamptz",
    "ends_by_itself_at": "timestamptz",
    "occurrences": "int",
    "flaps": "int",
    "heard": "int",
    "was_over": "boolean",
    "acknowledged_at": "timestamptz",
    "acknowledged_by_id": "bigint",
}
_NAMES = ", ".join(_COLUMNS)
_TYPED = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
_INSERT = f"""
INSERT INTO incidents_alert (source, key, {_NAMES})
SELECT source, key, {_NAMES} FROM jsonb_to_recordset(%s::jsonb) AS told(source text, key text, {_TYPED})
ORDER BY source, key ON CONFLICT (source, key) DO NOTHING RETURNING id, key
"""  # noqa: E501, S608 the names are ours
_UPDATE = f"""
UPDATE incidents_alert alert SET ({_NAMES}) = ROW({", ".join("told." + name for name in _COLUMNS)})
FROM jsonb_to_recordset(%s::jsonb) AS told(id bigint, {_TYPED}) WHERE alert.id = told.id
"""  # noqa: S608 the names are ours
_FIRINGS = """
INSERT INTO incidents_alertoccurrence (alert_id, word, said_at, started_at, ended_at, ended_by,
    heard_at, clock_is_off)
SELECT alert_id, word, said_at, started_at, ended_at, ended_by, heard_at, clock_is_off
FROM jsonb_to_recordset(%s::jsonb) AS told(alert_id bigint, word text, said_at timestamptz,
    started_at timestamptz, ended_at timestamptz, ended_by text, heard_at timestamptz,
    clock_is_off boolean)
ON CONFLICT (alert_id, word) DO UPDATE SET ended_at = EXCLUDED.ended_at, ended_by = EXCLUDED.ended_by
"""  # noqa: E501


def locked(*, source: str, keys: Iterable[str]) -> dict[str, Alert]:
    """The alerts of a source that are known, by key, locked until the transaction ends."""
    rows = Alert.objects.select_for_update().filter(source=source, key__in=list(keys))
    return {one.key: one for one in rows.order_by("source", "key")}


def standings(alerts: Iterable[Alert], *, words: Mapping[int, set[str]]) -> dict[int, Standing]:
    """How alerts stand, by id, with those of their firings that the words are of."""
    alerts = list(alerts)
    rows = AlertOccurrence.objects.filter(_together(alerts, words)) if alerts else ()
    known: dict[int, dict[str, Firing]] = {}
    for row in rows:
        known.setdefault(row.alert_id, {})[row.word] = Firing(
            word=row.word,
            said_at=row.said_at,
            started_at=row.started_at,
            heard_at=row.heard_at,
            ended_at=row.ended_at,
            ended_by=row.ended_by,
            clock_is_off=row.clock_is_off,
        )
    return {one.pk: _standing(one, known.get(one.pk, {})) for one in alerts}


def _together(alerts: Sequence[Alert], words: Mapping[int, set[str]]) -> Q:
    """Firings of any of the alerts with any of the words: more than is asked for does no harm."""
    every = {one.occurrence for one in alerts}.union(*(words.get(one.pk, ()) for one in alerts))
    return Q(alert__in=[one.pk for one in alerts], word__in=every)


def _standing(alert: Alert, known: Mapping[str, Firing]) -> Standing:
    return Standing(
        state=alert.state,
        newest=known.get(alert.occurrence),
        known=known,
        occurrences=alert.occurrences,
        flaps=alert.flaps,
        heard=alert.heard,
    )


def insert(alerts: Sequence[Alert]) -> list[Alert]:
    """Write new alerts; answers those that nobody else wrote first, with their ids."""
    if not alerts:
        return []
    by_key = {one.key: one for one in alerts}
    told = [{"source": one.source, "key": one.key, **_told(one)} for one in alerts]
    written = []
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [orjson.dumps(told).decode()])
        for number, key in cursor.fetchall():
            by_key[key].pk = number
            written.append(by_key[key])
    return written


def update(alerts: Sequence[Alert]) -> None:
    """Write alerts that were locked."""
    _execute(_UPDATE, [{"id": one.pk, **_told(one)} for one in alerts])


def write_firings(firings: Sequence[tuple[int, Firing]]) -> None:
    """Write firings of alerts, each with the alert's id; of those known only the end."""
    _execute(
        _FIRINGS,
        [
            {
                "alert_id": number,
                "word": one.word,
                "said_at": one.said_at,
                "started_at": one.started_at,
                "ended_at": one.ended_at,
                "ended_by": one.ended_by,
                "heard_at": one.heard_at,
                "clock_is_off": one.clock_is_off,
            }
            for number, one in firings
        ],
    )


def _told(alert: Alert) -> dict[str, Any]:
    return {name: getattr(alert, name) for name in _COLUMNS}


def _execute(sql: str, told: list[dict[str, Any]]) -> None:
    if told:
        with connection.cursor() as cursor:
            cursor.execute(sql, [orjson.dumps(told).decode()])
