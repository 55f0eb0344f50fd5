"""Two workers at one check or step: one looks. Two pipelines at one step: one takes it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from pytest_httpserver import HTTPServer

from changes import deployments, sampling
from changes.deployments import Report
from changes.models import Check, CheckSample, RolloutStep, StepLook, StepMeasure
from ledger.decision import Refused
from tests import living
from tests.changes.sampling.stepping import running
from tests.changes.sampling.watching import answering, rule, validating
from tests.living import at, fresh, person, verbs_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_workers_one_looks_and_concludes(httpserver: HTTPServer, settings: Any):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8", "::1/128"]
    living.settle()
    rule(httpserver, soak=at(0) - at(0))
    validating()
    together = Barrier(2)

    def work(_: int) -> bool:
        try:
            connection.ensure_connection()
            together.wait(timeout=10)
            return sampling.look_at_due(now=at(90))
        finally:
            connection.close()

    with answering(httpserver), ThreadPoolExecutor(2) as pool:
        looked = list(pool.map(work, range(2)))

    assert sorted(looked) == [False, True]
    assert (CheckSample.objects.count(), Check.objects.count()) == (1, 1)


def at_once(*attempts: Callable[[], Any]) -> list[Any]:
    """What each answers, all begun at the same instant on connections of their own."""
    together = Barrier(len(attempts))

    def run(attempt: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            together.wait(timeout=10)
            return attempt()
        except Refused as refused:
            return refused.decision.codes
        finally:
            connection.close()

    with ThreadPoolExecutor(len(attempts)) as pool:
        return list(pool.map(run, attempts))


def test_a_step_is_looked_at_once_and_taken_once():
    living.settle()
    change = running()
    ci = person("ci")

    def step() -> Any:
        told = Report("step", at(61), change=change.ref, percent=5)
        return deployments.report(told, actor=ci, now=at(61)).pk

    first, second = at_once(step, step)
    seen = at_once(*[lambda: sampling.look_at_steps(now=at(61))] * 2)

    assert first == second
    assert (RolloutStep.objects.count(), StepLook.objects.count()) == (1, 1)
    assert sorted(seen) == [False, True]
    assert verbs_of(change.ref).count("deployment.step") == 1


def test_a_step_and_its_rollback_at_once_leave_nothing_that_soaks():
    living.settle()
    change = running()
    ci = person("ci")

    def said(status: str, **given: Any) -> Callable[[], Any]:
        told = Report(status, at(61), change=change.ref, **given)
        return lambda: deployments.report(told, actor=ci, now=at(61)).status

    step, back = at_once(said("step", percent=5), said("rolled_back"))

    assert step in ("step", ("wrong_state",))
    assert (back, fresh(change).state) == ("rolled_back", "validating")
    assert not RolloutStep.objects.filter(state="soaking").exists()
    assert not StepMeasure.objects.filter(due_at__isnull=False).exists()
