"""Policy rules over REST: exported by whoever reads, imported by change managers."""

import pytest

from changes.models import PolicyRule
from tests.changes.api.world import caller
from tests.changes.rulebook.test_exchange import FILE

pytestmark = pytest.mark.usefixtures("organisation")
SENT = {"yaml": FILE}


def test_a_file_goes_in_and_comes_out():
    answer = caller("manager").post("/policies", SENT)

    assert answer.status_code == 200
    body = answer.json()
    assert [(one["name"], one["did"], one["version"]) for one in body["steps"]] == [
        ("CAB for databases", "created", 1),
        ("No risky Fridays", "created", 1),
    ]
    assert body["dry_run"] is False
    assert caller("auditor").get("/policies").json() == SENT


def test_a_dry_run_saves_nothing():
    answer = caller("manager").post("/policies?dry_run=true", SENT)

    assert (answer.status_code, answer.json()["dry_run"]) == (200, True)
    assert answer.json()["steps"][0]["diff"].startswith("@@ -0,0 +1,")
    assert not PolicyRule.objects.exists()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"yaml": "version: 1"}, "yaml"),
        ({"yaml": 7}, "yaml"),
        ({}, "yaml"),
        ({"yaml": FILE, "force": True}, "force"),
    ],
)
def test_what_is_wrong_is_a_field_and_a_sentence(sent, field):
    answer = caller("manager").post("/policies", sent)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert not PolicyRule.objects.exists()


@pytest.mark.parametrize("name", ["engineer", "owner", "cab-1", "stranger", "ci", "auditor"])
def test_only_change_managers_import(name):
    answer = caller(name).post("/policies", SENT)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert not PolicyRule.objects.exists()


def test_a_token_needs_the_scope_and_no_limits():
    narrow = caller("manager", "changes:read", "changes:write").post("/policies", SENT)
    limited = caller("manager", services=("payments-api",)).post("/policies", SENT)

    assert (narrow.status_code, limited.status_code) == (403, 403)
    assert "policy rules decide for all" in limited.json()["detail"]
    assert not PolicyRule.objects.exists()
