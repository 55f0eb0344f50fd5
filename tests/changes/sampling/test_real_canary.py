"""A canary beside its baseline in a real Prometheus, by a real clock and what is ready made."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from changes import deployments, sampling
from changes.deployments import Report
from changes.models import Change, CheckRule, PrometheusServer, RolloutStep, StepLook
from changes.queries.rollouts import Rollout, figure_of, rollout_of
from changes.rulebook.canary_checks import READY_MADE
from changes.states import State
from ledger.decision import Refused
from tests.changes.sampling.prometheus import Prometheus, Track
from tests.living import change_at, fresh, person, service, verbs_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("now_is_today")]
SECOND = timedelta(seconds=1)
QUIET = """
sum(rate(http_requests_total{track="canary",code="500"}[3s])) == 0
  and sum(rate(http_requests_total{track="stable"}[3s])) > 0
"""
SHORT = {"interval": SECOND, "soak": 2 * SECOND, "least_traffic": 50}


@pytest.fixture(autouse=True)
def measured(prometheus: Prometheus, server: PrometheusServer) -> Iterator[None]:
    """Error rate and latency as they are ready made, over seconds instead of minutes."""
    for ready in READY_MADE.values():
        short = {
            name: told.replace("[5m]", "[3s]") if isinstance(told, str) else told
            for name, told in ready.items()
        }
        CheckRule.objects.create(**{**short, **SHORT, "server": server})
    prometheus.until(QUIET)
    yield
    prometheus.exporter.tracks = {"canary": Track(), "stable": Track()}


def begun(*steps: int) -> Change:
    """A canary at its first step."""
    plan = {"rollout": "canary", "canary_steps": [*steps], "canary_soak_minutes": [0]}
    change = change_at(State.IMPLEMENTING, service=service("payments-api"), **plan)
    report(change, "step", percent=steps[0])
    return change


def report(change: Change, status: str, **given: Any) -> None:
    now = timezone.now()
    told = Report(status, now, change=change.ref, **given)
    deployments.report(told, actor=person("ci"), now=now)


def watched(change: Change, *verdicts: str, seconds: float = 15) -> Rollout:
    """Look at what is due until the verdict is one of these."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        sampling.look_at_steps(now=timezone.now())
        found = rollout_of(fresh(change), actor=person("ci"), now=timezone.now())
        if found.answer is not None and found.answer.verdict in verdicts:
            return found
        time.sleep(0.1)
    raise AssertionError(f"No {verdicts} in {seconds} s: {list(StepLook.objects.all()[:9])}")


def figures(found: Rollout) -> dict[str, dict[str, Any]]:
    assert found.reached is not None
    return {one.name: figure_of(one) for one in found.reached.measures}


def test_a_good_canary_goes_out_to_all(prometheus: Prometheus) -> None:
    for track in prometheus.exporter.tracks.values():
        track.errors = 0
    change = begun(25, 100)

    watched(change, "proceed")
    report(change, "step", percent=100)
    with pytest.raises(Refused) as early:
        report(change, "succeeded")
    whole = watched(change, "proceed")
    report(change, "succeeded")

    assert early.value.decision.codes == ("step_not_stable",)
    assert fresh(change).state == "validating"
    assert [one.state for one in RolloutStep.objects.order_by("pk")] == ["stable", "stable"]
    rate, p99 = figures(whole)["canary-error-rate"], figures(whole)["canary-p99-latency"]
    assert (rate["value"], rate["baseline"]) == (0, 0)
    assert (0 < p99["value"] < 0.1, p99["value"] == pytest.approx(p99["baseline"])) == (True, True)
    assert rate["traffic"] >= 50


def test_a_bad_canary_is_rolled_back_with_its_figures(prometheus: Prometheus) -> None:
    prometheus.exporter.tracks["canary"].errors = 40
    prometheus.until("sum(rate(http_requests_total{code='500',track='canary'}[3s])) > 10")
    change = begun(25, 100)

    failed = watched(change, "roll_back")
    report(change, "rolled_back", detail="Back on v1.")

    rate = figures(failed)["canary-error-rate"]
    assert rate["value"] > 0.1
    assert (rate["found"], rate["threshold"], rate["failures"]) == ("missed", 0.01, 1)
    assert 'track="canary"' in rate["query"]
    assert 'track="stable"' in rate["baseline_query"]
    assert rate["looked_at"] is not None
    (reason,) = failed.answer.reasons if failed.answer else ()
    assert reason.code == "step_failed"
    assert f"{rate['value']:g} is not < 0.01" in reason.message
    assert verbs_of(change.ref)[-3:] == [
        "deployment.step_failed",
        "change.rolled_back",
        "deployment.rolled_back",
    ]


def test_a_canary_slower_than_its_baseline_fails_within_its_threshold(
    prometheus: Prometheus,
) -> None:
    prometheus.exporter.tracks["canary"].slow = 50
    quick = 'http_request_duration_seconds_bucket{track="canary",le="0.1"}'
    prometheus.until(f"rate({quick}[3s]) < 60")
    change = begun(25, 100)

    failed = watched(change, "roll_back")

    p99 = figures(failed)["canary-p99-latency"]
    assert p99["baseline"] < 0.1 < p99["value"] < 0.5
    assert (p99["failures"], p99["failures_allowed"]) == (2, 1)
    assert p99["said"].endswith(f"beyond 1.2 times the baseline’s {p99['baseline']:g}.")


def test_without_a_baseline_or_a_canary_nothing_passes(prometheus: Prometheus) -> None:
    tracks = prometheus.exporter.tracks
    prometheus.exporter.tracks = {"canary": tracks["canary"]}
    prometheus.until('absent(rate(http_requests_total{track="stable"}[3s]))')
    change = begun(25, 100)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        sampling.look_at_steps(now=timezone.now())
        time.sleep(0.1)
    words = set(StepLook.objects.values_list("word", flat=True))
    prometheus.exporter.tracks = {}
    prometheus.until('absent(rate(http_requests_total{track="canary"}[3s]))')
    StepLook.objects.all().delete()
    for _ in range(2):
        assert sampling.look_at_steps(now=timezone.now())

    assert words == {"no_baseline"}
    assert set(StepLook.objects.values_list("word", flat=True)) == {"empty"}
    assert RolloutStep.objects.get(change=change).state == "soaking"
