"""Taking an environment, giving it back, and limiting what goes on in it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from catalog.models import Environment
from changes import environments
from changes.models import EnvironmentLock, Reservation
from changes.states import State
from ledger import catalogue, rows
from ledger.decision import Refused
from tests.living import at, change_at, environment, events_of, person, verbs_of

pytestmark = pytest.mark.usefixtures("settled")
SUBJECT = "environment:production"


def lock(*, by: str = "oncall", minutes: float = 0, **given: Any) -> EnvironmentLock:
    fields = {"environment": "production", "reason": "Moving the rack.", "until": at(90)}
    return environments.lock(**{**fields, **given}, actor=person(by), now=at(minutes))


def release(*, by: str = "oncall", minutes: float = 10) -> EnvironmentLock:
    return environments.release(environment="production", actor=person(by), now=at(minutes))


def limit(*, by: str = "manager", **given: Any) -> Environment:
    return environments.limit(environment="production", actor=person(by), now=at(0), **given)


def codes(deed: Callable[..., Any], **given: Any) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused:
        deed(**given)
    return refused.value.decision.codes


def test_a_lock_is_kept_and_recorded():
    change = change_at(State.SCHEDULED)

    taken = lock(change=change.ref, minutes=20)

    assert (taken.locked_by.username, taken.locked_at, taken.until) == ("oncall", at(20), at(90))
    assert (taken.change, taken.released_at) == (change, None)
    (event,) = events_of(SUBJECT)
    assert (event.verb, event.actor, event.about) == ("environment.locked", "oncall", [change.ref])
    assert event.data == {
        "rows": {taken.row_ref: rows.digest(taken)},
        "lock": taken.ref,
        "reason": "Moving the rack.",
        "until": "2026-11-18T10:30:00Z",
        "change": change.ref,
    }


def test_a_lock_that_was_released_is_over_and_another_may_be_taken():
    lock()

    released = release()

    assert (released.released_at, released.released_by.username) == (at(10), "oncall")
    assert lock(minutes=11).released_at is None
    assert verbs_of(SUBJECT) == [
        "environment.locked",
        "environment.released",
        "environment.locked",
    ]


def test_a_lock_that_has_run_out_gives_way_to_another():
    lock()

    assert lock(minutes=90, until=at(100)).locked_at == at(90)


def test_a_second_lock_is_refused_and_names_the_first():
    lock()

    with pytest.raises(Refused) as refused:
        lock(by="manager", minutes=5)

    (reason,) = refused.value.decision.reasons
    assert (reason.code, reason.until) == ("environment_busy", at(90))
    assert reason.message == (
        "oncall has locked production until Wed 18 Nov 10:30 UTC: Moving the rack."
    )
    assert EnvironmentLock.objects.count() == 1


@pytest.mark.parametrize("by", ["engineer", "owner", "cab-1", "auditor", "stranger", "ci"])
def test_others_neither_lock_nor_release_nor_limit(by: str):
    assert codes(lock, by=by) == ("not_permitted",)
    lock()
    assert codes(release, by=by) == ("not_permitted",)
    assert codes(limit, by=by, max_running=1) == ("not_permitted",)
    assert verbs_of(SUBJECT) == ["environment.locked"]


def test_whoever_is_on_call_does_not_limit():
    assert codes(limit, by="oncall", max_running=1) == ("not_permitted",)


def test_nobody_releases_what_is_not_locked():
    assert codes(release) == ("wrong_state",)


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"reason": " "}, "reason", "Say what it is needed for, so that those who wait know."),
        ({"reason": "x" * 301}, "reason", "Say it in at most 300 characters."),
        ({"until": at(0)}, "until", "This time is over: give one that lies ahead."),
        (
            {"until": at(0) + timedelta(days=8)},
            "until",
            "Lock it for at most a week; for longer, ask for a freeze.",
        ),
        (
            {"until": at(1).replace(tzinfo=None)},
            "until",
            "Give the time with its offset, such as 2026-11-23T09:00:00+01:00.",
        ),
        ({"change": "CHG-99999"}, "change", "There is no change CHG-99999."),
        ({"change": "nonsense"}, "change", "There is no change nonsense."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_kept(
    wrong: dict[str, Any], field: str, sentence: str
):
    with pytest.raises(ValidationError) as problem:
        lock(**wrong)

    assert problem.value.message_dict == {field: [sentence]}
    assert EnvironmentLock.objects.count() == 0
    assert verbs_of(SUBJECT) == []


def test_a_lock_is_not_taken_for_a_change_of_elsewhere_or_one_that_is_over():
    elsewhere = change_at(State.SCHEDULED, environment=environment("staging"))
    over = change_at(State.CANCELLED)

    for ref, sentence in (
        (elsewhere.ref, f"{elsewhere.ref} is for staging: name one for this one."),
        (over.ref, f"{over.ref} is over: name one that lies ahead."),
    ):
        with pytest.raises(ValidationError) as problem:
            lock(change=ref)
        assert problem.value.message_dict == {"change": [sentence]}


def test_limits_are_kept_and_recorded_once():
    limit(max_running=3, one_at_a_time="environment")
    limit(max_running=3)

    row = environment()
    assert (row.max_running, row.one_at_a_time) == (3, "environment")
    (event,) = events_of(SUBJECT)
    assert (event.verb, event.data["diff"]) == (
        "environment.edited",
        {"one_at_a_time": ["nothing", "environment"], "max_running": [None, 3]},
    )
    assert ("environment:production", event.data["row_digest"]) in catalogue.row_digests()


def test_a_change_manager_lets_approvers_confirm_who_they_are():
    limit(demands_reauthentication=True)
    limit(max_running=3)

    row = environment()
    assert (row.demands_reauthentication, row.max_running) == (True, 3)
    assert events_of(SUBJECT)[-2].data["diff"] == {"demands_reauthentication": [None, True]}


def test_a_limit_may_be_taken_off():
    limit(max_running=1)

    assert limit(max_running=None).max_running is None


@pytest.mark.parametrize("wrong", [{"max_running": 0}, {"one_at_a_time": "weekday"}])
def test_a_limit_that_cannot_be_is_refused(wrong: dict[str, Any]):
    with pytest.raises(ValidationError) as problem:
        limit(**wrong)

    assert list(problem.value.message_dict) == list(wrong)
    assert verbs_of(SUBJECT) == []


def test_what_is_scheduled_is_claimed_anew_when_an_environment_keeps_more_apart():
    first = change_at(State.SCHEDULED)
    second = change_at(State.SCHEDULED)

    limit(one_at_a_time="environment")

    found = Reservation.objects.order_by("change_id")
    assert list(found.values_list("change_id", "claim", "excludes")) == [
        (first.pk, 0, True),
        (second.pk, 0, False),
    ]
    limit(one_at_a_time="nothing")
    assert set(Reservation.objects.values_list("excludes", flat=True)) == {False}


def test_an_unknown_environment_is_said():
    with pytest.raises(environments.NoSuchEnvironment):
        lock(environment="nowhere")
