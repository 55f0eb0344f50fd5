"""Writing changes through the pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import User
from changes.models import Change
from changes.states import Kind, State
from tests import living
from tests.living import change_at, fresh, verbs_of, written

pytestmark = pytest.mark.usefixtures("today")
Open = Callable[[str], Client]
BLANK = {"kind": "normal", "category": "deployment", "rollout": "all_at_once"}
TYPED = {
    **BLANK,
    "title": "Retry refunds",
    "service": "refunds",
    "environment": "production",
    "description": "Refunds are retried.",
    "implementation_plan": "1. Deploy.\r\n2. Look.",
    "also_affects": "payments-api",
    "canary_steps": "",
    "required_checks": "smoke, p99",
}


def _period(first: str, last: str) -> dict[str, str]:
    return {
        name: f"{day}T10:00" if day else ""
        for name, day in (("planned_start_at", first), ("planned_end_at", last))
    }


def test_saving_files_a_draft(signed_in: Open) -> None:
    answer = signed_in("engineer").post("/changes/new", TYPED)

    change = Change.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/changes/{change.ref}")
    assert (change.state, change.author.username) == (State.PLANNING, "engineer")
    assert change.implementation_plan == "1. Deploy.\n2. Look."
    assert change.required_checks == ["smoke", "p99"]
    assert [one.slug for one in change.also_affects.all()] == ["payments-api"]
    assert verbs_of(change.ref) == ["change.created"]
    assert _flashes(answer) == [f"Saved {change.ref}. Submit it when it is ready."]


def test_times_are_typed_in_the_readers_zone(signed_in: Open) -> None:
    User.objects.filter(username="engineer").update(time_zone="Asia/Kolkata")
    begins = (timezone.now() + timedelta(days=2)).replace(second=0, microsecond=0)
    local = begins.astimezone(ZoneInfo("Asia/Kolkata"))
    period = {
        "planned_start_at": f"{local:%Y-%m-%dT%H:%M}",
        "planned_end_at": f"{local + timedelta(hours=1):%Y-%m-%dT%H:%M}",
    }
    client = signed_in("engineer")

    client.post("/changes/new", TYPED | period)
    change = Change.objects.get()
    body = client.get(f"/changes/{change.ref}/edit").content.decode()

    assert change.planned_start_at == begins
    assert f'value="{period["planned_start_at"]}"' in body
    assert "In your zone, Asia/Kolkata (IST)." in body


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"title": ""}, "title", "Give the title."),
        ({"title": "a\x00b"}, "title", "Null characters are not allowed."),
        (
            {"title": "x" * 201},
            "title",
            "Ensure this value has at most 200 characters (it has 201).",
        ),
        ({"service": ""}, "service", "Give the service."),
        ({"service": "refundz"}, "service", "There is no service refundz. Did you mean refunds?"),
        ({"environment": ""}, "environment", "Give the environment."),
        (
            {"also_affects": "refunds"},
            "also_affects",
            "refunds is the service itself: leave it out here.",
        ),
        ({"kind": "emergency"}, "incident", "An emergency change names the incident it answers."),
        (
            {"canary_steps": "5"},
            "canary_steps",
            "Only a canary rollout has steps: set rollout to canary.",
        ),
        (
            {"rollout": "canary", "canary_steps": "5, 100", "canary_soak_minutes": "10 min"},
            "canary_soak_minutes",
            "“min” is no number of minutes. Write them as 10, 30.",
        ),
        ({"implementer": "nobody"}, "implementer", "There is no user nobody."),
        (
            _period("2036-01-01", ""),
            "planned_end_at",
            "Give both the planned start and the planned end, or neither.",
        ),
        (
            _period("2020-01-01", "2020-01-02"),
            "planned_end_at",
            "This period is over: plan one that lies ahead.",
        ),
        (
            _period("0100-01-01", "9000-01-01"),
            "planned_end_at",
            "Plan at most a year, and within the next ten years.",
        ),
    ],
)
def test_wrong_field_comes_back_with_a_sentence(
    wrong: dict[str, str], field: str, sentence: str, signed_in: Open
) -> None:
    rows = written()

    answer = signed_in("engineer").post("/changes/new", TYPED | wrong)

    assert answer.status_code == 422
    assert answer.context["form"].errors[field] == [sentence]
    assert answer.context["form"]["description"].value() == "Refunds are retried."
    assert written() == rows


def test_long_title_fits(signed_in: Open) -> None:
    answer = signed_in("engineer").post("/changes/new", TYPED | {"title": "x" * 200})

    assert answer.status_code == 303
    assert Change.objects.get().title == "x" * 200


def test_edit_that_changes_nothing_writes_nothing(signed_in: Open) -> None:
    change = change_at(
        State.SCHEDULED,
        description="Windows\r\nline ends.  \n",
        test_plan="  Run it.",
        planned_start_at=living.at(60) + timedelta(seconds=17),
    )
    client, rows = signed_in("engineer"), written()

    answer = client.post(f"/changes/{change.ref}/edit", _shown(client, change))

    assert answer.status_code == 303
    assert written() == rows
    assert fresh(change).plan_digest == change.plan_digest
    assert fresh(change).state == State.SCHEDULED


def test_material_edit_takes_a_scheduled_change_back(signed_in: Open) -> None:
    change = change_at(State.SCHEDULED)
    client = signed_in("engineer")
    form = client.get(f"/changes/{change.ref}/edit")

    answer = client.post(
        f"/changes/{change.ref}/edit", _shown(client, change) | {"rollback_plan": "Restore."}
    )

    assert form.context["lapses"] == 1
    assert fresh(change).state == State.PLANNING
    assert _flashes(answer) == [
        f"Saved {change.ref}. The plan changed, so it is back in planning: submit it again."
    ]
    assert verbs_of(change.ref)[-1] == "change.revised"


def test_title_can_be_mended_without_losing_votes(signed_in: Open) -> None:
    change = change_at(State.SCHEDULED)
    client = signed_in("engineer")

    answer = client.post(
        f"/changes/{change.ref}/edit", _shown(client, change) | {"title": "Better"}
    )

    assert (fresh(change).title, fresh(change).state) == ("Better", State.SCHEDULED)
    assert _flashes(answer) == [f"Saved {change.ref}. It stays scheduled."]


def test_stranger_cannot_edit(signed_in: Open) -> None:
    change = change_at(State.PLANNING)
    typed = _shown(signed_in("engineer"), change) | {"title": "Mine now"}
    rows = written()

    for name in ("stranger", "auditor"):
        seen = signed_in(name).get(f"/changes/{change.ref}/edit")
        sent = signed_in(name).post(f"/changes/{change.ref}/edit", typed)
        assert (seen.status_code, sent.status_code) == (403, 403)
        assert seen.context["refused"]["label"] == "Edit"
        assert sent.context["form"]["title"].value() == "Mine now"

    assert written() == rows
    assert fresh(change).title == "Retry refunds"


def test_ended_change_cannot_be_edited(signed_in: Open) -> None:
    change = change_at(State.CANCELLED)

    assert signed_in("engineer").get(f"/changes/{change.ref}/edit").status_code == 409


def test_unknown_change_cannot_be_edited(signed_in: Open) -> None:
    assert signed_in("engineer").get("/changes/CHG-999999/edit").status_code == 404
    assert signed_in("engineer").post("/changes/zzz/edit", {}).status_code == 404


def test_edit_of_an_older_edition_comes_back_merged(signed_in: Open) -> None:
    change = change_at(State.PLANNING)
    mine = _shown(signed_in("engineer"), change)
    theirs = _shown(signed_in("peer"), change)
    signed_in("peer").post(
        f"/changes/{change.ref}/edit",
        theirs | {"rollback_plan": "Theirs.", "monitoring_plan": "Theirs as well."},
    )
    typed = mine | {"rollback_plan": "Mine.", "test_plan": "Mine as well."}
    rows = written()

    answer = signed_in("engineer").post(f"/changes/{change.ref}/edit", typed)

    form = answer.context["form"]
    assert answer.status_code == 409
    assert form["rollback_plan"].value() == "Mine."
    assert form["test_plan"].value() == "Mine as well."
    assert form["monitoring_plan"].value() == "Theirs as well."
    assert answer.context["clashes"] == ["Rollback"]
    assert [line.actor for line in answer.context["meanwhile"]] == ["peer"]
    assert "You both changed Rollback" in answer.content.decode()
    assert written() == rows

    signed_in("engineer").post(
        f"/changes/{change.ref}/edit", {field.name: field.value() or "" for field in form}
    )
    assert (fresh(change).rollback_plan, fresh(change).monitoring_plan) == (
        "Mine.",
        "Theirs as well.",
    )


@pytest.mark.parametrize("seen", ["", "-1", "9" * 40, "x"])
def test_edit_with_a_made_up_position_loses_nothing(seen: str, signed_in: Open) -> None:
    change = change_at(State.PLANNING)
    client = signed_in("engineer")
    typed = _shown(client, change) | {"edition": "99", "seen": seen, "title": "Mine"}

    answer = client.post(f"/changes/{change.ref}/edit", typed)

    assert answer.status_code in (409, 422)
    assert answer.context["form"]["title"].value() == "Mine"


def test_edit_after_somebody_submitted_says_so(signed_in: Open) -> None:
    change = change_at(State.PLANNING)
    client = signed_in("engineer")
    typed = _shown(client, change) | {"rollback_plan": "Mine."}
    living.say("submit", change, minutes=20, by="peer")

    answer = client.post(f"/changes/{change.ref}/edit", typed)

    assert answer.status_code == 409
    assert [line.sentence for line in answer.context["meanwhile"]] == ["submitted it for approval"]
    assert answer.context["clashes"] == []
    assert fresh(change).state == State.AWAITING_APPROVAL


def test_standard_change_can_be_refiled_as_normal(signed_in: Open) -> None:
    change = change_at(State.PLANNING, kind=Kind.STANDARD)
    client = signed_in("engineer")

    client.post(f"/changes/{change.ref}/edit", _shown(client, change) | {"kind": "normal"})

    assert (fresh(change).kind, fresh(change).template) == (Kind.NORMAL, None)


def _shown(client: Client, change: Change) -> dict[str, Any]:
    """What a browser would send back of the edit form as it is shown."""
    form = client.get(f"/changes/{change.ref}/edit").context["form"]
    sent = {}
    for field in form:
        value = field.value()
        sent[field.name] = getattr(value, "slug", getattr(value, "pk", value)) if value else ""
    return sent


def _flashes(answer: Any) -> list[str]:
    return [str(message) for message in answer.wsgi_request._messages]
