"""The page on what approvals were worth, and what stands behind its numbers."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from changes.states import State
from tests.living import change_at

pytestmark = pytest.mark.usefixtures("today")
Open = Callable[[str], Client]
PAGE = "/audit/approvals"


def test_each_rule_stands_with_its_numbers_and_each_leads_to_what_it_counts(
    signed_in: Open,
) -> None:
    change = change_at(State.SCHEDULED)
    client = signed_in("auditor")
    tomorrow = f"{timezone.now() + timedelta(days=1):%Y-%m-%d}"

    page = client.get(PAGE, {"until": tomorrow})
    (row,) = page.context["rows"]
    counted = {what: client.get(url) for what, url in row.urls.items()}

    assert (row.value.rule, row.who, row.value.decisions) == (
        "Peer review",
        "Peer of the owner team",
        1,
    )
    assert "5 min" in page.content.decode()
    assert {
        what: [(one["of"].ref, one["what"], one["of"].by) for one in answer.context["rows"]]
        for what, answer in counted.items()
    } == {
        "decisions": [(change.ref, "approved", "peer")],
        "rejections": [],
        "edits": [],
        "failures": [],
    }
    assert "None in this period." in counted["edits"].content.decode()


def test_with_no_vote_it_says_what_will_stand_there(signed_in: Open) -> None:
    page = signed_in("manager").get(PAGE)

    assert (page.status_code, page.context["rows"]) == (200, [])
    assert "Nobody voted in this period." in page.content.decode()


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/behind"])
@pytest.mark.parametrize("name", ["engineer", "cab-1", "stranger"])
def test_it_is_for_auditors_and_change_managers(name: str, path: str, signed_in: Open) -> None:
    assert signed_in(name).get(path).status_code == 403
    assert Client().get(path)["Location"].startswith("/sign-in")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"since": "soon"}, "Give a day, such as 2026-03-31."),
        ({"since": "0001-01-01"}, "Give a day from 2000 to 2199."),
        ({"since": "2026-03-02", "until": "2026-02-01"}, "The end must come after the beginning."),
        ({"since": "2001-01-01", "until": "2020-01-01"}, "Ask for five years at most at once."),
    ],
)
def test_a_period_that_cannot_be_is_refused_beside_its_field(
    asked: dict[str, str], sentence: str, signed_in: Open
) -> None:
    page = signed_in("auditor").get(PAGE, asked)

    assert page.status_code == 422
    assert sentence in page.content.decode()


@pytest.mark.parametrize("asked", [{}, {"what": "luck", "rule": "x"}, {"what": "edits"}])
def test_what_there_is_not_to_count_is_refused(asked: dict[str, str], signed_in: Open) -> None:
    assert signed_in("auditor").get(f"{PAGE}/behind", asked).status_code == 422
