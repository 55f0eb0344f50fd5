"""What a calendar feed shows: planned changes, and when windows hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, QuerySet

from changes.models import Change, Feed
from changes.queries import calendar
from changes.queries.calendar import Held
from changes.windows import HORIZON, Interval
from ledger.models import Event

BACK = timedelta(days=31)
AHEAD_AT_MOST, BEHIND_AT_MOST = 1_500, 500


@dataclass(frozen=True, slots=True)
class Touched:
    """When something was last written, and how often."""

    at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Shown:
    """Changes by their planned start, and the times windows hold; `touched` is by ref.

    `more` is whether changes further ahead are left out.
    """

    changes: list[Change]
    held: list[Held]
    touched: dict[str, Touched]
    more: bool


def of_feed(feed: Feed, *, now: datetime) -> Shown:
    """What is planned from a month back to 400 days ahead, at most 2,000 changes.

    Raises `ValidationError` where its service or environment is no more.
    """
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    within = Interval(day - BACK, day + HORIZON)
    rows = _planned(feed, within)
    ahead = list(
        rows.filter(planned_start_at__gte=day).order_by("planned_start_at", "id")[
            : AHEAD_AT_MOST + 1
        ]
    )
    behind = rows.filter(planned_start_at__lt=day).order_by("-planned_start_at", "-id")
    changes = [*reversed(behind[:BEHIND_AT_MOST]), *ahead[:AHEAD_AT_MOST]]
    held = calendar.occurrences(
        within=within, service=feed.service, environment=feed.environment, team=feed.team
    )
    named = {one.ref for one in changes} | {one.window for one in held}
    return Shown(changes, held, _touched(named), more=len(ahead) > AHEAD_AT_MOST)


def _planned(feed: Feed, within: Interval) -> QuerySet[Change]:
    rows = Change.objects.select_related("service", "environment", "author").filter(
        planned_start_at__gte=within.starts_at,
        planned_start_at__lt=within.ends_at,
        planned_end_at__isnull=False,
    )
    named = {
        "team__slug": feed.team,
        "service__slug": feed.service,
        "environment__slug": feed.environment,
    }
    return rows.filter(**{name: slug for name, slug in named.items() if slug})


def _touched(refs: Iterable[str]) -> dict[str, Touched]:
    rows = Event.objects.filter(subject__in=list(refs)).order_by().values("subject")
    return {
        row["subject"]: Touched(row["at"], row["times"])
        for row in rows.annotate(at=Max("at"), times=Count("id"))
    }
