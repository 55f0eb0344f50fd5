"""A canary goes out step by step, each judged by what a worker sees."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from changes import lifecycle
from changes.models import RolloutStep, StepLook, StepMeasure
from changes.policies.soaking import Look, Sample
from changes.queries.packs import pack
from changes.sampling import stepping
from changes.shown.pack import document
from ledger.models import Delivery
from ledger.subscriptions import subscribe
from tests.changes.sampling.stepping import (
    Figures,
    faults,
    looked,
    refusal,
    report,
    running,
    states,
    step,
)
from tests.living import at, events_of, fresh, person, verbs_of

pytestmark = pytest.mark.usefixtures("settled")


@pytest.fixture
def figures(httpserver: HTTPServer, settings: Any, settled: None) -> Figures:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8", "::1/128"]
    return Figures(httpserver)


def test_a_good_canary_goes_out_to_all_step_by_step(figures: Figures):
    figures.rule(tolerated_ratio=1.5)
    figures.said = {'track="canary"': 0.012, 'track="stable"': 0.01}
    change = running()

    for number, percent in enumerate((5, 25, 100)):
        begun = 61 + 10 * number
        step(change, percent, begun)
        assert looked(begun, begun + 1, begun + 2) == [True] * 3
        assert refusal("succeeded", change, begun + 2.5)[-1] == "step_not_stable"
        assert looked(begun + 3, begun + 3.5) == [True, False]
    report(change, "succeeded", 90)

    assert fresh(change).state == "validating"
    assert states(change) == [(5, "stable"), (25, "stable"), (100, "stable")]
    assert (
        verbs_of(change.ref)[-9:-3]
        == [
            "deployment.step",
            "deployment.step_stable",
        ]
        * 3
    )
    stable = RolloutStep.objects.get(percent=100)
    assert stable.detail == "The step to 100 % is stable: error-rate held for 3 min."
    (figure,) = stable.evidence["figures"]
    assert (figure["value"], figure["baseline"], figure["threshold"]) == (0.012, 0.01, 0.05)
    assert figure["query"] == 'rate(errors{service="refunds",track="canary"}[1m])'
    assert figure["baseline_query"] == 'rate(errors{service="refunds",track="stable"}[1m])'
    assert [one["at"] for one in stable.evidence["seen"]["error-rate"]] == [
        f"2026-11-18T10:{21 + n}:00Z" for n in range(4)
    ]
    told = next(one for one in events_of(change.ref) if one.verb == "deployment.step_stable")
    assert (told.actor, told.data["percent"]) == ("tidegate", 5)
    assert not StepMeasure.objects.filter(due_at__isnull=False).exists()
    assert faults() == []


def test_a_bad_canary_can_only_be_rolled_back(figures: Figures):
    figures.rule()
    figures.said = {"errors": 0.4}
    change = running()
    step(change, 5, 61)

    assert looked(61, 62) == [True, False]

    assert states(change) == [(5, "failed")]
    failed = RolloutStep.objects.get()
    assert failed.detail == "The step to 5 % failed. error-rate: 0.4 is not < 0.05."
    assert verbs_of(change.ref)[-1] == "deployment.step_failed"
    assert events_of(change.ref)[-1].data["figures"][0]["value"] == 0.4
    assert refusal("step", change, 70, percent=25)[0] == "step_failed"
    assert refusal("succeeded", change, 70) == ("steps_missing", "step_failed")
    assert refusal("started", change, 70) == ("step_failed",)
    report(change, "rolled_back", 71, detail="Back on v1.")
    assert (fresh(change).state, states(change)) == ("validating", [(5, "failed")])
    assert faults() == []


def test_the_team_hears_of_a_step_that_failed_and_the_pack_tells_its_figures(figures: Figures):
    subscribe(
        name="Chat",
        channel="webhook",
        target="https://chat.example.org/tidegate",
        verbs=["deployment.step_failed"],
        teams=["payments"],
        now=at(0),
    )
    figures.rule()
    figures.said = {"errors": 0.4}
    change = running()
    step(change, 5, 61)
    assert not Delivery.objects.exists()

    looked(61)

    (sent,) = Delivery.objects.select_related("event")
    assert sent.event.verb == "deployment.step_failed"
    doc = document(pack(ref=change.ref), now=at(90), by="auditor")
    (told,) = doc["steps"]
    assert (told["percent"], told["state"], told["figures"][0]["value"]) == (5, "failed", 0.4)
    assert [one["faults"] for one in doc["proofs"] if one["faults"]] == []


def test_a_canary_worse_than_its_baseline_fails_within_its_threshold(figures: Figures):
    figures.rule(tolerated_ratio=1.5, tolerated_difference=0.001)
    figures.said = {'track="canary"': 0.04, 'track="stable"': 0.01}
    change = running()
    step(change, 5, 61)

    looked(61)

    (look,) = StepLook.objects.all()
    assert (look.value, look.baseline, look.word) == (0.04, 0.01, "missed")
    assert look.said.endswith("it is beyond 1.5 times or 0.001 of the baseline’s 0.01.")
    assert states(change) == [(5, "failed")]


@pytest.mark.parametrize(
    ("rule", "said", "word"),
    [
        ({}, {}, "empty"),
        ({}, {"errors": "NaN"}, "no_number"),
        ({"tolerated_ratio": 2}, {"canary": 0.01}, "no_baseline"),
        ({"tolerated_ratio": 2}, {"canary": 0.01, "stable": "NaN"}, "no_baseline"),
        (
            {"traffic_query": "requests", "least_traffic": 100},
            {"errors": 0.9, "requests": 99},
            "little_traffic",
        ),
        ({"traffic_query": "requests", "least_traffic": 100}, {"errors": 0.01}, "empty"),
    ],
)
def test_what_proves_nothing_neither_passes_nor_fails(
    rule: dict[str, Any], said: dict[str, Any], word: str, figures: Figures
):
    figures.rule(**rule)
    figures.said = said
    change = running()
    step(change, 5, 61)

    looked(*range(61, 80))

    assert {one.word for one in StepLook.objects.all()} == {word}
    assert (states(change), refusal("step", change, 80, percent=25)) == (
        [(5, "soaking")],
        ("step_not_stable",),
    )


def test_without_a_baseline_the_threshold_may_decide_alone(figures: Figures):
    figures.rule(tolerated_ratio=2, baseline_is_needed=False)
    figures.said = {"canary": 0.01}
    change = running()
    step(change, 5, 61)

    looked(61, 62, 63, 64)

    assert states(change) == [(5, "stable")]
    assert StepLook.objects.latest("pk").said == ("0.01 is < 0.05. There is no baseline beside it.")


def test_prometheus_out_of_reach_lengthens_the_soak(figures: Figures, httpserver: HTTPServer):
    figures.rule()
    figures.said = {"errors": 0.01}
    change = running()
    step(change, 5, 61)
    looked(61, 62)
    figures.server.is_active = False
    figures.server.save()

    looked(63)
    assert StepMeasure.objects.get().said == ("The Prometheus server main is not in use any more.")
    assert states(change) == [(5, "soaking")]
    figures.server.is_active = True
    figures.server.save()
    looked(64, 65, 66)
    assert states(change) == [(5, "soaking")]
    looked(67)

    assert states(change) == [(5, "stable")]


def test_so_many_misses_as_are_allowed_begin_the_soak_anew(figures: Figures):
    figures.rule(failures_allowed=1)
    change = running()
    step(change, 5, 61)
    for minutes, errors in ((61, 0.01), (62, 0.4), (63, 0.01), (64, 0.01), (65, 0.01)):
        figures.said = {"errors": errors}
        looked(minutes)

    assert states(change) == [(5, "soaking")]
    looked(66)
    assert states(change) == [(5, "stable")]
    figures.said = {"errors": 0.4}
    looked(67)
    assert states(change) == [(5, "failed")]  # it is looked at until the next begins


def test_a_longer_soak_of_a_rule_counts_for_its_measure(figures: Figures):
    figures.rule(soak=at(6) - at(0))
    figures.said = {"errors": 0.01}
    change = running()
    step(change, 5, 61)

    looked(*range(61, 67))
    assert states(change) == [(5, "soaking")]
    looked(67)

    assert states(change) == [(5, "stable")]


def test_only_rules_for_canaries_of_the_service_judge_it(figures: Figures):
    figures.rule("mine", services=["refunds"], tiers=[3], kinds=["normal"])
    figures.rule("theirs", services=["payments-api"])
    figures.rule("idle", is_active=False)
    figures.rule("validation", used_for="validation", query="up")
    step(running(), 5, 61)

    assert list(StepMeasure.objects.values_list("name", flat=True)) == ["mine"]


def test_where_no_rule_measures_it_checks_from_ci_prove_it(settled: None):
    change = running()
    step(change, 5, 61)
    looked(61)
    assert StepMeasure.objects.get().said == ("No check has been reported since the step began.")
    lifecycle.report_check(
        ref=change.ref, name="smoke", passed=True, actor=person("ci"), now=at(61.2)
    )

    looked(*(61.5 + n / 2 for n in range(7)))
    assert states(change) == [(5, "stable")]

    step(change, 25, 65)
    looked(65)
    assert StepMeasure.objects.latest("pk").word == "empty"  # of the step before proves nothing
    lifecycle.report_check(
        ref=change.ref, name="smoke", passed=False, actor=person("ci"), now=at(65.2)
    )
    looked(65.5)
    assert states(change) == [(5, "stable"), (25, "failed")]


def test_a_look_that_comes_too_late_writes_nothing(figures: Figures):
    figures.rule()
    figures.said = {"errors": 0.4}
    change = running()
    step(change, 5, 61)
    claim = stepping.claimed(at(61))
    assert claim is not None
    report(change, "rolled_back", 62)

    stepping.keep(claim, Sample(at(62.5), Look.MISSED, "Too late."), took_ms=1)

    assert (states(change), StepLook.objects.count()) == ([(5, "ended")], 0)
    assert looked(70) == [False]


def test_a_look_that_was_lost_is_taken_again_after_its_lease(figures: Figures):
    figures.rule()
    figures.said = {"errors": 0.01}
    step(running(), 5, 61)

    assert stepping.claimed(at(61)) is not None
    assert looked(61.5, 63) == [False, True]
