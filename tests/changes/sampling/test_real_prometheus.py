"""Smoke test and monitoring against a real Prometheus, by a real clock."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from changes import lifecycle, sampling
from changes.models import Change, Check, CheckRule, PrometheusServer
from changes.policies.soaking import Look
from changes.rulebook import checks
from changes.states import State
from ledger.decision import Refused
from tests.changes.sampling.prometheus import Prometheus
from tests.changes.sampling.watching import run_of
from tests.living import change_at, person

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("now_is_today")]
SECOND = timedelta(seconds=1)
ERRORS = """
sum(rate(http_requests_total{service="$service",code=~"5.."}[3s]))
  / sum(rate(http_requests_total{service="$service"}[3s]))
"""
ALIVE = 'sum(increase(http_requests_total{service="$service"}[5s]))'


def asks(server: PrometheusServer, name: str, query: str, **given: Any) -> CheckRule:
    """A rule that looks every second; people may ask for every five only."""
    fields = {"comparison": "<", "threshold": 0.05, "interval": SECOND, "soak": 3 * SECOND}
    return CheckRule.objects.create(
        name=name, how="prometheus", server=server, query=query, **{**fields, **given}
    )


def watch(change: Change, *, until: str, seconds: float = 12) -> None:
    """Look at what is due until the newest run stands so; then what holds up the change is gone."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        sampling.look_at_due(now=timezone.now())
        if run_of(change).state == until:
            return
        time.sleep(0.1)
    raise AssertionError(f"{run_of(change)} after {seconds} s: {run_of(change).samples.last()}")


def close(change: Change) -> None:
    lifecycle.close(
        ref=change.ref,
        outcome="successful",
        note="It went well.",
        actor=person("engineer"),
        now=timezone.now(),
    )


def test_a_change_closes_when_smoke_test_and_error_rate_have_held(
    prometheus: Prometheus, server: PrometheusServer
) -> None:
    prometheus.exporter.errors = 0
    asks(server, "alive", ALIVE, comparison=">", threshold=0, soak=timedelta())
    asks(server, "error-rate", ERRORS)
    change = change_at(State.VALIDATING)

    with pytest.raises(Refused) as early:
        close(change)
    watch(change, until="passed")
    sampling.look_at_due(now=timezone.now())
    close(change)

    assert early.value.decision.codes == ("checks_missing", "checks_missing")
    alive, rate = Check.objects.order_by("name")
    assert (alive.passed, rate.passed) == (True, True)
    assert len(alive.evidence["samples"]) == 1
    held = rate.evidence
    assert held["asks"]["query"] == ERRORS.replace("$service", "refunds")
    assert [one["found"] for one in held["samples"]] == ["held"] * len(held["samples"])
    assert {one["value"] for one in held["samples"]} == {0}
    assert len(held["samples"]) >= 3


def test_errors_in_the_middle_begin_the_soak_anew(
    prometheus: Prometheus, server: PrometheusServer
) -> None:
    asks(server, "error-rate", ERRORS)
    prometheus.exporter.errors = 40
    prometheus.until("sum(rate(http_requests_total{code='500'}[3s])) > 10")
    change = change_at(State.VALIDATING)
    sampling.look_at_due(now=timezone.now())
    first = run_of(change).samples.get()
    prometheus.exporter.errors = 0
    watch(change, until="passed")

    run = run_of(change)
    assert first.word == Look.MISSED
    assert first.said.endswith("is not < 0.05.")
    assert run.failures >= 1
    assert run.check_row is not None
    assert run.holding_since is not None
    assert run.holding_since > run.started_at


def test_what_stays_ill_is_given_up_with_its_figures(
    prometheus: Prometheus, server: PrometheusServer
) -> None:
    asks(server, "error-rate", ERRORS, soak=SECOND, give_up_after=SECOND)
    prometheus.exporter.errors = 40
    prometheus.until("sum(rate(http_requests_total{code='500'}[3s])) > 10")
    change = change_at(State.VALIDATING)

    watch(change, until="failed")
    prometheus.exporter.errors = 0

    check = Check.objects.get()
    assert check.detail.startswith("Given up after 1 s. 0.")
    assert all(one["value"] > 0.05 for one in check.evidence["samples"])
    with pytest.raises(Refused) as refused:
        close(change)
    assert refused.value.decision.codes == ("check_failed",)


@pytest.mark.parametrize(
    ("query", "word", "said"),
    [
        ("up{", Look.REFUSED, "parse error"),
        ("nothing_like_it", Look.EMPTY, "empty"),
        ("vector(0)/0", Look.NO_NUMBER, "NaN"),
        ("vector(1)/0", Look.NO_NUMBER, "+Inf"),
        ('http_requests_total{service="refunds"}', Look.SEVERAL, "2 series"),
        ("up[1m]", Look.UNREADABLE, "a matrix"),
        ('"a"', Look.UNREADABLE, "a string"),
        ("0", Look.HELD, "0 is < 0.05."),
    ],
)
def test_what_is_no_figure_never_passes(
    query: str, word: Look, said: str, server: PrometheusServer
) -> None:
    rule = asks(server, "odd", query)

    found = checks.try_once(rule, now=timezone.now())

    assert found.word is word
    assert said in found.said


def test_a_query_that_is_none_is_refused_when_it_is_saved(server: PrometheusServer) -> None:
    rule = CheckRule(name="odd", how="prometheus", server=server, query="up{", threshold=1)

    with pytest.raises(ValidationError) as wrong:
        checks.refuse_query(rule, now=timezone.now())

    assert list(wrong.value.message_dict) == ["query"]
    assert "parse error" in wrong.value.message_dict["query"][0]
