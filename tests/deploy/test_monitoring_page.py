"""What `docs/monitoring.md` has people paste is what the doors read."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.intake import VENDORS
from incidents.doors import datadog, zendesk
from ledger.inbox import Unreadable
from tests.incidents.doors.said import DATADOG, ZENDESK

PAGE = (Path(__file__).parents[2] / "docs" / "monitoring.md").read_text()
NOW = datetime(2026, 11, 20, 22, 10, tzinfo=UTC)


def template(tool: str) -> dict[str, str]:
    (found,) = re.findall(rf"```json {tool}\n(.*?)```", PAGE, re.DOTALL)
    told: dict[str, str] = json.loads(found)
    return told


@pytest.mark.parametrize(("tool", "filled"), [("datadog", DATADOG), ("zendesk", ZENDESK)])
def test_the_template_has_the_fields_that_are_read(tool, filled):
    assert list(template(tool)) == list(filled)


@pytest.mark.parametrize("door", [datadog, zendesk])
def test_a_template_that_the_tool_did_not_fill_is_no_alert(door):
    body = json.dumps(template(door.__name__.rpartition(".")[2])).encode()

    with pytest.raises(Unreadable, match=r"no (cycle_key|ticket_id)"):
        door.parse(body, {}, NOW)


def test_every_tool_that_tells_of_alerts_is_on_the_page():
    of_changes = {"argo-cd", "github"}
    words = {one.word for one in VENDORS} - of_changes

    missing = [word for word in words if word.replace("-", " ") not in PAGE.lower()]
    assert [word for word in missing if word != "json"] == []
    assert "Any JSON" in PAGE
