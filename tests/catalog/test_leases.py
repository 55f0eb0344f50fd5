"""Rows that are due are taken one after another, the one that has waited longest first."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from catalog import leases
from catalog.models import Issuer, IssuerKeys

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def due(*minutes: int) -> list[int]:
    """Rows that are due so many minutes before noon."""
    made = []
    for number, ago in enumerate(minutes):
        issuer = Issuer.objects.create(name=f"i{number}", url=f"https://{number}.x", audience="x")
        IssuerKeys.objects.create(issuer=issuer, wanted_at=NOW - timedelta(minutes=ago))
        made.append(issuer.pk)
    return made


def taken(*, at: datetime = NOW) -> int | None:
    rows = IssuerKeys.objects.filter(wanted_at__lte=at)
    row = leases.taken(rows, until=at + timedelta(seconds=30), due="wanted_at")
    return row.pk if row else None


@pytest.mark.django_db
def test_the_longest_due_comes_first_and_again_when_its_lease_is_over():
    second, first = due(1, 5)

    assert [taken() for _ in range(3)] == [first, second, None]
    assert taken(at=NOW + timedelta(seconds=29)) is None
    later = NOW + timedelta(seconds=30)
    assert {taken(at=later), taken(at=later)} == {first, second}


@pytest.mark.django_db(transaction=True)
def test_each_is_taken_by_one_of_many_workers():
    rows, together = due(*range(1, 5)), Barrier(8)

    def work(_: int) -> int | None:
        try:
            connection.ensure_connection()
            together.wait(timeout=10)
            return taken()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        found = [one for one in pool.map(work, range(8)) if one is not None]

    assert len(found) == len(set(found))
    while (left := taken()) is not None:
        found.append(left)
    assert sorted(found) == sorted(rows)
