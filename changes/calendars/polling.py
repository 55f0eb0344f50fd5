"""Reading calendars again when they are due. A failure keeps the last good copy and is seen."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from changes.calendars.keeping import keep, record
from changes.calendars.reading import Reading, asks, read
from changes.models import Calendar, Window
from changes.windows.ics import Unreadable
from ledger.decision import rfc3339
from ledger.safe_transport import NotReached
from ledger.timeline import SYSTEM

LEASE = timedelta(minutes=5)
FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)


def poll_due(*, now: datetime, limit: int) -> int:
    """Read calendars that are due, longest due first, at most `limit`; answers how many.

    Any number of workers may poll at once.
    """
    for tried in range(limit):
        window = _claimed(now)
        if window is None:
            return tried
        poll(window_id=window, now=now)
    return limit


def poll(*, window_id: int, now: datetime) -> None:
    """Read one calendar again; what cannot be read leaves its copy and its times as they are."""
    window = Window.objects.select_related("calendar").get(pk=window_id)
    try:
        reading = read(window, now=now, kept=window.calendar)
    except (NotReached, Unreadable) as problem:
        wait = getattr(problem, "retry_after", None) or timedelta()
        _failed(window, str(problem), asked=wait, now=now)
    except ValidationError as problem:
        _failed(window, " ".join(problem.messages), asked=timedelta(), now=now)
    else:
        _read(window, reading, now=now)


def _claimed(now: datetime) -> int | None:
    """The window of a calendar that is due and free, taken for the length of a lease."""
    with transaction.atomic():
        due = Calendar.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            due_at__lte=now, window__is_active=True
        )
        found = due.order_by("due_at", "window_id").values_list("window_id", flat=True).first()
        if found is not None:
            Calendar.objects.filter(window_id=found).update(due_at=now + LEASE)
    return found


def _read(window: Window, reading: Reading, *, now: datetime) -> None:
    """Keep it, unless somebody edited the window meanwhile: then it is read again at once."""
    with transaction.atomic():
        current = Window.objects.select_for_update().get(pk=window.pk)
        if asks(current) != asks(window):
            Calendar.objects.filter(window=window).update(due_at=now)
            return
        keep(current, reading, actor=SYSTEM, now=now)


def _failed(window: Window, why: str, *, asked: timedelta, now: datetime) -> None:
    """Say so once when it begins; wait longer each time, and as long as the server asks."""
    with transaction.atomic():
        current = Window.objects.select_for_update().get(pk=window.pk)
        calendar = Calendar.objects.filter(window=current).first()
        if calendar is None or asks(current) != asks(window):
            return
        wait = min(FIRST_WAIT * 2 ** min(calendar.failures, 10), LONGEST_WAIT)
        Calendar.objects.filter(window=current).update(
            polled_at=now,
            failed_at=now,
            failure=why,
            failures=F("failures") + 1,
            due_at=now + max(wait, asked),
        )
        if not calendar.failures:
            says = {"failure": why, "last_good_at": rfc3339(calendar.good_at)}
            record(current, "calendar.failed", actor=SYSTEM, now=now, says=says)
