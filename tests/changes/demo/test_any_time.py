"""The demo looks alive whenever it is loaded."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Max, Min

from changes.demo.load import load
from changes.models import Change, Vote
from changes.states import State
from config.recorded_rows import ROWS
from ledger import verify
from ledger.models import Event

pytestmark = pytest.mark.django_db
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 21, 5, tzinfo=AMSTERDAM),
        datetime(2026, 11, 23, 0, 30, tzinfo=AMSTERDAM),
        datetime(2026, 11, 23, 9, 44, tzinfo=AMSTERDAM),
        datetime(2026, 11, 20, 16, 30, tzinfo=AMSTERDAM),
        datetime(2026, 10, 25, 2, 30, tzinfo=AMSTERDAM),
        datetime(2027, 1, 1, 23, 59, tzinfo=AMSTERDAM),
    ],
    ids=lambda now: f"{now:%a %d %b %H:%M}",
)
def test_it_can_be_loaded_at_any_time_and_records_nothing_from_the_future(now: datetime):
    load(password="pw", now=now)

    seen = verify.Seen(lambda seen: None)
    assert list(verify.faults(rows=ROWS, seen=seen)) == []
    assert Event.objects.aggregate(last=Max("at"))["last"] <= now
    assert Vote.objects.aggregate(last=Max("cast_at"))["last"] <= now
    assert list(Change.objects.order_by("id").values_list("id")) == list(
        Change.objects.order_by("created_at", "id").values_list("id")
    )
    assert set(Change.objects.values_list("state", flat=True)) == set(State)
    ahead = Change.objects.filter(state="scheduled").aggregate(first=Min("planned_end_at"))
    assert ahead["first"] > now
