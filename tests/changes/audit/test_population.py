"""Which populations can be asked for, how they are counted, and how a sample is drawn."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from django.core.exceptions import ValidationError

from changes.audit import population
from changes.gate import Question, ask
from changes.queries import population as found
from changes.states import State
from tests.changes.audit.given import lived, whole
from tests.living import at, change_at, person

pytestmark = pytest.mark.usefixtures("settled")
YEAR = timedelta(days=366)


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"until": at(0)}, "to", "The end must come after the beginning."),
        ({"until": at(-1)}, "to", "The end must come after the beginning."),
        (
            {"until": at(0) + 5 * YEAR + timedelta(seconds=1)},
            "to",
            "Ask for five years at most at once.",
        ),
        (
            {"environment": "prodution"},
            "environment",
            "There is no environment prodution. Did you mean production?",
        ),
        ({"service": "nothing"}, "service", "There is no service nothing."),
        ({"team": "nobody"}, "team", "There is no team nobody."),
        ({"kind": "odd"}, "kind", "Use one of: standard, normal, emergency."),
        ({"by": "created_at"}, "by", "Use one of: ended_at, started_at."),
    ],
)
def test_what_cannot_be_asked_for_is_told_in_a_sentence(given, field, sentence) -> None:
    with pytest.raises(ValidationError) as wrong:
        population(**{"since": at(0), "until": at(60), **given})

    assert wrong.value.message_dict == {field: [sentence]}


def test_a_period_has_its_first_instant_and_not_its_last() -> None:
    change_at(State.CLOSED)  # ends 120 minutes after nine

    counted = [
        found.counts(population(since=at(since), until=at(until)))["total"][""]
        for since, until in ((120, 121), (119, 120), (60, 180))
    ]

    assert counted == [1, 0, 1]


def test_months_begin_where_the_zone_says(monkeypatch) -> None:
    monkeypatch.setattr("tests.living.NINE", datetime(2026, 11, 30, 21, 30, tzinfo=UTC))
    change_at(State.CLOSED)

    months = {zone: list(found.counts(whole(zone=zone))["month"]) for zone in ("UTC", "Asia/Tokyo")}

    assert months == {"UTC": ["2026-11"], "Asia/Tokyo": ["2026-12"]}


def test_a_sample_can_be_drawn_again_by_anybody() -> None:
    lived()
    refs = {change.ref for change in found.sample(whole(), seed="Q4 2026", count=99)}

    drawn = [change.ref for change in found.sample(whole(), seed="Q4 2026", count=2)]

    by_hand = sorted(refs, key=lambda ref: sha256(f"Q4 2026:{ref}".encode()).hexdigest())
    assert len(refs) == 3
    assert drawn == by_hand[:2]


def test_questions_at_the_gate_with_no_change_are_counted() -> None:
    question = Question(service="refunds", environment="production", revision="0000000")
    for minutes in (10, 20, 700):
        ask(question, actor=person("ci"), now=at(minutes))

    assert found.questions_without_change(whole()) == 2
    assert found.questions_without_change(whole(service="payments-api")) == 0


def test_counting_takes_one_statement(django_assert_num_queries) -> None:
    lived()
    asked = whole()

    with django_assert_num_queries(1):
        found.counts(asked)
    with django_assert_num_queries(2):
        found.sample(asked, seed="x", count=2)
