"""What is known of the end of an incident, over REST."""

import pytest
from django.test import Client

from catalog import tokens
from catalog.models import User
from incidents import lifecycle
from incidents.models import ResolutionCheck

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(now):
    robot = User.objects.create_user("ci", is_robot=True)
    _, secret = tokens.issue(user=robot, name="ci", scopes=("changes:read",), now=now)

    def get(ref):
        path = f"/api/v1/incidents/{ref}/verification"
        answer = Client().get(path, headers={"Authorization": f"Bearer {secret}"})
        return answer.status_code, answer.json()

    return get


def test_what_resolving_lacks_is_told_check_by_check(read, declared):
    ResolutionCheck.objects.create(
        name="errors", query="errors", threshold=0.05, base_url="http://prom.example"
    )

    status, told = read(declared().ref.lower())

    assert (status, told["verified"], told["postmortem_due_at"]) == (200, False, None)
    assert told["checks"] == [
        {
            "name": "errors",
            "asks": "errors < 0.05",
            "apart_seconds": 900,
            "green_since": None,
            "last_at": None,
            "said": "",
        }
    ]
    assert [one["code"] for one in told["missing"]] == ["not_verified"]


def test_without_checks_nothing_is_lacking_and_the_postmortem_has_its_date(
    read, declared, oncall, now
):
    ref = declared(severity=1).ref
    lifecycle.resolve(ref=ref, actor=oncall, now=now)

    status, told = read(ref)

    assert (status, told["verified"], told["postmortem_due_at"]) == (
        200,
        True,
        "2026-11-27T16:00:00Z",
    )
    assert read("INC-999999")[0] == 404
