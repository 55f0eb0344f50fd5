"""Waiting at the gate over REST: the place, who waits, leaving."""

import pytest

from catalog.models import Environment
from changes.models import QueuePlace
from tests.changes.api.world import caller, scheduled

pytestmark = pytest.mark.usefixtures("organisation")


def full() -> None:
    """Production takes one change, and one runs there."""
    Environment.objects.update(max_running=1)
    running = scheduled(service="refunds")
    assert caller("engineer").post(f"/changes/{running}/start").status_code == 200


def ask(ref: str, *, by: str = "ci", **more: object) -> dict[str, object]:
    question = {"service": "payments-api", "environment": "production", "change": ref, **more}
    answer = caller(by).post("/gate", question)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def test_the_answer_tells_the_place():
    full()
    ref = scheduled()

    answer = ask(ref, pipeline={"run_id": "77"})

    place = QueuePlace.objects.get()
    assert (answer["decision"], answer["permit"]) == ("wait", None)
    assert answer["queue"] == {
        "id": place.pk,
        "place": 1,
        "of": 1,
        "message": "1st of 1 waiting for production",
        "callback_secret": None,
    }
    assert 10 <= int(str(answer["retry_after_seconds"])) <= 13
    assert ask(ref)["queue"] != answer["queue"]
    assert ask(ref, pipeline={"run_id": "77"})["queue"]["id"] == place.pk  # type: ignore[index]


def test_an_answer_that_is_no_wait_tells_none():
    assert ask(scheduled())["queue"] is None


def test_a_callback_is_told_its_secret_and_a_bad_one_is_named():
    full()
    ref = scheduled()

    assert str(ask(ref, callback_url="https://ci.example.org/x")["queue"]).count("whsec_") == 1
    question = {"service": "payments-api", "environment": "production", "change": ref}
    for url in ("https://127.0.0.1/x", "https://10.0.0.1/x", "nonsense", 7):
        answer = caller("ci").post("/gate", {**question, "callback_url": url})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["callback_url"])
    assert QueuePlace.objects.count() == 1


def test_who_waits_is_listed_and_a_place_given_up():
    full()
    first = scheduled()
    ask(first)

    (row,) = caller("ci").get("/gate/queue?environment=production").json()
    assert (row["change"], row["service"], row["asked_by"], row["left_at"]) == (
        first,
        "payments-api",
        "ci",
        None,
    )
    path = f"/gate/queue/{row['id']}"
    assert caller("stranger").send("DELETE", path).status_code == 403
    left = caller("ci").send("DELETE", path)
    assert (left.status_code, left.json()["left_because"]) == (200, "cancelled")
    assert caller("ci").get("/gate/queue").json() == []
    assert caller("ci").send("DELETE", "/gate/queue/99999").status_code == 404


def test_an_unknown_environment_is_named():
    answer = caller("ci").get("/gate/queue?environment=nowhere")

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["environment"])
