"""Writing the calendar: a window is created, edited or deactivated, and the ledger says so.

Only change managers write it. A window is never deleted: answers of the gate name it. A window with
a calendar of somebody else's is written with what that says now, which is read before anything is
locked and after it is known that the writer may.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from catalog.models import User
from changes import calendars
from changes.calendar.checking import checked, demand_reach
from changes.calendars import Reading
from changes.models import Calendar, Window
from changes.policies.reach import EVERYWHERE, Reach
from changes.queries import calendar
from ledger import refs, rows, timeline
from ledger.keeping import demand_change_manager, told

Source = Window.Source


def create(
    *,
    fields: Mapping[str, Any],
    actor: User,
    now: datetime,
    reach: Reach = EVERYWHERE,
    file: bytes = b"",
) -> Window:
    """Open a window; `fields` are values of `EDITABLE` names, `file` an iCalendar.

    A recurrence counts from today unless `first_date` says otherwise.
    Raises `ValidationError` with a sentence for each wrong field, and `Refused` (not_permitted).
    """
    return save(Window(**fields), actor=actor, now=now, reach=reach, file=file)


def edit(
    *,
    ref: str,
    fields: Mapping[str, Any],
    actor: User,
    now: datetime,
    reach: Reach = EVERYWHERE,
    file: bytes = b"",
) -> Window:
    """Change what a window says; raises `NoSuchWindow`, `ValidationError` and `Refused`."""
    draft = _edited(calendar.window_by_ref(ref=ref), fields, reach)
    reading = _reading(draft, actor=actor, now=now, reach=reach, file=file)
    with transaction.atomic():
        window = _edited(calendar.window_by_ref(ref=ref, lock=True), fields, reach)
        return _written(window, reading, actor=actor, now=now, reach=reach, file=file)


@transaction.atomic
def deactivate(*, ref: str, actor: User, now: datetime, reach: Reach = EVERYWHERE) -> Window:
    """Let a window hold no more; one that is inactive already stays so, unrecorded."""
    demand_change_manager("write window", actor=actor, ref=ref, what="the calendar")
    window = calendar.window_by_ref(ref=ref, lock=True)
    demand_reach(window, reach)
    if window.is_active:
        window.is_active = False
        window.save(update_fields=["is_active"])
        _record(window, "window.deactivated", actor=actor, now=now, says={})
    return window


def save(
    window: Window,
    *,
    actor: User,
    now: datetime,
    reach: Reach = EVERYWHERE,
    file: bytes = b"",
    reading: Reading | None = None,
) -> Window:
    """Keep a window as it was filled in, new or edited, and record it with what changed.

    `reading` is what `check` answered for it, so that its calendar is not read twice.
    Raises `ValidationError` for what cannot be, `Refused` when `actor` is no change manager or the
    window reaches beyond `reach`.
    """
    reading = reading or _reading(window, actor=actor, now=now, reach=reach, file=file)
    with transaction.atomic():
        return _written(window, reading, actor=actor, now=now, reach=reach, file=file)


def tried(
    *,
    fields: Mapping[str, Any],
    actor: User,
    now: datetime,
    reach: Reach = EVERYWHERE,
    ref: str = "",
    file: bytes = b"",
) -> Window:
    """The window as `create`, or `edit` of `ref`, would keep it; nothing is written.

    Raises what they would raise.
    """
    kept = calendar.window_by_ref(ref=ref) if ref else Window()
    window = _edited(kept, fields, reach if ref else EVERYWHERE)
    _reading(window, actor=actor, now=now, reach=reach, file=file)
    return window


def check(window: Window, *, actor: User, now: datetime, file: bytes = b"") -> Reading | None:
    """Raise what `save` would raise, and write nothing; answers what its calendar says."""
    return _reading(window, actor=actor, now=now, reach=EVERYWHERE, file=file)


def _edited(window: Window, fields: Mapping[str, Any], reach: Reach) -> Window:
    if window.pk:
        demand_reach(window, reach)
    for name, value in fields.items():
        setattr(window, name, value)
    return window


def _reading(
    window: Window, *, actor: User, now: datetime, reach: Reach, file: bytes
) -> Reading | None:
    """What the window's calendar says, where it must be read; previews find it as `window.read`."""
    with transaction.atomic():
        before, _ = checked(window, actor=actor, now=now, reach=reach, file=file)
    if window.source == Source.TIMES:
        return None
    kept = None
    if before is not None and calendars.is_same(before, window):
        kept = Calendar.objects.filter(window=before).first()
        if kept and not file and calendars.asks(before) == calendars.asks(window):
            return None
    with calendars.as_wrong_fields(window):
        reading = calendars.read(window, now=now, kept=kept, file=file, ask=kept is None)
    window.read = reading  # type: ignore[attr-defined]
    return reading


def _written(
    window: Window,
    reading: Reading | None,
    *,
    actor: User,
    now: datetime,
    reach: Reach,
    file: bytes,
) -> Window:
    before, diff = checked(window, actor=actor, now=now, reach=reach, file=file)
    if before is None or diff:
        _insert_or_update(window)
        verb = "window.edited" if before else "window.created"
        _record(window, verb, actor=actor, now=now, says=told(before, diff))
    if reading is not None:
        window.read = reading  # type: ignore[attr-defined]
        calendars.keep(window, reading, actor=actor.username, now=now)
    elif before is not None and before.source != window.source == Source.TIMES:
        calendars.forget(window, actor=actor.username, now=now)
    return window


def _insert_or_update(window: Window) -> None:
    """Save; a name that was taken meanwhile is a wrong field like one that was taken before."""
    try:
        with transaction.atomic():
            window.save()
    except IntegrityError as problem:
        if "changes_window_name" not in str(problem):
            raise
        raise ValidationError({"name": "Another window has this name."}) from problem


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
        data={
            "name": window.name,
            "is_active": window.is_active,
            **says,
            "row_digest": rows.digest(Window.objects.get(pk=window.pk)),
        },
    )
