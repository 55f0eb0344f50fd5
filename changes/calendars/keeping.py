"""Keeping what a calendar said: the copy, its times as rows, and an event where they differ."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from changes.calendars.reading import Reading
from changes.models import Calendar, ListedTime, Window
from changes.queries import rows
from changes.windows import Interval, Listed
from ledger import refs, timeline
from ledger.decision import rfc3339

HOURLY, DAILY = timedelta(hours=1), timedelta(days=1)
TOLD_AT_MOST = 50


def keep(window: Window, reading: Reading, *, actor: str, now: datetime) -> None:
    """Write a reading into the caller's transaction, which has locked the window.

    Times that are over stay. Records `calendar.read` where the times ahead are others than before,
    and `calendar.recovered` where reading had failed.
    """
    before = Calendar.objects.filter(window=window).first()
    Calendar.objects.update_or_create(
        window=window,
        defaults={
            "text": reading.text,
            "digest": reading.digest,
            "etag": reading.etag,
            "last_modified": reading.last_modified,
            "polled_at": now,
            "good_at": now,
            "failed_at": None,
            "failure": "",
            "failures": 0,
            "due_at": now + (HOURLY if window.source == Window.Source.ICS_URL else DAILY),
            "read_until": reading.until,
        },
    )
    if before is not None and before.failures:
        since = {"failing_since": rfc3339(before.good_at), "failures": before.failures}
        record(window, "calendar.recovered", actor=actor, now=now, says=since)
    _list(window, reading, actor=actor, now=now, first=before is None)


def forget(window: Window, *, actor: str, now: datetime) -> None:
    """Let a window that has times of its own now lose its calendar and the times ahead."""
    gone, _ = ListedTime.objects.filter(window=window, ends_at__gt=now).delete()
    Calendar.objects.filter(window=window).delete()
    says = {"counts": {"added": 0, "removed": gone}, "rows": _rows(window)}
    record(window, "calendar.left", actor=actor, now=now, says=says)


def record(window: Window, verb: str, *, actor: str, now: datetime, says: dict[str, Any]) -> None:
    """An event of the window's calendar."""
    timeline.record(
        subject=window.ref,
        about=[
            *(refs.of_service(slug) for slug in window.services),
            *(refs.of_team(slug) for slug in window.teams),
        ],
        verb=verb,
        actor=actor,
        at=now,
        data={"name": window.name, "source": window.source, **says},
    )


def _list(window: Window, reading: Reading, *, actor: str, now: datetime, first: bool) -> None:
    ahead = ListedTime.objects.filter(window=window, ends_at__gt=now)
    old = {
        Listed(Interval(starts, ends), summary)
        for starts, ends, summary in ahead.values_list("starts_at", "ends_at", "summary")
    }
    new = {one for one in reading.times if one.interval.ends_at > now}
    if old == new and not first:
        return
    ahead.delete()
    ListedTime.objects.bulk_create(
        ListedTime(
            window=window,
            starts_at=one.interval.starts_at,
            ends_at=one.interval.ends_at,
            summary=one.summary,
        )
        for one in sorted(new)
    )
    says = {
        "times": len(new),
        "until": rfc3339(reading.until),
        "added": _some(new - old),
        "removed": _some(old - new),
        "counts": {"added": len(new - old), "removed": len(old - new)},
        "rows": _rows(window),
    }
    record(window, "calendar.read", actor=actor, now=now, says=says)


def _rows(window: Window) -> dict[str, str | None]:
    """What the ledger is verified against: the digest of the times as they are kept now."""
    return {rows.times_ref(window): rows.times_digest(window)}


def _some(times: Iterable[Listed]) -> list[dict[str, Any]]:
    return [_told(one) for one in sorted(times)[:TOLD_AT_MOST]]


def _told(one: Listed) -> dict[str, Any]:
    interval = one.interval
    return {
        "starts_at": rfc3339(interval.starts_at),
        "ends_at": rfc3339(interval.ends_at),
        "summary": one.summary,
    }
