"""The times that calendars of somebody else's name, with the windows they are of."""

from datetime import datetime
from typing import Any

from django.db.models import JSONField, QuerySet
from django.db.models.expressions import RawSQL

from changes.models import Window
from changes.windows import Interval, Listed

_AS_JSON = """
CASE WHEN changes_window.source <> 'times' THEN (
    SELECT jsonb_agg(jsonb_build_array(l.starts_at, l.ends_at, l.summary) ORDER BY l.starts_at)
    FROM changes_listedtime l
    WHERE l.window_id = changes_window.id AND l.ends_at > %s AND l.starts_at < %s) END
"""


def with_times(rows: QuerySet[Window], *, within: Interval) -> QuerySet[Window]:
    """The same windows, with the listed times that touch a period, in the same statement."""
    times = RawSQL(_AS_JSON, [within.starts_at, within.ends_at], output_field=JSONField())  # noqa: S611
    return rows.annotate(times_within=times)


def listed_of(row: Window) -> tuple[Listed, ...]:
    """The times a calendar names for a window, none for a window with times of its own.

    Those that `with_times` fetched; else those of a calendar just read, `row.read`; else all that
    are kept, by one statement.
    """
    if row.source == Window.Source.TIMES:
        return ()
    if (read := getattr(row, "read", None)) is not None:
        return tuple(read.times)
    if hasattr(row, "times_within"):
        return tuple(_listed(*one) for one in row.times_within or ())
    kept = row.times.order_by("starts_at").values_list("starts_at", "ends_at", "summary")
    return tuple(Listed(Interval(starts, ends), summary) for starts, ends, summary in kept)


def _listed(starts: str, ends: str, summary: str) -> Listed:
    return Listed(Interval(_instant(starts), _instant(ends)), summary)


def _instant(text: Any) -> datetime:
    return datetime.fromisoformat(text)
