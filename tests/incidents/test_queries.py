import pytest

from catalog.models import Service, Team
from incidents import lifecycle, queries
from ledger.canonical import sha256_hex

pytestmark = pytest.mark.django_db


def test_an_incident_is_found_by_its_ref(declared, django_assert_num_queries):
    incident = declared()

    with django_assert_num_queries(1):
        found = queries.by_ref(incident.ref)
        assert (found, found.service.owner_team.slug) == (incident, "payments")


def test_open_incidents_of_a_service_come_worst_first(declared, oncall, now):
    minor, major = declared(severity=4), declared(severity=2)
    closed = declared(severity=1)
    lifecycle.close(ref=closed.ref, note="Rolled back.", actor=oncall, now=now)
    team = Team.objects.create(slug="search", name="Search")
    declared(service=Service.objects.create(slug="search", name="Search", owner_team=team))

    assert list(queries.open_on(service_id=minor.service_id)) == [major, minor]


def test_the_digest_of_a_row_read_back_is_that_of_the_row_written(declared):
    incident = declared()

    assert list(queries.row_digests()) == [(incident.ref, queries.row_digest(incident))]


def test_ledgers_of_when_an_incident_was_open_or_closed_still_verify(declared, now):
    """Note [Open was a state]: the digest of a declared row is what it was before."""
    row = declared()
    before = {
        "id": row.pk,
        "title": "Payments fail",
        "service_id": row.service_id,
        "severity": 1,
        "state": "open",
        "declared_at": now,
        "declared_by_id": row.declared_by_id,
    }

    assert queries.row_digest(row) == sha256_hex(before)
