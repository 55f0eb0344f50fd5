"""Deployments that are reported with neither permit nor change."""

from datetime import timedelta

import pytest
from django.utils import timezone

from changes import sightings
from changes.models import Change, SeenDeployment
from tests.changes.api.world import caller

pytestmark = pytest.mark.usefixtures("organisation")
PATH = "/deployments"
TOLD = {
    "service": "refunds",
    "environment": "production",
    "revision": "4f1c2d9",
    "status": "succeeded",
}


def test_it_is_kept_and_becomes_an_unauthorised_change():
    answer = caller("ci").post(PATH, TOLD)

    body = answer.json()
    assert answer.status_code == 202
    assert (body["service"], body["standing"], body["change"]) == ("refunds", "waiting", None)
    seen = SeenDeployment.objects.get()
    assert (seen.vendor, seen.told[0]["by"]) == ("api", "ci")
    sightings.judge(now=seen.judge_at, limit=9)
    again = caller("ci").post(PATH, TOLD).json()
    assert (again["standing"], again["change"]) == ("unauthorised", Change.objects.get().ref)
    assert SeenDeployment.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"service": ""}, "permit"),
        ({"environment": ""}, "permit"),
        ({"service": "nobody"}, "service"),
        ({"environment": "nowhere"}, "environment"),
        ({"status": "begun"}, "status"),
        ({"at": (timezone.now() + timedelta(days=1)).isoformat()}, "at"),
        ({"revision": "x" * 121}, "revision"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(wrong: dict, field: str):
    answer = caller("ci").post(PATH, {**TOLD, **wrong})

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert not SeenDeployment.objects.exists()


def test_a_limited_token_tells_only_of_its_own():
    assert caller("ci", services=["search"]).post(PATH, TOLD).status_code == 403
    assert caller("ci", "changes:read").post(PATH, TOLD).status_code == 403
    assert not SeenDeployment.objects.exists()
