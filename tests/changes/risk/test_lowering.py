"""What would lower a score: tried, weighed again, and told as it would be."""

from dataclasses import replace

from hypothesis import given

from changes.risk import Circumstances, assess
from changes.risk.lowering import lowering
from tests.changes.risk.test_assessing import CIRCUMSTANCES, NONE, WORST

MEDIUM = replace(NONE, tier=1, production=True, rollout="all_at_once")


def test_each_thing_is_told_with_what_the_score_would_be() -> None:
    assert [(one.field, one.do, one.points, one.score, one.level) for one in lowering(MEDIUM)] == [
        ("rollout", "Roll out as a canary", -15, 45, "medium"),
        ("rollout", "Roll out blue-green", -13, 47, "medium"),
        ("rollback_proof", "Automate the rollback", -10, 50, "medium"),
        ("rollout", "Roll out machine by machine", -10, 50, "medium"),
        ("rollback_proof", "Rehearse the rollback", -8, 52, "medium"),
        ("test_evidence_url", "Show that its tests pass", -5, 55, "medium"),
    ]


def test_what_is_locked_is_not_proposed() -> None:
    found = lowering(MEDIUM, locked=["rollout", "rollback_proof"])

    assert [one.field for one in found] == ["test_evidence_url"]


def test_a_plan_that_is_missing_comes_before_its_proof() -> None:
    fields = {one.field for one in lowering(WORST)}

    assert fields == {"rollback_plan", "test_plan", "rollout"}


def test_nothing_lowers_what_is_nothing() -> None:
    assert lowering(NONE) == ()


def test_an_emergency_is_not_told_to_wait() -> None:
    met = replace(NONE, overlapping=1)

    assert "planned_start_at" in {one.field for one in lowering(met)}
    urgent = lowering(replace(met, kind="emergency"))
    assert "planned_start_at" not in {one.field for one in urgent}


@given(CIRCUMSTANCES)
def test_what_is_told_is_what_weighing_says(at: Circumstances) -> None:
    now = assess(at)

    for one in lowering(at):
        assert one.points < 0
        assert one.score == now.score + one.points
