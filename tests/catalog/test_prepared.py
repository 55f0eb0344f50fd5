"""Rows by statements that are planned once are the rows the ORM would bring."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.forms import model_to_dict
from django.test.utils import CaptureQueriesContext

from catalog.models import Service
from catalog.prepared import Prepared
from changes.models import Change, Vote
from changes.states import State
from tests import living
from tests.living import change_at

pytestmark = pytest.mark.django_db
BY_KEY = "t.id = %(key)s::bigint"


@pytest.fixture(autouse=True)
def settled() -> None:
    living.settle()


def test_every_field_reads_as_it_does_by_the_orm():
    change = change_at(State.CLOSED)

    (found,) = Prepared(Change, where=BY_KEY).rows(key=change.pk)

    fields = [field.attname for field in Change._meta.concrete_fields]
    plain = Change.objects.get(pk=change.pk)
    assert {name: getattr(found, name) for name in fields} == {
        name: getattr(plain, name) for name in fields
    }
    assert model_to_dict(found) == model_to_dict(plain)


def test_joined_rows_come_along_and_those_that_are_not_there_are_none():
    change = change_at(State.SCHEDULED)
    rows = Prepared(Change, "service", "author", "held_by", where=BY_KEY)

    with CaptureQueriesContext(connection) as queries:
        (found,) = rows.rows(key=change.pk)
        told = (found.service.slug, found.author.username, found.held_by)

    assert told == ("refunds", "engineer", None)
    assert len(queries) == 1


def test_what_was_read_can_be_saved():
    service = Prepared(Service, where="t.slug = %(slug)s").first(slug="refunds")
    assert service is not None

    service.name = "Refunds and credits"
    service.save(update_fields=["name"])

    assert Service.objects.get(slug="refunds").name == "Refunds and credits"


def test_none_is_found_where_there_is_none():
    assert Prepared(Change, where=BY_KEY).rows(key=10**9) == []
    assert Prepared(Change, where=BY_KEY).first(key=10**9) is None


def test_rows_come_in_the_order_that_is_asked():
    change_at(State.SCHEDULED)
    votes = Prepared(Vote, "voter", where="t.cast_at > %(after)s", ending="ORDER BY t.id DESC")

    found = votes.rows(after=datetime(2026, 1, 1, tzinfo=UTC))

    assert [one.pk for one in found] == sorted((one.pk for one in found), reverse=True)
    assert {one.voter.username for one in found} <= {"peer", "owner", "cab-1", "cab-2"}
