"""Confirming, withdrawing, reviewing: by whom, when, and what is recorded."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from changes import overrides
from changes.models import Override
from changes.queries.overrides import NoSuchOverride
from config.recorded_rows import ROWS
from ledger import verify
from ledger.decision import Refused
from ledger.models import Event
from tests.changes.overrides.staged import (
    confirm,
    frozen_change,
    overridden,
    request,
    review,
    withdraw,
)
from tests.living import at, events_of, person, verbs_of


def refused(act: Callable[..., Override], row: Override, **given: object) -> list[str]:
    """The sentences of a refusal; nothing was written."""
    before = Event.objects.count()
    with pytest.raises(Refused) as caught:
        act(row, **given)
    assert Event.objects.count() == before
    return [reason.message for reason in caught.value.decision.reasons]


def test_a_second_person_confirms_and_the_review_gets_its_deadline() -> None:
    change, _ = frozen_change()

    row = confirm(request(change))

    assert (row.confirmed_at, row.confirmed_by) == (at(40), person("manager-2"))
    assert row.review_due_at == at(180 + 5 * 24 * 60)  # Wednesday, Thursday, Friday: Monday.
    event = events_of(change.ref)[-1]
    assert (event.verb, event.actor) == ("override.confirmed", "manager-2")
    assert event.data["requested_by"] == "manager"


def test_whoever_asked_cannot_confirm() -> None:
    change, _ = frozen_change()
    row = request(change)

    assert refused(confirm, row, by="manager") == [
        f"manager asked for {row.ref}, so a second person must confirm it."
    ]


@pytest.mark.parametrize("part", ["author", "last_editor", "implementer"])
def test_whoever_has_a_part_in_the_change_cannot_confirm(part: str) -> None:
    change, _ = frozen_change()
    setattr(change, part, person("manager-2"))
    change.save(update_fields=[part])
    row = request(change)

    assert refused(confirm, row) == [
        f"manager-2 wrote, revised or implements {change.ref}, so a second person must confirm it."
    ]


@pytest.mark.parametrize("who", ["peer", "cab-1", "oncall", "stranger", "auditor", "ci"])
def test_nobody_outside_the_group_confirms_withdraws_or_reviews(who: str) -> None:
    change, _ = frozen_change()
    row = request(change)

    for act in (confirm, withdraw):
        assert refused(act, row, by=who)
    confirm(row)
    if who != "cab-1":  # The CAB reviews every override.
        assert refused(review, row, by=who)


def test_it_is_confirmed_once() -> None:
    _, row = overridden()

    assert refused(confirm, row, by="manager-3") == [f"{row.ref} was confirmed by manager-2."]


def test_what_has_expired_is_neither_confirmed_nor_withdrawn() -> None:
    change, _ = frozen_change()
    row = request(change)

    for act in (confirm, withdraw):
        assert refused(act, row, minutes=180) == [f"{row.ref} expired Wed 18 Nov 12:00 UTC."]


def test_what_was_withdrawn_is_not_confirmed() -> None:
    change, _ = frozen_change()
    row = withdraw(request(change))

    assert refused(confirm, row, minutes=60) == [f"{row.ref} was withdrawn Wed 18 Nov 09:50 UTC."]
    assert verbs_of(change.ref)[-2:] == ["override.requested", "override.withdrawn"]


def test_withdrawing_needs_a_reason() -> None:
    _, row = overridden()

    with pytest.raises(ValidationError) as caught:
        overrides.withdraw(ref=row.ref, reason=" ", actor=person("manager"), now=at(50))

    assert caught.value.message_dict == {"reason": ["Say why it is withdrawn."]}


def test_a_third_person_reviews_it_after_it_has_ended() -> None:
    change, row = overridden()

    done = review(row)

    assert (done.reviewed_at, done.reviewed_by) == (at(300), person("manager-3"))
    event = events_of(change.ref)[-1]
    assert (event.verb, event.data["review"]) == ("override.reviewed", done.review)


def test_the_cab_reviews_as_well() -> None:
    _, row = overridden()

    assert review(row, by="cab-1").reviewed_by == person("cab-1")


@pytest.mark.parametrize("who", ["manager", "manager-2"])
def test_neither_of_the_two_reviews_it(who: str) -> None:
    _, row = overridden()

    assert refused(review, row, by=who) == [
        f"{who} had a part in {row.ref}, so somebody else must review it."
    ]


def test_it_is_not_reviewed_while_it_runs_nor_twice() -> None:
    _, row = overridden()

    assert refused(review, row, minutes=100) == [f"{row.ref} runs until Wed 18 Nov 12:00 UTC."]
    review(row)
    assert refused(review, row, by="cab-1") == [f"{row.ref} was reviewed by manager-3."]


def test_what_was_never_confirmed_owes_no_review() -> None:
    change, _ = frozen_change()
    row = request(change)

    assert refused(review, row) == [f"{row.ref} was never confirmed."]


def test_one_that_was_withdrawn_early_is_reviewed_from_then_on() -> None:
    _, row = overridden()
    withdraw(row, minutes=50)

    assert review(row, minutes=51).reviewed_at == at(51)


def test_an_unknown_override_is_named() -> None:
    for ref in ("OVR-999", "7", "OVR-", "OVR-" + "9" * 40):
        with pytest.raises(NoSuchOverride):
            overrides.confirm(ref=ref, actor=person("manager"), now=at(40))


def test_the_ledger_names_an_override_that_was_changed_behind_it() -> None:
    change, row = overridden()
    seen = verify.Seen(lambda progress: None)
    assert list(verify.faults(rows=ROWS, seen=seen)) == []

    Override.objects.filter(pk=row.pk).update(expires_at=at(400))

    (fault,) = verify.faults(rows=ROWS, seen=verify.Seen(lambda progress: None))
    assert fault.ref == f"{change.ref} override {row.pk}"
