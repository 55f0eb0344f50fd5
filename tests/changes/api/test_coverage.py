"""Coverage over REST."""

from datetime import UTC, datetime

import pytest

from catalog.models import Environment, Service
from changes import sightings
from changes.models import Change, SeenDeployment
from changes.sightings import Sighting
from tests.changes.api.world import caller

pytestmark = pytest.mark.usefixtures("organisation")
PATH = "/audit/coverage"
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
PERIOD = "?from=2020-01-01T00:00:00Z&to=2024-06-01T00:00:00Z"


def test_shares_are_told_by_service_team_and_week():
    told = Sighting("github", "4f1c2d9", NOW, project="acme/refunds")
    refunds = Service.objects.select_related("owner_team").get(slug="refunds")
    place = refunds, Environment.objects.get(slug="production")
    seen = sightings.see(told, place=place, now=NOW)
    sightings.judge(now=seen.judge_at, limit=9)
    SeenDeployment.objects.update(at="2024-02-01T12:00:00Z")

    answer = caller("engineer").get(f"{PATH}{PERIOD}")

    body = answer.json()
    counts = {"seen": 1, "by_permit": 0, "by_change": 0, "unauthorised": 1, "waiting": 0}
    share = {**counts, "percent": 0.0}
    assert (answer.status_code, body["total"]) == (200, share)
    assert body["services"][0] == {"service": "refunds", "team": "payments", **share}
    assert body["services"][1]["percent"] is None
    assert (body["teams"], body["weeks"]) == (
        [{"team": "payments", **share}],
        [{"week": "2024-01-29", **share}],
    )
    assert (body["services_without_reports"], body["unmapped"], body["has_more"]) == (2, 0, False)
    listed = caller("engineer").get("/changes?unauthorised=true").json()["results"]
    assert [one["ref"] for one in listed] == [Change.objects.get().ref]
    assert listed[0]["unauthorised_at"]


def test_a_limited_token_would_see_less_than_there_is():
    answer = caller("engineer", services=["refunds"]).get(f"{PATH}{PERIOD}")

    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


@pytest.mark.parametrize(
    "query", ["", "?from=soon&to=later", f"{PERIOD}&team=nobody", f"{PERIOD}&x=1"]
)
def test_what_cannot_be_asked_is_refused(query: str):
    assert caller("engineer").get(f"{PATH}{query}").status_code == 422
