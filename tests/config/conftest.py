"""What production would log, a ledger that has taken up rows, and the short ways to read."""

import io
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory
from django.utils.module_loading import import_string as resolved

from changes.models import Template
from changes.states import State
from config import logs, recorded_rows
from config.quick_read import QuickRead
from ledger import taking_up
from tests import living
from tests.config.recorded import faults
from tests.living import at, change_at, say
from tests.short_way import Always


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What production would log: JSON lines."""
    configured = logs.configured(as_json=True, level="INFO")
    line = configured["formatters"]["line"]
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(line.pop("()")(**line))
    for name in configured["handlers"]["out"]["filters"]:
        handler.addFilter(resolved(configured["filters"][name]["()"])())
    logging.getLogger().addHandler(handler)
    yield handler.stream
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def settled(db: None) -> None:
    living.settle()


@pytest.fixture
def lived(settled: None) -> None:
    """A change that went all the way, and rows the ledger has taken up."""
    Template.objects.create(slug="restart-service", name="Restart", title="Restart")
    taking_up.take_up(rows=recorded_rows.KEPT, now=at(0))
    change = change_at(State.VALIDATING)
    say("report_check", change, by="ci", minutes=96, name="smoke", passed=True)
    say("add_task", change, minutes=97, fields={"kind": "review", "title": "Look back"})
    assert faults() == []


@pytest.fixture
def long() -> list[str]:
    """The requests that went the long way, by their ids."""
    return []


@pytest.fixture
def get(long: list[str]) -> Callable[..., tuple[str, dict[str, str], bytes]]:
    """Reads a path under a name, with a token."""
    django = get_wsgi_application()

    def noted(environ: dict[str, Any], start: Any) -> Any:
        long.append(environ["HTTP_X_REQUEST_ID"])
        return django(environ, start)

    application = QuickRead(noted, turn=Always())

    def send(name: str, path: str, token: str) -> tuple[str, dict[str, str], bytes]:
        told = {"Authorization": f"Bearer {token}", "X-Request-ID": name}
        said: list[Any] = []
        environ = RequestFactory().get(path, headers=told).environ
        body = b"".join(application(environ, lambda *start: said.extend(start)))
        return said[0], dict(said[1]), body

    return send
