"""What is known of the end of an incident, over REST."""

import pytest
from django.test import Client

from catalog import tokens
from catalog.models import User
from incidents import lifecycle
from incidents.models import PostmortemDuty, ResolutionCheck

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


@pytest.fixture
def write(now):
    robot = User.objects.create_user("wiki", is_robot=True)

    def post(ref, body, scopes=("changes:read", "incidents:write")):
        _, secret = tokens.issue(user=robot, name="wiki", scopes=scopes, now=now)
        answer = Client().post(
            f"/api/v1/incidents/{ref}/postmortem",
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )
        return answer.status_code, answer.json()

    return post


def test_a_program_says_where_the_postmortem_stands(write, declared, oncall, now):
    ref = declared(severity=1).ref
    lifecycle.resolve(ref=ref, actor=oncall, now=now)

    status, told = write(ref, {"address": "https://wiki.example.org/inc-1"})

    assert (status, told["ref"]) == (200, ref)
    duty = PostmortemDuty.objects.get()
    assert (duty.address, str(duty.written_by)) == ("https://wiki.example.org/inc-1", "wiki")


def test_where_none_is_owed_or_no_address_is_given_nothing_is_written(write, declared, oncall, now):
    owes_none, owing = declared(severity=4).ref, declared(severity=1).ref
    for ref in (owes_none, owing):
        lifecycle.resolve(ref=ref, actor=oncall, now=now)

    answers = [
        write(owes_none, {"address": "https://wiki.example.org/inc-1"}),
        write(owing, {"address": "the wiki"}),
        write(owing, {}),
        write("INC-99999", {"address": "https://wiki.example.org/inc-1"}),
        write(owing, {"address": "https://wiki.example.org/inc-1"}, scopes=("changes:read",)),
    ]

    assert [status for status, _ in answers] == [409, 422, 422, 404, 403]
    assert answers[0][1]["code"] == "nothing_owed"
    assert [list(told["errors"]) for _, told in answers[1:3]] == [["address"], ["address"]]
    assert not PostmortemDuty.objects.exclude(written_at=None).exists()
