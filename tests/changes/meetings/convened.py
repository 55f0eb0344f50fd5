"""A board that meets on Wednesdays at noon, and changes for its agenda."""

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import Group

from catalog.models import User
from changes import meetings
from changes.models import Board, Change, Meeting
from changes.states import State
from tests import living
from tests.living import change_at, person, vote

NOON = 180
"""12:00 UTC on Wednesday, in minutes after nine."""
WEEK = 7 * 24 * 60


def board(**given: Any) -> Board:
    """Meets every Wednesday at 12:00 UTC for an hour; its agenda closes an hour before."""
    wanted = Board(
        **{
            "name": "Weekly CAB",
            "group": Group.objects.get(name="CAB"),
            "chair": person("cab-1"),
            "recurrence": f"FREQ=WEEKLY;BYDAY={living.NINE:%a}"[:-1].upper(),
            "first_date": date(2026, 1, 1),
            "start_time": (living.NINE + timedelta(minutes=NOON)).time(),
            "duration": timedelta(hours=1),
            "time_zone": "UTC",
            "closes_hours": 1,
            **given,
        }
    )
    return meetings.save(wanted, actor=person("manager"), now=living.at(0))


def risky(*, minutes: float = 0, **given: Any) -> Change:
    """A change of high risk that waits for approval."""
    return change_at(State.AWAITING_APPROVAL, risk="high", **given)


def tick(minutes: float) -> int:
    return meetings.tick(now=living.at(minutes), limit=50)


def first() -> Meeting:
    """The next meeting there is a row of."""
    return Meeting.objects.order_by("starts_at")[0]


def tell(verb: str, meeting: Meeting, *, by: str = "cab-1", minutes: float, **more: Any) -> Any:
    """Something said of a meeting by a role."""
    call = getattr(meetings, verb)
    return call(ref=meeting.ref, actor=person(by), now=living.at(minutes), **more)


def in_session() -> Meeting:
    """The first meeting, its agenda closed and itself begun at noon."""
    tick(1)
    tick(NOON - 59)
    meeting = first()
    tell("start", meeting, minutes=NOON)
    return first()


def approved_by_cab(change: Change, *names: str, minutes: float = NOON + 5) -> None:
    """Peer and owner have agreed, and so do these of the CAB."""
    for name in ("peer", "owner", *names):
        vote(change, by=name, minutes=minutes)


def everybody_has_mail() -> None:
    for user in User.objects.all():
        user.email = f"{user.username}@example.org"
        user.save(update_fields=["email"])
