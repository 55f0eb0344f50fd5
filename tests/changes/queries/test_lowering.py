"""Whose votes a change would not need, if its risk were lower."""

from typing import Any

import pytest

from changes.queries.advice import Advice, advice
from changes.queries.whole import whole
from changes.shown.lowering import lines
from changes.states import State
from tests import living
from tests.living import at, change_at, plan

pytestmark = pytest.mark.usefixtures("settled")


def advised(**given: Any) -> Advice:
    return advice(plan(**given), actor=living.person("engineer"), now=at(0))


def test_votes_that_would_fall_away_are_counted() -> None:
    found = advised(risk="high", rollout="rolling")

    told = [
        (one.what.do, one.what.score, {need.key: count for need, count in one.fewer})
        for one in found.lower
    ]
    assert told == [
        ("Automate the rollback", 50, {"cab": 2}),
        ("Rehearse the rollback", 52, {"cab": 2}),
        ("Roll out as a canary", 55, {"cab": 2}),
        ("Show that its tests pass", 55, {"cab": 2}),
        ("Roll out blue-green", 57, {"cab": 2}),
    ]


def test_they_are_told_in_words() -> None:
    found = advised(risk="high", rollout="rolling")

    assert [
        (line.do, line.points, line.score, line.level, line.fewer, line.url)
        for line in lines(found.lower, level="high")[1:2]
    ] == [("Rehearse the rollback", "−8", 52, "medium", "2 votes less (CAB)", "#id_rollback_proof")]


def test_one_vote_less_is_told_in_the_singular() -> None:
    found = advised(risk="medium")

    (canary,) = [one for one in lines(found.lower, level="medium") if "canary" in one.do]
    assert (canary.score, canary.level, canary.fewer) == (
        25,
        "low",
        "one vote less (service owner)",
    )


def test_a_change_tells_its_newest_risk_until_it_starts() -> None:
    change = change_at(State.AWAITING_APPROVAL)
    living.service().__class__.objects.filter(slug="refunds").update(tier=1)

    found = whole(ref=change.ref, actor=living.person("peer"), now=at(20))

    assert (found.change.risk_score, found.risk and found.risk.score) == (25, 45)
    assert found.reweighed == found.risk
    assert found.lower[0].what.do == "Automate the rollback"


def test_a_change_that_runs_is_not_weighed_again() -> None:
    change = change_at(State.IMPLEMENTING)

    found = whole(ref=change.ref, actor=living.person("peer"), now=at(70))

    assert (found.risk, found.lower) == (None, ())
