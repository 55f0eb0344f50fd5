"""My absences and delegations: written, seen, refused and ended on a page."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from changes import leave
from changes.models import Absence, Delegation
from ledger.models import Event
from tests.living import person

pytestmark = pytest.mark.usefixtures("today")
OPEN = "/absences/"


def typed(days: float) -> str:
    return f"{timezone.now() + timedelta(days=days):%Y-%m-%dT%H:%M}"


def absent(**given: str) -> dict[str, str]:
    return {"write": "absence", "person": "cab-1", "ends_at": typed(7), **given}


def handed(**given: str) -> dict[str, str]:
    wanted = {"delegator": "cab-1", "delegate": "cab-2", "ends_at": typed(7)}
    return {"write": "delegation", **wanted, **given}


def test_an_absence_is_written_seen_and_ended(signed_in: Any):
    client = signed_in("cab-1")
    assert "Your absences will stand here" in client.get(OPEN).content.decode()

    answer = client.post(OPEN, absent(note="Sailing"))

    row = Absence.objects.get()
    assert (answer.status_code, answer["Location"], row.person.username) == (303, OPEN, "cab-1")
    page = client.get(OPEN).content.decode()
    assert row.ref in page
    assert "Sailing" in page
    client.post(f"{OPEN}{row.ref}/end")
    row.refresh_from_db()
    assert row.ended_by == person("cab-1")
    assert list(
        Event.objects.filter(subject=row.ref).order_by("position").values_list("verb", flat=True)
    ) == ["absence.entered", "absence.ended"]


def test_both_people_see_a_delegation(signed_in: Any):
    answer = signed_in("cab-1").post(OPEN, handed())

    row = Delegation.objects.get()
    assert (answer.status_code, row.delegate.username) == (303, "cab-2")
    for name in ("cab-1", "cab-2"):
        assert row.ref in signed_in(name).get(OPEN).content.decode()
    assert row.ref not in signed_in("stranger").get(OPEN).content.decode()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (absent(person="nobody"), "There is no person called nobody."),
        (absent(person="ci"), "There is no person called ci."),
        (absent(ends_at="2020-01-01T00:00"), "It must end after it starts, and lie ahead."),
        (absent(ends_at="2099-01-01T00:00"), "It lasts 366 days at most: end it sooner."),
        (absent(ends_at=""), "Say until when."),
        (handed(delegate="ci"), "There is no person called ci."),
        (handed(delegate=""), "This field is required."),
        (handed(note="x" * 201), "at most 200 characters"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(signed_in: Any, given: Any, sentence: str):
    answer = signed_in("cab-1").post(OPEN, given)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Absence.objects.exists()
    assert not Delegation.objects.exists()


@pytest.mark.parametrize(
    ("by", "given", "status", "sentence"),
    [
        ("stranger", absent(), 403, "Only cab-1 and change managers may write the absences"),
        ("stranger", handed(), 403, "Only cab-1 and change managers may delegate the votes"),
        ("cab-1", handed(delegate="cab-1"), 409, "cab-1 cannot delegate to themselves."),
        ("cab-1", handed(delegate="auditor"), 409, "auditor is an auditor"),
    ],
)
def test_a_refusal_stands_on_the_page(
    signed_in: Any, by: str, given: Any, status: int, sentence: str
):
    answer = signed_in(by).post(OPEN, given)

    assert answer.status_code == status
    assert sentence in answer.content.decode()
    assert not Absence.objects.exists()
    assert not Delegation.objects.exists()


def test_a_loop_is_refused_on_the_page(signed_in: Any):
    signed_in("cab-1").post(OPEN, handed())

    answer = signed_in("cab-2").post(OPEN, handed(delegator="cab-2", delegate="cab-1"))

    assert answer.status_code == 409
    assert "the vote would come back to where it began" in answer.content.decode()
    assert Delegation.objects.count() == 1


def test_a_change_manager_writes_for_others_and_a_stranger_ends_nothing(signed_in: Any):
    signed_in("manager").post(OPEN, absent())
    row = Absence.objects.get()

    told = signed_in("stranger").post(f"{OPEN}{row.ref}/end", follow=True).content.decode()

    assert "Only cab-1 and change managers may end what is of cab-1" in told
    row.refresh_from_db()
    assert (row.made_by, row.ended_at) == (person("manager"), None)


def test_strangers_to_the_house_see_nothing():
    assert Client().get(OPEN).status_code == 302
    assert Client().post(OPEN, absent()).status_code == 302
    assert not Absence.objects.exists()


@pytest.mark.parametrize("ref", ["ABSENCE-99", "DELEGATION-99", "garbage"])
def test_nothing_there_is_not_found(signed_in: Any, ref: str):
    assert signed_in("cab-1").post(f"{OPEN}{ref}/end").status_code == 404


def test_it_takes_as_many_statements_for_one_row_as_for_three(signed_in: Any, statements: Any):
    counts = []
    for number in range(3):
        leave.go(
            person="cab-1",
            starts_at=timezone.now() + timedelta(days=number),
            ends_at=timezone.now() + timedelta(days=number + 1),
            actor=person("cab-1"),
            now=timezone.now(),
        )
        counts.append(statements(signed_in("cab-1"), OPEN))

    assert counts == [3, 3, 3]
