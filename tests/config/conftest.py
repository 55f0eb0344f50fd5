"""What production would log, and a ledger that has taken up the rows of an organisation."""

import io
import logging
from collections.abc import Iterator

import pytest
from django.utils.module_loading import import_string as resolved

from changes.models import Template
from changes.states import State
from config import logs, recorded_rows
from ledger import taking_up
from tests import living
from tests.config.recorded import faults
from tests.living import at, change_at, say


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
