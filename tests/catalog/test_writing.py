"""Rows written by statements that are planned once are the rows the ORM would write."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog import writing
from catalog.models import Team
from changes.models import Change, Check, Requirement
from changes.states import State
from tests import living
from tests.living import change_at

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def settled() -> None:
    living.settle()


def columns(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def copy_of(change: Change) -> Change:
    copy = Change.objects.get(pk=change.pk)
    copy.pk = None
    return copy


def test_a_row_is_put_in_as_it_stands_and_has_its_key_then() -> None:
    row = copy_of(change_at(State.PLANNING, canary_steps=[5, 25], rollout="canary"))

    with CaptureQueriesContext(connection) as queries:
        writing.insert(row)

    assert columns(Change.objects.get(pk=row.pk)) == columns(row)
    assert len(queries) == 1
    row.title = "Saved the usual way"
    row.save()
    assert Change.objects.get(pk=row.pk).title == "Saved the usual way"


def test_several_rows_go_in_together() -> None:
    change = change_at(State.PLANNING)
    rows = [
        Requirement(change=change, round=1, authority="peer", count=n, rule=f"R{n}")
        for n in (1, 2, 3)
    ]

    writing.insert(*rows)
    writing.insert()

    found = Requirement.objects.filter(change=change).order_by("count")
    assert [columns(row) for row in found] == [columns(row) for row in rows]


def test_what_is_refused_raises_what_django_raises() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        writing.insert(Team(slug="payments", name="Twice"))


def test_only_the_fields_that_are_named_are_written() -> None:
    check = Check.objects.create(
        change=change_at(State.VALIDATING),
        name="smoke",
        passed=False,
        reported_by=living.person("peer"),
        reported_at=living.at(90),
    )
    check.passed, check.name, check.reported_by = True, "kept to itself", living.person("owner")

    assert writing.update(check, ["passed", "reported_by"])

    found = Check.objects.get(pk=check.pk)
    assert (found.passed, found.name, found.reported_by.username) == (True, "smoke", "owner")


def test_nothing_is_written_where_somebody_was_faster() -> None:
    change = change_at(State.SCHEDULED)
    change.title = "Too late"

    assert not writing.update(change, ["title"], only="state", was="planning")
    assert Change.objects.get(pk=change.pk).title != "Too late"
    assert writing.update(change, ["title"], only="state", was="scheduled")
    assert Change.objects.get(pk=change.pk).title == "Too late"
