"""Writing the calendar: a window is created, edited or deactivated, and the ledger says so.

Only change managers write it. A window is never deleted: answers of the gate name it.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from catalog.models import Service, User
from changes import windows
from changes.keeping import demand_change_manager, differences, told
from changes.models import Window
from changes.policies.reach import EVERYWHERE, Reach
from changes.queries import calendar
from changes.queries.names import missing, there_is_no
from changes.windows import HORIZON, Interval
from changes.windows.recurrence import never_pauses
from changes.windows.scope import DIMENSIONS, EXCEPT
from ledger import refs, timeline
from ledger.decision import Reason, refuse

FOUR_YEARS = timedelta(days=1461)
EDITABLE = (
    "name",
    "effect",
    "level",
    "reason",
    "in_flight",
    "is_active",
    "starts_at",
    "ends_at",
    "recurrence",
    "first_date",
    "start_time",
    "duration",
    "time_zone",
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


def create(
    *, fields: Mapping[str, Any], actor: User, now: datetime, reach: Reach = EVERYWHERE
) -> Window:
    """Open a window; `fields` are values of `EDITABLE` names.

    A recurrence counts from today unless `first_date` says otherwise.
    Raises `ValidationError` with a sentence for each wrong field, and `Refused` (not_permitted).
    """
    return save(Window(**fields), actor=actor, now=now, reach=reach)


@transaction.atomic
def edit(
    *,
    ref: str,
    fields: Mapping[str, Any],
    actor: User,
    now: datetime,
    reach: Reach = EVERYWHERE,
) -> Window:
    """Change what a window says; raises `NoSuchWindow`, `ValidationError` and `Refused`."""
    window = calendar.window_by_ref(ref=ref, lock=True)
    _demand_reach(window, reach)
    for name, value in fields.items():
        setattr(window, name, value)
    return save(window, actor=actor, now=now, reach=reach)


@transaction.atomic
def deactivate(*, ref: str, actor: User, now: datetime, reach: Reach = EVERYWHERE) -> Window:
    """Let a window hold no more; one that is inactive already stays so, unrecorded."""
    demand_change_manager("write window", actor=actor, ref=ref, what="the calendar")
    window = calendar.window_by_ref(ref=ref, lock=True)
    _demand_reach(window, reach)
    if window.is_active:
        window.is_active = False
        window.save(update_fields=["is_active"])
        _record(window, "window.deactivated", actor=actor, now=now, says={})
    return window


@transaction.atomic
def save(window: Window, *, actor: User, now: datetime, reach: Reach = EVERYWHERE) -> Window:
    """Keep a window as it was filled in, new or edited, and record it with what changed.

    Raises `ValidationError` for what cannot be, `Refused` when `actor` is no change manager or the
    window reaches beyond `reach`.
    """
    before, diff = _checked(window, actor=actor, now=now, reach=reach)
    if before is not None and not diff:
        return window
    _insert_or_update(window)
    verb = "window.edited" if before else "window.created"
    _record(window, verb, actor=actor, now=now, says=told(before, diff))
    return window


@transaction.atomic
def tried(
    *,
    fields: Mapping[str, Any],
    actor: User,
    now: datetime,
    reach: Reach = EVERYWHERE,
    ref: str = "",
) -> Window:
    """The window as `create`, or `edit` of `ref`, would keep it; nothing is written.

    Raises what they would raise.
    """
    window = calendar.window_by_ref(ref=ref) if ref else Window()
    if ref:
        _demand_reach(window, reach)
    for name, value in fields.items():
        setattr(window, name, value)
    _checked(window, actor=actor, now=now, reach=reach)
    return window


@transaction.atomic
def check(window: Window, *, actor: User, now: datetime) -> None:
    """Raise what `save` would raise, and write nothing."""
    _checked(window, actor=actor, now=now, reach=EVERYWHERE)


def _checked(
    window: Window, *, actor: User, now: datetime, reach: Reach
) -> tuple[Window | None, dict[str, list[Any]]]:
    """The row as it was, locked, and what would change."""
    demand_change_manager(
        "write window", actor=actor, ref=window.ref if window.pk else "", what="the calendar"
    )
    _demand_reach(window, reach)
    if window.recurrence and window.first_date is None:
        window.first_date = now.date()
    before = Window.objects.select_for_update().filter(pk=window.pk).first() if window.pk else None
    diff = differences(before, window, names=EDITABLE)
    if before is None or diff:
        window.full_clean(validate_constraints=False)
        _refuse_unknown_slugs(window)
        _refuse_what_is_over(window, before, now=now)
    return before, diff


def _insert_or_update(window: Window) -> None:
    """Save; a name that was taken meanwhile is a wrong field like one that was taken before."""
    try:
        with transaction.atomic():
            window.save()
    except IntegrityError as problem:
        if "changes_window_name" not in str(problem):
            raise
        raise ValidationError({"name": "Another window has this name."}) from problem


def _demand_reach(window: Window, reach: Reach) -> None:
    """A limited token writes windows of its own services or teams, and none that covers more."""
    owned = Service.objects.filter(owner_team__slug__in=reach.teams).values_list("slug", flat=True)
    if (
        not reach.limited
        or (window.teams and reach.teams.issuperset(window.teams))
        or (window.services and {*reach.services, *owned}.issuperset(window.services))
    ):
        return
    reason = Reason(
        "not_permitted",
        "The token does not reach everything this window covers.",
        "Limit the window to the services or teams of the token, or use another token.",
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
    if window.recurrence and not windows.occurrences([calendar.rule_of(window, zone="UTC")], ahead):
        raise ValidationError({"recurrence": "It does not happen in the next 400 days."})
    recurs = calendar.rule_of(window, zone="UTC").recurs
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


def _record(
    window: Window, verb: str, *, actor: User, now: datetime, says: Mapping[str, Any]
) -> None:
    timeline.record(
        subject=window.ref,
        about=[
            *(refs.of_service(slug) for slug in window.services),
            *(refs.of_team(slug) for slug in window.teams),
        ],
        verb=verb,
        actor=actor.username,
        at=now,
        data={"name": window.name, "is_active": window.is_active, **says},
    )
