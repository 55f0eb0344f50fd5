"""Asking for an override: what is written, and every way it is refused with nothing written."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction

from changes import overrides
from changes.models import Override, Window
from changes.overrides import Asked
from changes.policies.reach import Reach
from changes.states import Kind, State
from ledger.decision import Refused
from ledger.models import Event
from tests.changes.overrides.staged import (
    REASON,
    asked,
    confirm,
    frozen_change,
    overridden,
    request,
    withdraw,
)
from tests.living import at, change_at, events_of, incident, person, verbs_of, window


def refused(*args: Any, **given: Any) -> tuple[str, str]:
    """The code and message of the only reason; nothing was written."""
    before = (Override.objects.count(), Event.objects.count())
    with pytest.raises(Refused) as caught:
        request(*args, **given)
    assert (Override.objects.count(), Event.objects.count()) == before
    (reason,) = caught.value.decision.reasons
    return reason.code, reason.message


def wrong(*args: Any, **given: Any) -> dict[str, list[str]]:
    """The wrong fields with their sentences; nothing was written."""
    with pytest.raises(ValidationError) as caught:
        request(*args, **given)
    assert Override.objects.count() == 0
    return caught.value.message_dict


def test_an_override_names_every_freeze_in_the_period_and_opens_nothing_yet() -> None:
    change, year_end = frozen_change()
    audit = window("Audit", starts=100, ends=120)
    window("Later", starts=200)
    window("Advice", level="warn")
    found = incident()

    row = request(change, incident=found.ref.lower())

    assert (row.windows, row.names) == ([audit.ref, year_end.ref], ["Audit", "Year end"])
    assert (row.starts_at, row.expires_at, row.confirmed_at) == (at(30), at(180), None)
    assert (row.roles, row.incident, row.review_due_at) == (["Change managers"], found, None)
    event = events_of(change.ref)[-1]
    assert (event.verb, event.actor) == ("override.requested", "manager")
    assert event.about == [row.ref, "service:refunds", "team:payments", found.ref]
    assert event.data["override"] == row.ref
    assert event.data["reason"] == REASON


def test_only_the_freezes_that_were_named_are_opened() -> None:
    change, year_end = frozen_change()
    window("Audit", starts=100, ends=120)

    assert request(change, windows=(year_end.ref.lower(),)).windows == [year_end.ref]


def test_a_service_in_an_environment_can_be_overridden_without_a_change() -> None:
    year_end = window("Year end")
    given = Asked(service="refunds", environment="production", reason=REASON, expires_at=at(180))

    row = overrides.request(given, actor=person("manager"), now=at(30))

    assert (row.change, row.subject, row.windows) == (None, row.ref, [year_end.ref])
    assert verbs_of(row.ref) == ["override.requested"]


@pytest.mark.parametrize(
    "who", ["engineer", "owner", "cab-1", "oncall", "stranger", "auditor", "ci"]
)
def test_nobody_but_a_change_manager_asks(who: str) -> None:
    change, _ = frozen_change()
    before = Event.objects.count()

    with pytest.raises(Refused) as caught:
        request(change, by=who)

    assert caught.value.decision.is_about_who
    assert (Override.objects.count(), Event.objects.count()) == (0, before)


def test_a_robot_never_overrides_whatever_group_it_is_in() -> None:
    change, _ = frozen_change()
    person("ci").groups.add(*person("manager").groups.all())

    assert refused(change, by="ci") == ("not_permitted", "Robots never override a freeze.")


def test_the_group_a_freeze_names_may_override_it_and_no_other() -> None:
    change, year_end = frozen_change()
    Window.objects.filter(pk=year_end.pk).update(override_by="CAB")

    assert refused(change) == (
        "not_permitted",
        "Only CAB may override this freeze; manager is not among them.",
    )
    assert request(change, by="cab-1").roles == ["CAB"]


def test_a_freeze_that_nobody_may_override_stays_shut() -> None:
    change, year_end = frozen_change()
    Window.objects.filter(pk=year_end.pk).update(override_by="nobody")

    assert refused(change) == (
        "not_permitted",
        "A freeze it would open cannot be overridden by anybody.",
    )


def test_where_no_freeze_holds_there_is_nothing_to_override() -> None:
    change = change_at(State.SCHEDULED)

    assert refused(change) == (
        "nothing_to_override",
        "No freeze holds for refunds in production until Wed 18 Nov 13:00 CET.",
    )


def test_a_change_that_has_ended_is_not_overridden() -> None:
    change = change_at(State.CANCELLED)
    window("Year end")

    assert refused(change) == (
        "wrong_state",
        f"{change.ref} is cancelled: no freeze is in its way.",
    )


def test_overrides_of_one_change_do_not_overlap() -> None:
    change, row = overridden()

    assert refused(change, minutes=60) == (
        "override_overlaps",
        f"{row.ref} holds for {change.ref} until Wed 18 Nov 12:00 UTC already, and overrides do "
        "not overlap.",
    )


def test_after_one_is_withdrawn_another_can_be_asked_for() -> None:
    change, row = overridden()
    withdraw(row, minutes=50)

    assert request(change, minutes=50).starts_at == at(50)


def test_back_to_back_overrides_do_not_collide() -> None:
    change, _ = frozen_change()
    request(change, expires_at=at(90))

    assert request(change, starts_at=at(90), expires_at=at(180)).starts_at == at(90)


def test_nobody_asks_again_before_the_last_one_was_reviewed() -> None:
    change, row = overridden()
    late = row.review_due_at + timedelta(minutes=1)
    window("Audit", starts=0, ends=60 * 24 * 30)
    minutes = (late - at(0)).total_seconds() / 60

    assert refused(change, minutes=minutes, expires_at=late + timedelta(hours=1)) == (
        "review_overdue",
        f"The review of {row.ref} was due Mon 23 Nov 12:00 UTC.",
    )


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"reason": " "}, "reason", "Say why it cannot wait until the freeze is over."),
        (
            {"expires_at": at(30)},
            "expires_at",
            "It must end after it starts, and lie ahead.",
        ),
        (
            {"expires_at": at(30 + 72 * 60 + 1)},
            "expires_at",
            "An override lasts at most 72 hours: end it sooner.",
        ),
        (
            {"starts_at": at(61 * 24 * 60), "expires_at": at(61 * 24 * 60 + 60)},
            "starts_at",
            "Ask at most 60 days ahead.",
        ),
        ({"incident": "INC-999"}, "incident", "There is no incident INC-999."),
        ({"reason": "x" * 10_001}, "reason", "Say it in at most 10,000 characters."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    given: dict[str, Any], field: str, sentence: str
) -> None:
    change, _ = frozen_change()

    assert wrong(change, **given) == {field: [sentence]}


def test_a_window_that_freezes_nothing_here_is_named_with_what_does() -> None:
    change, year_end = frozen_change()
    elsewhere = window("Elsewhere", services=["payments-api"])

    assert wrong(change, windows=(elsewhere.ref,)) == {
        "windows": [
            f"{elsewhere.ref} freezes nothing for refunds in production until Wed 18 Nov 13:00 "
            f"CET. What does: {year_end.ref}."
        ]
    }


def test_an_unknown_place_is_named() -> None:
    given = Asked(service="refund", environment="", reason=REASON, expires_at=at(180))

    with pytest.raises(ValidationError) as caught:
        overrides.request(given, actor=person("manager"), now=at(30))

    assert caught.value.message_dict == {
        "service": ["There is no service refund. Did you mean refunds?"],
        "environment": ["Name a change, or a service and an environment."],
    }


def test_a_token_that_does_not_reach_the_service_asks_for_nothing() -> None:
    change, _ = frozen_change()
    elsewhere = Reach(frozenset({"payments-api"}))

    with pytest.raises(Refused) as caught:
        overrides.request(asked(change), actor=person("manager"), now=at(30), reach=elsewhere)

    assert caught.value.decision.codes == ("not_permitted",)
    assert Override.objects.count() == 0


def test_an_emergency_needs_no_override_for_no_freeze_holds_for_it() -> None:
    change = change_at(State.SCHEDULED, kind=Kind.EMERGENCY)
    window("Year end", kinds=["normal", "standard"])

    assert refused(change)[0] == "nothing_to_override"


def test_the_database_refuses_what_the_rules_would() -> None:
    _, row = overridden()
    spoilt: list[dict[str, Any]] = [
        {"confirmed_by": row.requested_by},
        {"expires_at": at(30 + 73 * 60)},
        {"reason": ""},
        {"review": "Nobody wrote it."},
        {"reviewed_at": at(500), "reviewed_by": row.confirmed_by, "review": "By itself."},
        {"review_due_at": None},
        {"withdrawn_at": at(50)},
    ]

    for fields in spoilt:
        with pytest.raises(IntegrityError), transaction.atomic():
            Override.objects.filter(pk=row.pk).update(**fields)
    with pytest.raises(DatabaseError), transaction.atomic():
        Override.objects.filter(pk=row.pk).delete()
    twin = Override.objects.get(pk=row.pk)
    twin.pk = None
    with pytest.raises(IntegrityError, match="overrides_of_a_change_do_not_overlap"):
        twin.save(force_insert=True)


def test_one_that_waits_counts_like_one_that_was_confirmed() -> None:
    change, _ = frozen_change()
    row = request(change)

    assert refused(change, minutes=35)[0] == "override_overlaps"
    assert confirm(row).confirmed_by == person("manager-2")
