"""Search: where refs lead, and which change words find first."""

from collections.abc import Callable
from typing import Any

import pytest

from catalog.models import Service, User
from changes import lifecycle
from changes.models import Change
from changes.queries import search
from changes.queries.search import Jump
from incidents import lifecycle as incidents
from tests.changes.queries.conftest import NOW

pytestmark = pytest.mark.django_db


def found(words: str) -> list[str]:
    return [row.ref for row in search.best(words=words, limit=25).rows]


def test_a_ref_or_a_slug_leads_straight_there(
    file: Callable[..., Change], payments_api: Service, engineer: User
):
    change = file()
    incident = incidents.declare(
        title="Down", service=payments_api, severity=2, actor=engineer, now=NOW
    )

    assert search.jump(words=f" {change.ref.lower()} ") == Jump("change", change.ref)
    assert search.jump(words=incident.ref) == Jump("incident", incident.ref)
    assert search.jump(words="Payments-API") == Jump("service", "payments-api")
    assert search.jump(words="CHG-999999999") is None
    assert search.jump(words="INC-999999999") is None
    assert search.jump(words="no-such-service") is None
    assert search.jump(words="two words") is None


@pytest.mark.parametrize(
    "words", ["certificates", "certificate", "ROTATE", '"rotate certificates"', "rotate -deploy"]
)
def test_words_of_the_title_find_the_change(words: str, file: Callable[..., Change]):
    change = file(title="Rotate certificates")
    file(title="Deploy")

    assert found(words) == [change.ref]


def test_title_counts_more_than_revision_and_revision_more_than_plans(file: Callable[..., Change]):
    in_title = file(title="Harbour")
    in_revision = file(revision="harbour")
    in_plan = file(rollback_plan="harbour")

    assert found("harbour") == [in_title.ref, in_revision.ref, in_plan.ref]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("revision", "8f3687a", "8f3687a"),
        ("artifact", "registry.example.org/pay:1.4", "registry.example.org/pay:1.4"),
        ("description", "moves the ledger", "ledger"),
        ("justification", "audit finding", "audit"),
        ("impact_analysis", "brief outage", "outage"),
        ("implementation_plan", "kubectl apply", "kubectl"),
        ("test_plan", "smoke tests", "smoke"),
        ("rollback_plan", "restore snapshot", "snapshot"),
        ("monitoring_plan", "watch latency", "latency"),
        ("external_id", "JIRA-77", "JIRA-77"),
    ],
)
def test_every_text_of_a_change_is_searched(
    field: str, value: str, words: str, file: Callable[..., Change]
):
    change = file(**{field: value})
    file()

    assert found(words) == [change.ref]


def test_its_ref_and_its_service_find_a_change(file: Callable[..., Change]):
    change = file()

    assert found(change.ref) == [change.ref]
    assert found("payments-api") == [change.ref]
    assert found("payments") == [change.ref]


def test_an_edit_is_found_by_its_new_words_only(file: Callable[..., Change], engineer: User):
    change = file(description="lighthouse")
    lifecycle.edit(ref=change.ref, fields={"description": "harbour"}, actor=engineer, now=NOW)

    assert found("harbour") == [change.ref]
    assert found("lighthouse") == []


@pytest.mark.parametrize("words", ["", "   ", "the", "!!!", "'", '"', "-", "& | !", "a" * 3000])
def test_words_that_say_nothing_find_nothing(words: str, file: Callable[..., Change]):
    file()

    assert found(words) in ([], [Change.objects.get().ref])


def test_a_text_too_long_to_index_whole_is_kept_and_found_by_its_beginning(
    file: Callable[..., Change],
):
    long = " ".join(f"word{number}" for number in range(200_000))
    change = file(description=long)

    assert found("word17") == [change.ref]
    assert found("word199999") == []


@pytest.mark.parametrize("rows", [1, 3])
def test_a_search_takes_three_statements_however_many_rows(
    rows: int, file: Callable[..., Change], django_assert_num_queries: Any
):
    for _ in range(rows):
        file()

    with django_assert_num_queries(3):
        assert search.best(words="deploy", limit=25).count_text == str(rows)
