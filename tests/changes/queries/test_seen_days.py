"""Days of deployments that are counted once tell what counting each deployment tells."""

import itertools
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from changes import sightings
from changes.models import SeenDay, SeenDeployment, SeenMark, SeenTally
from changes.queries import coverage
from changes.queries.coverage import Asked, Coverage
from changes.queries.seen_days import cut
from changes.states import State
from tests.living import change_at, environment, service

FIRST = datetime(2026, 9, 28, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
ZONES = ("UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati")


def deployed(count: int, *, seed: int = 7) -> None:
    """So many deployments up to `NOW`, of every kind, many of them at midnight somewhere."""
    draw, change = Random(seed), change_at(State.PLANNING)
    places = [service("refunds"), service("payments-api")]
    rows = []
    for _ in range(count):
        state, by = draw.choice(
            [
                *[("authorised", "permit"), ("authorised", "change")],
                *[("unauthorised", ""), ("waiting", ""), ("unmapped", "")],
            ]
        )
        hours = draw.choice([draw.uniform(0, 1300), draw.randrange(1300), draw.randrange(54) * 24])
        place = {"service": draw.choice(places), "environment": environment()}
        rows.append(
            SeenDeployment(
                vendor="github",
                at=FIRST + timedelta(hours=hours),
                seen_at=NOW,
                state=state,
                by=by,
                change=change if by else None,
                **({} if state == "unmapped" else place),
            )
        )
    SeenDeployment.objects.bulk_create(rows)


def plainly(asked: Asked) -> Coverage:
    """The same with no day counted."""
    SeenDay.objects.all().delete()
    return coverage.coverage(asked)


def counted(now: datetime = NOW) -> int:
    days = sightings.count_days(now=now, limit=1000)
    assert sightings.count_days(now=now, limit=1000) == 0
    return days


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ZONES)
def test_counted_days_tell_what_the_plain_count_tells_at_every_edge(zone: str, settled) -> None:
    deployed(400)
    counted()
    draw = Random(zone)
    edges = [FIRST + timedelta(hours=draw.uniform(-30, 1400)) for _ in range(6)]
    edges += [FIRST, FIRST + timedelta(days=28), NOW, datetime(2026, 10, 25, 1, tzinfo=UTC)]
    edges.sort()
    asked = [Asked(edges[0], edges[-1], zone=zone)]
    asked += [Asked(*pair, zone=zone) for pair in itertools.pairwise(edges)]

    found = [coverage.coverage(one) for one in asked]

    assert found == [plainly(one) for one in asked]
    (plain,) = _rows("SELECT count(*) FROM changes_seendeployment WHERE state <> 'unmapped'")
    assert found[0].total.seen == plain


@pytest.mark.django_db
def test_what_is_written_later_counts_at_once_and_is_counted_anew(settled) -> None:
    deployed(60)
    counted()
    period = Asked(FIRST, NOW)
    one = SeenDeployment.objects.filter(state="waiting").order_by("at").first()
    gone = SeenDeployment.objects.filter(state="unmapped").order_by("at").last()

    SeenDeployment.objects.filter(pk=one.pk).update(state="unauthorised")
    SeenDeployment.objects.filter(pk=gone.pk).delete()
    before = coverage.coverage(period)
    marked = set(SeenMark.objects.filter(day__lt=NOW.date()).values_list("day", flat=True))

    assert marked == {one.at.date(), gone.at.date()}
    assert counted() == len(marked)
    assert coverage.coverage(period) == before == plainly(period)


@pytest.mark.django_db
def test_a_deployment_that_moves_marks_both_days_and_words_mark_none(settled) -> None:
    deployed(1)
    SeenMark.objects.all().delete()

    SeenDeployment.objects.update(told=[{"by": "octocat"}])
    assert not SeenMark.objects.exists()
    SeenDeployment.objects.update(at=FIRST + timedelta(days=50))
    assert SeenMark.objects.count() == 2


@pytest.mark.django_db
def test_a_day_is_counted_once_it_is_over_and_then_once(settled) -> None:
    deployed(1)
    SeenDeployment.objects.update(at=NOW)
    SeenMark.objects.exclude(day=NOW.date()).delete()

    assert counted() == 0
    assert counted(NOW + timedelta(days=1)) == 1
    assert list(SeenDay.objects.values_list("day", flat=True)) == [date(2026, 11, 21)]
    assert SeenTally.objects.count() == 1


@pytest.mark.parametrize("zone", ZONES)
def test_a_period_is_cut_without_gap_or_overlap(zone: str) -> None:
    until = FIRST + timedelta(days=40, hours=3)
    since = FIRST + timedelta(hours=7)
    kept = {(FIRST + timedelta(days=n)).date() for n in range(60) if n % 9}

    parts = cut(since, until, zone=ZoneInfo(zone), kept=kept)

    days = [
        (
            datetime.combine(a, datetime.min.time(), UTC),
            datetime.combine(b, datetime.min.time(), UTC),
        )
        for a, b in zip(parts.first_days, parts.end_days, strict=True)
    ]
    pieces = sorted([*zip(parts.starts, parts.ends, strict=True), *days])
    assert pieces[0][0] == since
    assert pieces[-1][1] == until
    assert all(one[1] == other[0] for one, other in itertools.pairwise(pieces))
    assert len(days) >= 5


def _rows(sql: str) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()
