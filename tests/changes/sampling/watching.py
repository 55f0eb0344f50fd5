"""A change in validation with a check that we run, and a server whose answers tests choose."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from pytest_httpserver import HTTPServer

from changes import sampling
from changes.models import Change, CheckRule, CheckRun
from changes.states import State
from tests.living import at, change_at

MINUTE = timedelta(minutes=1)
PROBE: dict[str, Any] = {
    "how": "probe",
    "interval": MINUTE,
    "soak": 3 * MINUTE,
    "give_up_after": 10 * MINUTE,
    "timeout_seconds": 1,
}


def rule(httpserver: HTTPServer, name: str = "smoke", **given: Any) -> CheckRule:
    """An address that must answer, looked at every minute for three."""
    url = httpserver.url_for(f"/{name}")
    return CheckRule.objects.create(name=name, **{**PROBE, "url": url, **given})


@contextmanager
def answering(httpserver: HTTPServer, status: int = 200, name: str = "smoke") -> Iterator[None]:
    """For a while the address answers so."""
    httpserver.clear()
    httpserver.expect_request(f"/{name}").respond_with_data("", status=status)
    yield
    httpserver.clear()


def validating(**given: Any) -> Change:
    """A change that was finished 90 minutes after nine."""
    return change_at(State.VALIDATING, **given)


def looked(*minutes: float) -> list[bool]:
    """Whether a worker found something to look at, so many minutes after nine."""
    return [sampling.look_at_due(now=at(one)) for one in minutes]


def run_of(change: Change) -> CheckRun:
    return CheckRun.objects.filter(change=change).latest("pk")
