"""Explain, for an instant that has passed: what was in force then, and what is not known."""

from datetime import timedelta
from typing import Any

import pytest

from catalog.models import ServiceDependency
from changes import calendar, gate, overrides
from changes.gate import Examined, Question
from changes.models import Window
from changes.overrides import Asked
from changes.states import State
from incidents import lifecycle as incidents
from tests.changes.overrides import staged
from tests.living import at, change_at, environment, incident, person, service

pytestmark = pytest.mark.usefixtures("settled")
DAY = 24 * 60


def examined(minutes: float, *, now: float = 5 * DAY, **asked: Any) -> Examined:
    """What is said on Monday of an instant so many minutes after nine on Wednesday."""
    question = Question("refunds", "production", **asked)
    return gate.examine(
        question, at=at(minutes), now=at(now), kind="normal", reader=person("engineer")
    )


def declared(minutes: float, **given: Any) -> Window:
    """A freeze from noon to three on Wednesday, declared so many minutes after nine."""
    fields = {"name": "Audit", "starts_at": at(180), "ends_at": at(360), **given}
    return calendar.create(fields=fields, actor=person("manager"), now=at(minutes))


def codes(found: Examined) -> list[str]:
    return [reason.code for reason in found.verdict.reasons]


def test_a_window_that_was_deactivated_since_held_then() -> None:
    row = declared(0)
    calendar.deactivate(ref=row.ref, actor=person("manager"), now=at(240))

    assert codes(examined(200)) == ["freeze_active"]
    assert codes(examined(250)) == []


def test_a_window_that_was_edited_since_held_as_it_was() -> None:
    row = declared(0, level="warn")
    staging = [environment("staging").slug]
    for minutes, fields in (
        (190, {"level": "block"}),
        (200, {"environments": staging, "ends_at": at(400)}),
    ):
        calendar.edit(ref=row.ref, fields=fields, actor=person("manager"), now=at(minutes))

    assert [codes(examined(minutes)) for minutes in (185, 195, 205)] == [[], ["freeze_active"], []]
    until = [reason.until for reason in examined(195).verdict.reasons]
    assert until == [at(360)]


def test_edits_of_one_field_are_taken_back_from_the_newest() -> None:
    row = declared(0)
    for minutes, ends in ((190, 300), (200, 400)):
        fields = {"ends_at": at(ends)}
        calendar.edit(ref=row.ref, fields=fields, actor=person("manager"), now=at(minutes))

    said = [examined(minutes).verdict.reasons[0].until for minutes in (185, 195, 205)]

    assert said == [at(360), at(300), at(400)]


def test_a_recurring_window_is_taken_back_to_its_old_rule() -> None:
    times = {"starts_at": None, "ends_at": None, "start_time": "12:00", "first_date": at(0).date()}
    row = declared(
        0,
        **times,
        recurrence="FREQ=DAILY",
        duration=timedelta(hours=3),
        time_zone="UTC",
    )
    fields = {"start_time": "20:00", "duration": timedelta(hours=1)}
    calendar.edit(ref=row.ref, fields=fields, actor=person("manager"), now=at(500))

    assert codes(examined(200)) == ["freeze_active"]


def test_a_window_that_was_declared_later_did_not_hold() -> None:
    declared(220, starts_at=at(100))

    assert codes(examined(200)) == []
    assert codes(examined(230)) == ["freeze_active"]


def test_what_has_no_record_of_its_beginning_is_said() -> None:
    Window.objects.create(name="Old freeze", starts_at=at(0), ends_at=at(DAY))

    found = examined(100)

    assert codes(found) == ["freeze_active"]
    assert found.notes == (
        "Windows, overrides and incidents are those that were recorded then. Looked at as they are "
        "now: the tier, team and needs of refunds, whether production is open by default, custom "
        "rules, locks, and the severity of incidents. Not looked at: error budgets.",
        "It is not recorded when “Old freeze” was declared: taken to have held then.",
    )


def test_an_incident_that_was_closed_since_was_open_then() -> None:
    found = incident()
    incidents.close(ref=found.ref, note="Solved.", actor=person("oncall"), now=at(120))

    assert codes(examined(60)) == ["incident_open"]
    assert codes(examined(130)) == []
    assert codes(examined(-70)) == []


def test_an_incident_on_what_it_needs_was_in_the_way_then() -> None:
    ServiceDependency.objects.create(service=service("refunds"), needs=service("payments-api"))
    found = incident(on="payments-api")
    incidents.close(ref=found.ref, note="Solved.", actor=person("oncall"), now=at(120))

    (reason,) = examined(60).verdict.reasons
    assert "is open on payments-api, which refunds needs, since" in reason.message
    assert codes(examined(130)) == []


def test_an_incident_held_what_it_touched_then_in_its_environment() -> None:
    told = {"service": service("payments-api"), "actor": person("oncall"), "severity": 1}
    for where in ("staging", "production"):
        found = incidents.declare(title=where, environment=environment(where), **told, now=at(-60))
    touched = {"ref": found.ref, "service": service("refunds"), "actor": person("oncall")}
    incidents.affect(**touched, now=at(30))
    incidents.affect(**touched, affected=False, now=at(90))

    said = [[one.message for one in examined(at).verdict.reasons] for at in (20, 60, 100)]

    assert said == [
        [],
        [
            f"{found.ref} (SEV-1) is open on payments-api and touches refunds since Wed 18 Nov "
            "09:00 CET."
        ],
        [],
    ]


def test_an_override_opened_then_what_it_opened() -> None:
    staged.managers()
    declared(0)
    asked = Asked(
        service=service().slug,
        environment="production",
        reason=staged.REASON,
        expires_at=at(300),
    )
    row = overrides.request(asked, actor=person("manager"), now=at(190))
    staged.confirm(row, minutes=200)
    staged.withdraw(row, minutes=250)

    said = [
        (codes(found), [one.code for one in found.verdict.warnings])
        for found in map(examined, (195, 210, 260))
    ]

    assert said == [
        (["freeze_active"], []),
        ([], ["freeze_overridden"]),
        (["freeze_active"], []),
    ]


def test_a_change_is_looked_at_as_it_is_now_and_that_is_said() -> None:
    change = change_at(State.SCHEDULED)

    found = examined(100, change=change.ref)

    assert found.facts.ref == change.ref
    assert found.notes[1] == (
        f"{change.ref} is looked at as it is now, with its votes and holds: its timeline says what "
        "it was then."
    )


def test_of_now_nothing_is_unknown_and_of_the_future_all_that_is_yet_to_be_said() -> None:
    assert examined(100, now=100).notes == ()
    assert examined(100, now=50).notes == (
        "What is declared, decided, withdrawn or moved until then is not known: this is what holds "
        "if nothing is.",
    )


def test_where_the_calendar_never_opens_it_says_so() -> None:
    declared(0, starts_at=at(0), ends_at=at(365 * DAY))
    declared(0, name="Next year", starts_at=at(365 * DAY), ends_at=at(500 * DAY))

    found = examined(100, now=100)

    assert (found.verdict.word, found.verdict.next_allowed_at) == ("deny", None)
    assert found.answer.as_json()["next_allowed_says"] == (
        "The calendar opens at no time within 400 days, up to 23 Dec 2027. Ask a change manager to "
        "shorten a freeze, to open a maintenance window, or for an override."
    )


def test_every_objection_names_groups_and_people_who_could_take_it_away() -> None:
    declared(0, override_by="CAB")
    incident()
    change = change_at(State.AWAITING_APPROVAL, risk="medium")

    who = examined(200, now=200, change=change.ref).who

    assert {code: (one.groups, one.people[:3]) for code, one in who.items()} == {
        "outside_planned_period": (("team payments",), ("engineer", "owner", "peer")),
        "approvals_missing": ((), ("owner", "peer", "peer-2")),
        "freeze_active": (("Change managers", "CAB"), ("cab-1", "cab-2", "manager")),
        "incident_open": (("On-call",), ("oncall",)),
    }
