"""The weekly meeting of the CAB: one that is over, with minutes, and one ahead, with an agenda."""

from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import Group

from catalog.roles import CAB
from changes import meetings
from changes.demo.catalogue import ZONE
from changes.demo.stage import Stage, Story, Telling, filed, said, voted
from changes.models import Board, Meeting

TUESDAY = 1
STARTS = time(15)
HELD = timedelta(minutes=60)
PLAN = "shorten-keys"


def weekly(stage: Stage) -> Story:
    """The board is made before its last meeting, which is held; the machine plans the next."""
    clock, chair = stage.clock, stage.person("cab-1")
    began = clock.last(TUESDAY, STARTS.hour, took=HELD)
    now = yield began - timedelta(days=5)
    meetings.save(_board(stage), actor=stage.person("manager"), now=now)
    meetings.tick(now=now, limit=50)
    ref = yield from _filed(stage, began)
    now = yield began - timedelta(hours=24)
    meetings.tick(now=now, limit=50)
    held = Meeting.objects.get(starts_at=began).ref
    now = yield _after(began, 1)
    meetings.start(ref=held, actor=chair, now=now)
    now = yield _after(began, 2)
    meetings.begin_item(ref=held, change=ref, actor=chair, now=now)
    why = "Two systems still print the long key. Shorten it after they have moved."
    yield from voted(stage, ref, (_after(began, 11), "cab-2", "reject", why))
    now = yield _after(began, 14)
    words = "Both systems move next month; it is filed again after that."
    meetings.close_item(
        ref=held, change=ref, outcome="rejected", minutes=words, actor=chair, now=now
    )
    now = yield _after(began, 15)
    meetings.end(ref=held, actor=chair, now=now)
    reason = "Filed again when reporting and search have moved."
    yield from said(stage, _after(began, 25), "cancel", ref, by="engineer", reason=reason)
    now = yield _after(began, 40)
    text = "Reporting moves next month, search the month after."
    meetings.write(ref=held, change=ref, text=text, actor=stage.person("cab-2"), now=now)
    now = yield clock.now
    meetings.tick(now=now, limit=50)


def _after(began: datetime, minutes: int) -> datetime:
    return began + timedelta(minutes=minutes)


def _board(stage: Stage) -> Board:
    return Board(
        name="Weekly CAB",
        group=Group.objects.get(name=CAB),
        chair=stage.person("cab-1"),
        recurrence="FREQ=WEEKLY;BYDAY=TU",
        first_date=date(2024, 1, 2),
        start_time=STARTS,
        duration=HELD,
        time_zone=ZONE,
        risk_at_least="medium",
        environments=["production"],
    )


def _filed(stage: Stage, began: datetime) -> Telling:
    """A change on the Monday before, on which all but the CAB have agreed."""
    hour = timedelta(hours=1)
    planned = (began + 20 * hour, began + 22 * hour)
    ref = yield from filed(
        stage, began - 29 * hour, plan=PLAN, service="payments-ledger", planned=planned
    )
    yield from said(stage, began - 28 * hour, "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (began - 26 * hour, "peer", "approve", ""),
        (began - 25 * hour, "owner", "approve", "Please tell finance."),
    )
    return ref


STORIES = (weekly,)
