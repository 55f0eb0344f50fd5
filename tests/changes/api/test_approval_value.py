"""What approvals were worth, over REST."""

import pytest

from changes.models import Vote
from tests.changes.api.world import caller, filed

pytestmark = pytest.mark.usefixtures("organisation")
PATH = "/audit/approvals"
PERIOD = "?from=2020-01-01T00:00:00Z&to=2020-06-01T00:00:00Z"


def test_an_auditor_reads_each_rule_and_the_period():
    ref = filed()
    caller("engineer").post(f"/changes/{ref}/submit")
    caller("owner").post(f"/changes/{ref}/votes", {"decision": "reject", "comment": "No."})
    Vote.objects.update(cast_at="2020-02-01T00:00:00Z")

    answer = caller("auditor").get(f"{PATH}{PERIOD}")

    body = answer.json()
    assert (answer.status_code, body["period"]) == (
        200,
        {"from": "2020-01-01T00:00:00Z", "to": "2020-06-01T00:00:00Z"},
    )
    peers = next(one for one in body["rules"] if one["authority"] == "peer")
    assert (peers["decisions"], peers["rejections"], peers["failed_later"]) == (1, 1, 0)


@pytest.mark.parametrize("who", ["engineer", "stranger", "ci"])
def test_nobody_else_reads_it(who: str):
    answer = caller(who).get(f"{PATH}{PERIOD}")

    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


@pytest.mark.parametrize(
    "query", ["", "?from=2020-01-01T00:00:00Z", "?from=soon&to=later", f"{PERIOD}&by=luck"]
)
def test_a_period_is_demanded(query: str):
    assert caller("auditor").get(f"{PATH}{query}").status_code == 422
