"""What a question was told is told again while every row that it came from is as it was."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import tokens
from changes.models import Change
from changes.policies import Facts
from changes.queries import facts_by_bearer, kept
from changes.states import State
from tests import living
from tests.changes.queries.behind_its_back import AT, WRITES

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def facts() -> Callable[[], Facts]:
    """What the bearer of a token is told about one change."""
    living.settle()
    change = living.change_at(State.SCHEDULED)
    _, secret = tokens.issue(user=living.person("ci"), name="x", scopes=["gate"], now=AT)
    asked = {"service": "refunds", "environment": "production", "change": change.pk}

    def ask() -> Facts:
        question = facts_by_bearer.question(
            digest=tokens.digest_of(secret), revision="", now=AT, key_purpose="permit", **asked
        )
        return facts_by_bearer.gathered(question).facts

    return ask


def test_what_was_told_is_told_again_for_the_versions_of_its_rows(facts):
    whole, first = facts(), facts()
    with CaptureQueriesContext(connection) as queries:
        again = facts()
    (versions,) = (one["sql"] for one in queries)

    assert again is first
    assert first == whole
    assert "xmin" in versions
    assert "rollback_plan" not in versions


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_whatever_is_written_is_seen_by_who_asks_again(facts, write, monkeypatch):
    before = [facts() for _ in range(3)][-1]

    write(Change.objects.get())
    seen = facts()
    monkeypatch.setattr(kept, "_memory", kept._Memory(0))

    assert seen == facts()
    assert seen != before
