"""From which score a change is of which risk: rows that change managers keep."""

import pytest
from django.core.exceptions import ValidationError

from changes.models import RiskThreshold
from changes.rulebook import levels
from ledger import rows
from ledger.decision import Refused
from tests import living
from tests.living import at, events_of, file, fresh, say

pytestmark = pytest.mark.usefixtures("settled")


def begins(level: str, score: int, *, by: str = "manager") -> RiskThreshold:
    row = RiskThreshold.objects.get(level=level)
    row.from_score = score
    return levels.save(row, actor=living.person(by), now=at(0))


def kept() -> dict[str, int]:
    return dict(RiskThreshold.objects.values_list("level", "from_score"))


def test_every_installation_begins_with_the_usual_ones() -> None:
    assert kept() == {"medium": 30, "high": 60}


def test_an_edit_is_recorded_with_what_it_was() -> None:
    row = begins("medium", 20)

    (event,) = events_of("risk-level:medium")
    assert (event.verb, event.actor, event.at) == ("risk_level.edited", "manager", at(0))
    assert event.data == {
        "level": "medium",
        "diff": {"from_score": [30, 20]},
        "row_digest": rows.digest(row),
    }


def test_an_edit_that_says_nothing_new_is_not_recorded() -> None:
    begins("medium", 30)

    assert events_of("risk-level:medium") == []


def test_what_is_filed_or_submitted_next_is_held_against_them() -> None:
    filed_before = file()
    begins("medium", 20)

    assert (filed_before.risk_level, file().risk_level) == ("low", "medium")
    say("submit", filed_before, minutes=5)
    assert fresh(filed_before).risk_level == "medium"


@pytest.mark.parametrize(
    ("level", "score", "sentence"),
    [
        (
            "medium",
            60,
            "Medium must begin below high, which begins at 60: give 59 or less, or raise high "
            "first.",
        ),
        (
            "high",
            30,
            "High must begin above medium, which begins at 30: give 31 or more, or lower medium "
            "first.",
        ),
        ("medium", 0, "Ensure this value is greater than or equal to 1."),
        ("high", 201, "Ensure this value is less than or equal to 200."),
    ],
)
def test_levels_without_order_are_refused(level: str, score: int, sentence: str) -> None:
    before = kept()

    with pytest.raises(ValidationError) as refused:
        begins(level, score)

    assert refused.value.message_dict == {"from_score": [sentence]}
    assert (kept(), events_of(f"risk-level:{level}")) == (before, [])


@pytest.mark.parametrize("who", ["engineer", "owner", "cab-1", "auditor", "stranger", "ci"])
def test_only_change_managers_write_them(who: str) -> None:
    with pytest.raises(Refused) as refused:
        begins("medium", 20, by=who)

    assert refused.value.decision.codes == ("not_permitted",)
    assert kept() == {"medium": 30, "high": 60}
