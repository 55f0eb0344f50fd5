"""A canary that runs, and a Prometheus whose figures tests choose."""

import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from changes import deployments, sampling
from changes.deployments import Report
from changes.models import (
    Change,
    CheckRule,
    Deployment,
    PrometheusServer,
    RolloutStep,
    StepLook,
    StepMeasure,
)
from changes.states import State
from config.recorded_rows import ROWS
from ledger import verify
from ledger.decision import Refused
from tests.changes.sampling.watching import MINUTE
from tests.living import at, change_at, person
from tests.living import written as rows_written

ERRORS = 'rate(errors{service="$service",track="$track"}[1m])'
CANARY = {
    "rollout": "canary",
    "canary_steps": [5, 25, 100],
    "canary_soak_minutes": [3],
}


class Figures:
    """What Prometheus answers: a number or a text for each word a query may hold."""

    def __init__(self, httpserver: HTTPServer) -> None:
        self.said: dict[str, Any] = {}
        self.status = 200
        httpserver.expect_request("/api/v1/query").respond_with_handler(self._answer)
        self.server = PrometheusServer.objects.create(
            slug="main", name="Main", base_url=httpserver.url_for("").rstrip("/")
        )

    def _answer(self, request: Request) -> Response:
        query = request.args["query"]
        found = [value for word, value in self.said.items() if word in query]
        result = [{"metric": {}, "value": [0, str(value)]} for value in found[:1]]
        told = {"status": "success", "data": {"resultType": "vector", "result": result}}
        return Response(json.dumps(told), status=self.status, content_type="application/json")

    def rule(self, name: str = "error-rate", **given: Any) -> CheckRule:
        """A measure of canaries, looked at every minute."""
        fields = {"query": ERRORS, "comparison": "<", "threshold": 0.05, "interval": MINUTE}
        fields |= {"used_for": "canary", "how": "prometheus", "server": self.server}
        return CheckRule.objects.create(name=name, **{**fields, **given})


def running(**given: Any) -> Change:
    """A canary that was started an hour after nine."""
    return change_at(State.IMPLEMENTING, **{**CANARY, **given})


def report(change: Change, status: str, minutes: float, by: str = "ci", **given: Any) -> Deployment:
    told = Report(status, at(minutes), change=change.ref, **given)
    return deployments.report(told, actor=person(by), now=at(minutes))


def step(change: Change, percent: int, minutes: float) -> Deployment:
    return report(change, "step", minutes, percent=percent)


def looked(*minutes: float) -> list[bool]:
    """Whether a worker found something to look at, so many minutes after nine."""
    return [sampling.look_at_steps(now=at(one)) for one in minutes]


def states(change: Change) -> list[tuple[int, str]]:
    """The steps that were taken, and where each stands."""
    return list(RolloutStep.objects.filter(change=change).values_list("percent", "state"))


def written() -> dict[str, int]:
    models = (RolloutStep, StepMeasure, StepLook)
    return {**rows_written(), **{model.__name__: model.objects.count() for model in models}}


def refusal(status: str, change: Any, minutes: float, **given: Any) -> tuple[str, ...]:
    """The codes of the refusal; nothing is written."""
    before = written()
    with pytest.raises(Refused) as refused:
        report(change, status, minutes, **given)
    assert written() == before
    return refused.value.decision.codes


def faults() -> list[str]:
    seen = verify.Seen(lambda progress: None)
    return [fault.message for fault in verify.faults(rows=ROWS[:1], seen=seen)]
