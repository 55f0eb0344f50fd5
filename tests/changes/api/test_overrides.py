"""Overrides of freezes over REST."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalog.models import User
from catalog.roles import CHANGE_MANAGERS
from changes.models import Override, Window
from ledger.models import Event
from tests.changes.api.world import caller, filed, said, scheduled, user

pytestmark = pytest.mark.usefixtures("organisation", "frozen")
HOUR = timedelta(hours=1)


@pytest.fixture
def frozen(organisation: None) -> None:
    """Three change managers, and a freeze over everything for a week."""
    group = user("manager").groups.get(name=CHANGE_MANAGERS)
    for name in ("manager-2", "manager-3"):
        group.user_set.add(User.objects.create_user(name))
    now = datetime.now(UTC)
    Window.objects.create(
        name="Year end", effect="freeze", starts_at=now - HOUR, ends_at=now + 168 * HOUR
    )


def wanted(**given: Any) -> dict[str, Any]:
    expires = (datetime.now(UTC) + 2 * HOUR).replace(microsecond=0)
    return {"reason": "Refunds are lost.", "expires_at": expires.isoformat(), **given}


def asked(ref: str, by: str = "manager", **given: Any) -> Any:
    return caller(by).post(f"/changes/{ref}/overrides", wanted(**given))


def test_two_people_open_a_freeze_for_one_change_and_a_third_reviews_it():
    ref = scheduled()
    assert caller("engineer").post(f"/changes/{ref}/start").json()["code"] == "freeze_active"

    row = asked(ref).json()
    assert (row["state"], row["change"], row["requested_by"]) == ("waiting", ref, "manager")
    assert row["windows"] == [{"ref": Window.objects.get(name="Year end").ref, "name": "Year end"}]
    assert row["verbs"]["confirm"]["reasons"][0]["code"] == "self_approval"
    path = f"/changes/{ref}/overrides/{row['ref']}"
    opened = caller("manager-2").post(f"{path}/confirm")
    assert (opened.status_code, opened.json()["state"]) == (200, "open")
    assert opened.json()["review_state"] == "due"
    assert caller("engineer").post(f"/changes/{ref}/start").status_code == 200
    gone = caller("manager").post(f"{path}/withdraw", {"reason": "It is done."})
    assert gone.json()["state"] == "withdrawn"
    done = caller("manager-3").post(f"{path}/review", {"text": "It was needed."})

    assert (done.status_code, done.json()["review_state"]) == (200, "done")
    assert said(ref)[-5:] == [
        "override.requested",
        "override.confirmed",
        "change.started",
        "override.withdrawn",
        "override.reviewed",
    ]
    (shown,) = caller("engineer").get(f"/changes/{ref}").json()["overrides"]
    assert shown == {name: value for name, value in done.json().items() if name != "verbs"}
    assert caller("auditor").get(f"/changes/{ref}/overrides").json() == [shown]


def test_a_service_in_an_environment_is_overridden_for_every_change_there():
    place = {"service": "refunds", "environment": "production"}
    row = caller("manager").post("/overrides", wanted(**place)).json()
    assert (row["change"], row["service"], row["environment"]) == (None, "refunds", "production")
    explained = "/gate/explain"
    assert caller("engineer").get(explained, **place).json()["decision"] != "allow"

    answer = caller("manager-2").post(f"/overrides/{row['ref']}/confirm")

    assert answer.json()["state"] == "open"
    body = caller("engineer").get(explained, **place).json()
    assert (body["decision"], body["warnings"][0]["code"]) == ("allow", "freeze_overridden")
    assert said(row["ref"]) == ["override.requested", "override.confirmed"]


@pytest.mark.parametrize("who", ["engineer", "stranger", "cab-1", "auditor", "ci"])
def test_nobody_else_asks_or_answers(who):
    ref = scheduled()
    row = asked(ref).json()
    before = (Override.objects.count(), Event.objects.count())

    answers = [
        asked(ref, by=who),
        caller(who).post(f"/overrides/{row['ref']}/confirm"),
        caller(who).post(f"/overrides/{row['ref']}/withdraw", {"reason": "No."}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert all(answer["Content-Type"] == "application/problem+json" for answer in answers)
    assert (Override.objects.count(), Event.objects.count()) == before


def test_a_token_without_the_scope_or_the_reach_is_refused():
    ref = scheduled()

    plain = caller("manager", "changes:write").post(f"/changes/{ref}/overrides", wanted())
    elsewhere = caller("manager", services=("refunds",)).post(f"/changes/{ref}/overrides", wanted())

    assert (plain.status_code, elsewhere.status_code) == (403, 403)
    assert Override.objects.count() == 0


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"reason": ""}, "reason", "This field may not be blank."),
        (
            {"expires_at": "tomorrow"},
            "expires_at",
            "Give a time such as 2026-11-23T09:00:00+01:00.",
        ),
        (
            {"expires_at": "2199-01-01T00:00:00Z"},
            "expires_at",
            "An override lasts at most 72 hours: end it sooner.",
        ),
        ({"incident": "INC-9"}, "incident", "There is no incident INC-9."),
        ({"windows": "WIN-1"}, "windows", 'Expected a list of items but got type "str".'),
        ({"bypass": True}, "bypass", "There is no such field. Leave it out."),
    ],
)
def test_bad_input_is_422_beside_its_field_and_writes_nothing(given, field, sentence):
    ref = scheduled()

    answer = asked(ref, **given)

    assert answer.status_code == 422, answer.content
    assert answer.json()["errors"] == {field: [sentence]}
    assert Override.objects.count() == 0


def test_a_second_one_for_the_same_change_is_409_and_names_the_first():
    ref = scheduled()
    row = asked(ref).json()

    answer = asked(ref)

    assert (answer.status_code, answer.json()["code"]) == (409, "override_overlaps")
    assert answer.json()["reasons"][0]["source"] == row["ref"]


def test_the_override_of_another_change_is_not_found_under_this_one():
    ref = scheduled()
    row = asked(ref).json()
    other = filed(service="refunds")

    for path in (
        f"/changes/{other}/overrides/{row['ref']}/confirm",
        f"/changes/{ref}/overrides/OVR-999/confirm",
        f"/changes/{ref}/overrides/what/confirm",
    ):
        assert caller("manager-2").post(path).status_code == 404
    assert caller("manager").get("/overrides/OVR-999").status_code == 404
    assert asked("CHG-999").status_code == 404


def test_asking_twice_with_one_key_asks_once():
    ref = scheduled()
    body = wanted()

    answers = [
        caller("manager").post(f"/changes/{ref}/overrides", body, Idempotency_Key="k-1")
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Override.objects.count() == 1


def test_the_list_is_read_in_pages_at_the_same_cost(django_assert_num_queries):
    manager = caller("manager")
    for ref in (filed(), filed(service="refunds"), filed(service="search")):
        assert asked(ref).status_code == 201

    with django_assert_num_queries(2):  # token, rows
        first = manager.get("/overrides", limit=2).json()
    rest = manager.get("/overrides", before=first["next"]).json()

    assert [len(first["results"]), len(rest["results"]), rest["next"]] == [2, 1, None]
    assert first["results"][0]["service"] == "search"
