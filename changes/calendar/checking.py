"""What a window must be before it is written: whole, reachable by the writer, and still ahead."""

from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError

from catalog.models import Service, User
from changes import windows
from changes.calendars.reading import address_of
from changes.models import Window
from changes.policies.reach import Reach
from changes.queries import calendar
from changes.queries.names import missing, there_is_no
from changes.windows import HORIZON, Interval
from changes.windows.recurrence import never_pauses
from changes.windows.scope import DIMENSIONS, EXCEPT
from ledger.decision import Reason, refuse
from ledger.keeping import demand_change_manager, differences
from ledger.safe_transport import NotReached

FOUR_YEARS = timedelta(days=1461)
EDITABLE = (
    "name",
    "effect",
    "level",
    "reason",
    "in_flight",
    "is_active",
    "override_by",
    "override_review_days",
    "starts_at",
    "ends_at",
    "recurrence",
    "first_date",
    "start_time",
    "duration",
    "time_zone",
    "ics_url",
    "holidays",
    "services",
    "teams",
    "environments",
    "tiers",
    "kinds",
    "categories",
    "except_teams",
    "except_services",
    "except_environments",
    "except_tiers",
    "except_kinds",
    "except_categories",
    "except_standard_up_to_risk",
)
SLUGS = {
    prefix + many: DIMENSIONS[many]
    for prefix in ("", EXCEPT)
    for many in ("services", "teams", "environments")
}


def checked(
    window: Window, *, actor: User, now: datetime, reach: Reach, file: bytes
) -> tuple[Window | None, dict[str, list[Any]]]:
    """The row as it was, locked, and what would change; `file` is a calendar given with it.

    Raises `ValidationError` for what cannot be, `Refused` when `actor` is no change manager or the
    window reaches beyond `reach`.
    """
    demand_change_manager(
        "write window", actor=actor, ref=window.ref if window.pk else "", what="the calendar"
    )
    demand_reach(window, reach)
    if window.recurrence and window.first_date is None:
        window.first_date = now.date()
    before = Window.objects.select_for_update().filter(pk=window.pk).first() if window.pk else None
    _name_source(window, file=file)
    diff = differences(before, window, names=(*EDITABLE, "source"))
    if before is None or diff or file:
        window.full_clean(validate_constraints=False)
        _refuse_unknown_slugs(window)
        _refuse_what_is_over(window, before, now=now)
    return before, diff


def _name_source(window: Window, *, file: bytes) -> None:
    """Who says when it holds follows from what is given; see `Window.name_source`."""
    window.holidays = window.holidays.strip().upper()
    if window.ics_url:
        try:
            window.ics_url = address_of(window.ics_url)
        except NotReached as problem:
            raise ValidationError({"ics_url": str(problem)}) from problem
    if file and (window.ics_url or window.holidays or window.starts_at or window.recurrence):
        raise ValidationError({"ics": "Give either a file, or an address, a country, or times."})
    if file:
        window.source = Window.Source.ICS_FILE
    window.name_source()


def demand_reach(window: Window, reach: Reach) -> None:
    """A limited token writes windows of its own places, and none that covers more."""
    owned = Service.objects.filter(owner_team__slug__in=reach.teams).values_list("slug", flat=True)
    of_these = (
        not (reach.services or reach.teams)
        or (window.teams and reach.teams.issuperset(window.teams))
        or (window.services and {*reach.services, *owned}.issuperset(window.services))
    )
    there = not reach.environments or (
        window.environments and reach.environments.issuperset(window.environments)
    )
    if of_these and there:
        return
    reason = Reason(
        "not_permitted",
        "The token does not reach everything this window covers.",
        "Limit the window to what the token was limited to, or use another token.",
        source="token",
    )
    raise refuse("write window", reason)


def _refuse_unknown_slugs(window: Window) -> None:
    wrong = {
        scope: [there_is_no(kind, slug) for slug in missing(kind, getattr(window, scope))]
        for scope, kind in SLUGS.items()
    }
    if any(wrong.values()):
        raise ValidationError({scope: found for scope, found in wrong.items() if found})


def _refuse_what_is_over(window: Window, before: Window | None, *, now: datetime) -> None:
    """A window that cannot hold again is a mistake, unless only the words of an old one change."""
    if before is not None and _times(before) == _times(window):
        return
    ahead = Interval(now, now + HORIZON)
    if window.ends_at is not None and window.ends_at <= now:
        raise ValidationError({"ends_at": "This period is over: give one that lies ahead."})
    if not window.recurrence:
        return
    rule = calendar.rule_of(window, zone="UTC")
    if not windows.occurrences([rule], ahead):
        raise ValidationError({"recurrence": "It does not happen in the next 400 days."})
    recurs = rule.recurs
    today = datetime.combine(now.date(), time())
    if recurs is not None and never_pauses(recurs, after=today, before=today + FOUR_YEARS):
        raise ValidationError(
            {
                "recurrence": "It would hold without a pause: each time begins before the last one "
                "has ended. Shorten it, or make the environment closed or open by default."
            }
        )


def _times(window: Window) -> tuple[Any, ...]:
    names = ("starts_at", "ends_at", "recurrence", "first_date", "start_time", "duration")
    return tuple(getattr(window, name) for name in (*names, "time_zone"))
