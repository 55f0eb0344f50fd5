"""How suspects are ranked: every component as a table, and the order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import exp

import pytest

from changes.policies.suspecting import WEIGHTS, Candidate, Near, near, rank, too_late

ONSET = datetime(2026, 11, 18, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ONE = Candidate(
    number=7,
    started_at=ONSET - 40 * MINUTE,
    ended_at=None,
    category="deployment",
    service="refunds",
    hops=0,
    same_environment=True,
    reached=1,
    alerting=1,
    risk_score=24,
    subject="refunds",
    caused=1,
    closed=8,
)


def valued(candidate: Candidate) -> dict[str, float]:
    (suspect,) = rank([candidate], onset=ONSET)
    return {one.name: one.value for one in suspect.components}


def test_the_score_is_the_sum_that_is_shown():
    (suspect,) = rank([ONE], onset=ONSET)

    assert sum(WEIGHTS.values()) == pytest.approx(1)
    assert [(one.name, one.weight, one.value, one.points) for one in suspect.components] == [
        ("time", 0.4, 1.0, 0.4),
        ("topology", 0.3, 1.0, 0.3),
        ("blast", 0.15, 1.0, 0.15),
        ("risk", 0.1, 0.24, 0.024),
        ("history", 0.05, 0.125, 0.0063),
    ]
    assert suspect.score == 0.8803
    assert suspect.reason == (
        "Ran when it began, started 40 min before; changed the service that broke; reaches 1 of 1 "
        "alerting service; its risk was assessed at 24; 1 of 8 closed changes of refunds caused an "
        "incident."
    )
    assert suspect.as_json(of=3) | {"components": 5} == {
        "version": "1",
        "place": 1,
        "of": 3,
        "score": 0.8803,
        "components": 5,
        "reason": suspect.reason,
    }


@pytest.mark.parametrize(
    ("category", "ended", "value"),
    [
        ("deployment", None, 1.0),
        ("deployment", 10 * MINUTE, 1.0),
        ("deployment", timedelta(0), 1.0),
        ("deployment", -5 * MINUTE, 1.0),
        ("deployment", -6 * MINUTE, exp(-0.1)),
        ("deployment", -60 * MINUTE, exp(-1)),
        ("configuration", -60 * MINUTE, exp(-1)),
        ("other", -60 * MINUTE, exp(-1)),
        ("database", -60 * MINUTE, exp(-1 / 24)),
        ("infrastructure", -24 * 60 * MINUTE, exp(-1)),
        ("network", -24 * 60 * MINUTE, exp(-1)),
        ("security", -24 * 60 * MINUTE, exp(-1)),
    ],
)
def test_what_ran_counts_whole_and_fades_from_its_end(category, ended, value):
    one = replace(
        ONE,
        category=category,
        started_at=ONSET - timedelta(days=2),
        ended_at=None if ended is None else ONSET + ended,
    )

    assert valued(one)["time"] == round(value, 4)


@pytest.mark.parametrize(
    ("given", "place", "value"),
    [
        ({"hops": 0}, Near.SERVICE, 1.0),
        ({"hops": 1}, Near.NEEDED, 0.7),
        ({"hops": 2}, Near.TWO_HOPS, 0.4),
        ({"hops": None, "category": "infrastructure"}, Near.SHARED, 0.4),
        ({"hops": None, "category": "network"}, Near.SHARED, 0.4),
        ({"hops": None}, Near.ENVIRONMENT, 0.2),
        ({"hops": None, "same_environment": False}, Near.NOWHERE, 0.0),
        (
            {"hops": None, "same_environment": False, "category": "network"},
            Near.NOWHERE,
            0.0,
        ),
    ],
)
def test_the_further_away_the_less_it_counts(given, place, value):
    one = replace(ONE, **given)

    assert (near(one), valued(one)["topology"]) == (place, value)


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({"reached": 1, "alerting": 4}, "blast", 0.25),
        ({"reached": 0, "alerting": 0}, "blast", 0.0),
        ({"risk_score": 0}, "risk", 0.0),
        ({"risk_score": 130}, "risk", 1.0),
        ({"caused": 0, "closed": 0}, "history", 0.0),
        ({"caused": 3, "closed": 2}, "history", 1.0),
    ],
)
def test_blast_risk_and_history_are_shares(given, name, value):
    assert valued(replace(ONE, **given))[name] == value


def test_what_started_after_it_began_is_apart_and_never_a_suspect():
    late = replace(ONE, number=8, started_at=ONSET + timedelta(microseconds=1))
    just = replace(ONE, number=9, started_at=ONSET)

    assert [one.candidate.number for one in rank([late, just], onset=ONSET)] == [9]
    assert [one.number for one in too_late([late, just], onset=ONSET)] == [8]


def test_the_order_is_the_same_whatever_the_order_it_is_told_in():
    rows = [
        ONE,
        replace(ONE, number=8),
        replace(ONE, number=3, started_at=ONSET - MINUTE),
        replace(ONE, number=9, hops=None),
    ]

    orders = {
        tuple(one.candidate.number for one in rank(told, onset=ONSET))
        for told in (rows, rows[::-1], rows[2:] + rows[:2])
    }
    assert orders == {(3, 8, 7, 9)}
