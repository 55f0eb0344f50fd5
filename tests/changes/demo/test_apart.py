"""The demo shows two changes that meet, and two pipelines that wait."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from changes import gate
from changes.demo.load import load
from changes.models import Conflict, EnvironmentLock
from ledger.models import Event

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Europe/Amsterdam")
WEDNESDAY = datetime(2026, 11, 18, 14, 10, tzinfo=ZONE)
SATURDAY = datetime(2026, 11, 21, 9, 30, tzinfo=ZONE)


@pytest.mark.parametrize("now", [WEDNESDAY, SATURDAY])
def test_a_conflict_is_told_and_two_wait_for_staging_in_their_order(now: datetime):
    load(password="tide-tide", now=now)

    pair = Conflict.objects.get(
        change__title="Ask for the postcode first in checkout", other__service__slug="gateway"
    )
    assert (pair.level, "needs" in pair.why, pair.cleared_at) == ("soft", True, None)
    told = Event.objects.filter(verb="conflict.found").values_list("subject", flat=True)
    assert {pair.change.ref, pair.other.ref} <= set(told)
    waiting = [(row.environment.slug, row.run_id, row.released_at) for row in gate.waiting()]
    assert waiting == [("staging", "9120", None), ("staging", "9121", None)]
    assert EnvironmentLock.objects.count() == 0
