"""What an override opens, at the gate, at the permit and at the start; that it shuts in time."""

from datetime import timedelta

import pytest

from changes import deployments, gate, lifecycle, permits
from changes.gate import Answer, Question
from changes.models import Change, Override
from changes.states import State
from ledger.decision import Refused
from tests.changes.overrides.staged import (
    confirm,
    frozen_change,
    overridden,
    request,
    review,
    withdraw,
)
from tests.living import at, change_at, events_of, fresh, person, say, window

WARNING = (
    "“Year end” is overridden for {ref} by manager and manager-2 until Wed 18 Nov 13:00 CET, "
    "because: Refunds are lost every hour it waits."
)


def ask(change: Change, minutes: float) -> Answer:
    question = Question("refunds", "production", change=change.ref)
    return gate.ask(question, actor=person("ci"), now=at(minutes))


def deploy(answer: Answer, minutes: float) -> None:
    """What a pipeline reports when it begins, with the permit it was given."""
    started = deployments.Report(status="started", at=at(minutes), permit=answer.permit)
    deployments.report(started, actor=person("ci"), now=at(minutes))


def codes(refused: pytest.ExceptionInfo[Refused]) -> tuple[str, ...]:
    return refused.value.decision.codes


def test_one_person_alone_opens_nothing() -> None:
    change, _ = frozen_change()
    request(change)

    answer = ask(change, 60)

    assert (answer.decision, [one.code for one in answer.reasons]) == ("deny", ["freeze_active"])
    with pytest.raises(Refused) as refused:
        say("start", change, minutes=60)
    assert codes(refused) == ("freeze_active",)


def test_two_people_open_it_and_gate_permit_and_start_say_so() -> None:
    change, row = overridden(expires_at=at(100))

    answer = ask(change, 60)

    assert (answer.decision, answer.reasons) == ("allow", ())
    assert [(one.code, one.source) for one in answer.warnings] == [("freeze_overridden", row.ref)]
    assert answer.warnings[0].message == WARNING.format(ref=change.ref).replace("13:00", "11:40")
    assert answer.expires_at == at(100)
    assert permits.read(answer.permit, now=at(61)).overrides == (answer.warnings[0].message,)
    (asked,) = events_of("refunds/production")
    assert [one["source"] for one in asked.data["warnings"]] == [row.ref]
    deploy(answer, 61)
    started = next(one for one in events_of(change.ref) if one.verb == "change.started")
    assert [one["code"] for one in started.data["warnings"]] == ["freeze_overridden"]


def test_it_opens_neither_another_change_nor_another_freeze() -> None:
    change, _ = overridden()
    other = change_at(State.PLANNING, planned_start_at=at(181), planned_end_at=at(240))
    window("Audit", starts=90, ends=120)

    assert ask(change, 60).expires_at == at(90)
    assert [one.message for one in ask(change, 95).reasons] == [
        "production is frozen for refunds until Wed 18 Nov 12:00 CET: Audit."
    ]
    assert "freeze_active" in [one.code for one in ask(other, 60).reasons]


def test_an_override_that_expires_between_permit_and_start_refuses_the_start() -> None:
    change, _ = overridden(expires_at=at(80))
    answer = ask(change, 70)
    assert (answer.decision, answer.expires_at) == ("allow", at(80))

    with pytest.raises(Refused) as refused:
        deploy(answer, 80)
    assert codes(refused) == ("permit_expired",)
    with pytest.raises(Refused) as refused:
        say("start", change, minutes=80)
    assert codes(refused) == ("freeze_active",)
    assert fresh(change).state == "scheduled"


def test_an_override_that_is_withdrawn_between_permit_and_start_refuses_the_start() -> None:
    change, row = overridden()
    answer = ask(change, 70)
    withdraw(row, minutes=71)

    with pytest.raises(Refused) as refused:
        deploy(answer, 72)

    assert codes(refused) == ("freeze_active",)
    assert fresh(change).state == "scheduled"


def test_a_freeze_that_is_declared_between_permit_and_start_refuses_the_start() -> None:
    change, _ = overridden()
    answer = ask(change, 70)
    window("Audit", starts=71, ends=120)

    with pytest.raises(Refused) as refused:
        deploy(answer, 72)

    assert codes(refused) == ("freeze_active",)


def test_a_freeze_that_begins_between_permit_and_start_refuses_the_start() -> None:
    change = change_at(State.SCHEDULED)
    window("Audit", starts=75, ends=120)
    answer = ask(change, 70)
    assert (answer.decision, answer.expires_at) == ("allow", at(75))

    with pytest.raises(Refused) as refused:
        deploy(answer, 75)
    assert codes(refused) == ("permit_expired",)
    with pytest.raises(Refused) as refused:
        say("start", change, minutes=75)
    assert codes(refused) == ("freeze_active",)
    assert fresh(change).state == "scheduled"


def test_a_change_starts_to_the_microsecond_before_it_ends_and_not_after() -> None:
    change, row = overridden(expires_at=at(80))
    tick = timedelta(microseconds=1)

    with pytest.raises(Refused):
        lifecycle.start(ref=change.ref, actor=person("engineer"), now=row.expires_at)
    lifecycle.start(ref=change.ref, actor=person("engineer"), now=row.expires_at - tick)

    assert fresh(change).state == "implementing"


def test_an_override_that_is_yet_to_begin_is_the_next_allowed_instant() -> None:
    change, _ = frozen_change()
    confirm(request(change, starts_at=at(120)))

    answer = ask(change, 60)

    assert (answer.decision, answer.next_allowed_at) == ("wait", at(120))


def test_an_override_of_a_place_opens_it_for_every_change_there() -> None:
    change, _ = frozen_change()
    row = request(change, change="", service="refunds", environment="production")
    confirm(row)

    answer = ask(change, 60)

    assert (answer.decision, answer.warnings[0].source) == ("allow", row.ref)
    assert answer.warnings[0].message.startswith(
        "“Year end” is overridden for refunds in production"
    )


def test_an_override_does_not_follow_a_change_to_another_service() -> None:
    change, row = overridden()
    elsewhere = change_at(
        State.PLANNING, risk="high", planned_start_at=at(200), planned_end_at=at(220)
    )
    Override.objects.filter(pk=row.pk).update(service=elsewhere.service)

    assert [one.code for one in ask(change, 60).reasons] == ["freeze_active"]


def test_a_change_does_not_close_before_its_override_was_reviewed_in_time() -> None:
    change, row = overridden()
    say("start", change, minutes=60)
    say("finish", change, minutes=90)
    late = (row.review_due_at - at(0)) / timedelta(minutes=1)
    closing = {"outcome": "successful", "note": "It went well."}

    with pytest.raises(Refused) as refused:
        say("close", change, minutes=late, **closing)
    assert codes(refused) == ("review_overdue",)
    review(row, minutes=late)
    say("close", change, minutes=late, **closing)

    assert fresh(change).state == "closed"


def test_before_its_review_is_due_a_change_closes() -> None:
    change, _ = overridden()
    say("start", change, minutes=60)
    say("finish", change, minutes=90)

    say("close", change, minutes=120, outcome="successful", note="It went well.")

    assert fresh(change).state == "closed"
