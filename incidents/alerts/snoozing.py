"""What people say of alerts in the tool that keeps them: notes, and snoozing.

# Note [A snoozed alert declares nothing]
Who snoozes an alert knows of it: until the snooze ends it declares no incident, however often it
fires, but it joins one that is open, or that another alert of its group declares. What fires still
when the snooze ends declares then, as if it began. A snooze outlives the firings, since what
flaps is what people snooze; a clock that is far off snoozes for thirty days at most.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from incidents.alerts import joining
from incidents.models import Alert, AlertNote

LONGEST: Final = timedelta(days=30)
LONGEST_NOTE: Final = 5_000
Act = AlertNote.Act


def remark(
    alert: Alert, act: AlertNote.Act, *, word: str, text: str, by: str, at: datetime
) -> None:
    """Keep what somebody said of it; nothing where it was kept before."""
    AlertNote.objects.get_or_create(
        alert=alert,
        word=word,
        defaults={"act": act, "text": text[:LONGEST_NOTE], "by": by[:200], "at": at},
    )


def snooze(alert: Alert, *, until: datetime, now: datetime) -> None:
    """Let it declare nothing until then; an end that is past wakes it with the next sweep."""
    until = min(until, now + LONGEST)
    Alert.objects.filter(pk=alert.pk).update(snoozed_until=until)


def wake(*, now: datetime, limit: int) -> int:
    """End the snoozes that are over; what fires still declares now. How many were ended."""
    with transaction.atomic():
        rows = Alert.objects.select_for_update(skip_locked=True, of=("self",))
        joined = rows.select_related("route", "service__owner_team", "environment")
        due = list(joined.filter(snoozed_until__lte=now).order_by("source", "key")[:limit])
        Alert.objects.filter(pk__in=[one.pk for one in due]).update(snoozed_until=None)
        for one in due:
            one.snoozed_until = None
        waiting = [
            joining.Changed(one, began=True)
            for one in due
            if one.is_open and one.group_id is not None and one.incident_id is None
        ]
        joining.join(waiting, now=now)
    return len(due)
