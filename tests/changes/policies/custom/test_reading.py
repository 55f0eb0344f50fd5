"""What conditions may say, and the sentence for each that they may not."""

from typing import Any

import pytest

from changes.models.choices import Category, RollbackProof, Rollout
from changes.policies.custom import vocabulary
from changes.policies.custom.reading import Unreadable, count, read
from tests.changes.policies.custom.given import is_


def mistakes(plain: Any) -> list[str]:
    with pytest.raises(Unreadable) as refused:
        read(plain)
    return [str(mistake) for mistake in refused.value.mistakes]


def test_a_tree_comes_back_as_it_was_written():
    plain = {
        "all": [
            is_("kind", "normal"),
            {"any": [is_("tier", 2, "at_most"), is_("risk_score", 60, "at_least")]},
            {"not": [is_("weekday", ["friday", "saturday"], "in", zone="Europe/Berlin")]},
        ]
    }

    assert read(plain).as_json() == plain
    assert count(read(plain)) == 4


def test_values_are_kept_in_one_form():
    plain = {
        "all": [
            is_("tier", "2"),
            is_("has_test_plan", "no"),
            is_("kind", ["normal", "normal"], "in"),
        ]
    }

    assert read(plain).as_json() == {
        "all": [is_("tier", 2), is_("has_test_plan", False), is_("kind", ["normal"], "in")]
    }


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (is_("teir", 2), "all[0]: There is no field “teir”. Did you mean tier?"),
        (is_("", 2), "all[0]: Choose a field."),
        (is_(["kind"], 2), "all[0]: There is no field “['kind']”. Did you mean kind?"),
        (
            is_("tier", 2, "is_least"),
            "all[0]: “is_least” does not fit tier: use is, is_not, at_least, at_most."
            " Did you mean at_least?",
        ),
        (
            is_("tier", 2, "contains"),
            "all[0]: “contains” does not fit tier: use is, is_not, at_least, at_most.",
        ),
        (
            is_("kind", "normla"),
            "all[0]: “normla” is none of standard, normal, emergency. Did you mean normal?",
        ),
        (is_("tier", "many"), "all[0]: “many” is no whole number from 0 to 1,000,000."),
        (is_("tier", True), "all[0]: “True” is no whole number from 0 to 1,000,000."),
        (is_("tier", -1), "all[0]: “-1” is no whole number from 0 to 1,000,000."),
        (is_("has_test_plan", "maybe"), "all[0]: “maybe” is neither yes nor no."),
        (is_("time", "25:00", "after"), "all[0]: “25:00” is no time of day. Write it like 14:00."),
        (is_("time", 840, "after"), "all[0]: “840” is no time of day. Write it like 14:00."),
        (
            is_("date", "2026-02-30"),
            "all[0]: “2026-02-30” is no date from 2000 on. Write it like 2026-12-24.",
        ),
        (
            is_("weekday", "friday", zone="Europe/Atlantis"),
            "all[0]: “Europe/Atlantis” is not an IANA time zone."
            " Use a name such as Europe/Amsterdam or UTC.",
        ),
        (
            is_("kind", "normal", zone="UTC"),
            "all[0]: Only days, dates and times (weekday, time, date) have a zone; leave it out.",
        ),
        (is_("service", "x" * 121), "all[0]: It has 121 characters; 120 are the most."),
        (is_("service", "a\x00b"), "all[0]: Give a word."),
        (
            is_("service", [str(n) for n in range(51)], "in"),
            "all[0]: It lists 51 values; 50 are the most.",
        ),
        (is_("service", None), "all[0]: Give a value: a slug, such as payments-api."),
        (
            is_("kind", "normal", feild="x"),
            "all[0]: “feild” has no place here. Did you mean field?",
        ),
        ({"all": []}, "all[0].all: The group is empty. Add a condition, or remove it."),
        ({"any": "kind"}, "all[0].any: The group is empty. Add a condition, or remove it."),
        (
            {"all": [is_("tier", 1)], "any": [is_("tier", 1)]},
            "all[0]: A group is one of all, any and not, alone; this has all, any.",
        ),
        (
            "kind is normal",
            "all[0]: This is neither a group (all, any, not) nor a condition"
            " (field, operator, value).",
        ),
    ],
)
def test_a_mistake_is_said_with_its_place(condition: Any, sentence: str):
    assert mistakes({"all": [condition]}) == [sentence]


def test_every_mistake_is_said_up_to_twenty():
    assert len(mistakes({"all": [is_("nothing", 1)] * 30})) == 20
    assert len(mistakes({"any": [is_("tier", 9, "in"), {"all": [is_("kind", "x")]}]})) == 2


def test_ten_thousand_conditions_are_refused_in_one_sentence():
    assert mistakes({"all": [is_("tier", 1)] * 10_000}) == [
        "It has 10,000 conditions; 200 are the most. Split the rule."
    ]
    hidden = {"any": [{"all": [is_("tier", 1)] * 5_000}, {"all": [is_("tier", 1)] * 5_000}]}
    assert mistakes(hidden) == ["It has 10,000 conditions; 200 are the most. Split the rule."]


def test_two_hundred_conditions_are_a_rule():
    assert count(read({"all": [is_("tier", 1)] * 200})) == 200


def nested(depth: int) -> dict[str, Any]:
    return {"all": [nested(depth - 1)]} if depth > 1 else {"all": [is_("tier", 1)]}


def test_groups_stand_at_most_five_deep():
    assert read(nested(5)).as_json() == nested(5)
    assert mistakes(nested(6)) == ["Groups stand more than 5 deep in each other. Split the rule."]
    assert mistakes(nested(800)) == ["Groups stand more than 5 deep in each other. Split the rule."]


@pytest.mark.parametrize("plain", [None, [], "all", {}, is_("kind", "normal"), {"xor": []}])
def test_what_is_no_group_is_refused(plain: Any):
    assert mistakes(plain)


def test_the_closed_lists_are_those_of_the_model():
    assert set(vocabulary.CATEGORIES) == set(Category.values)
    assert set(vocabulary.ROLLOUTS) == set(Rollout.values)
    assert set(vocabulary.PROOFS) == {word or "none" for word in RollbackProof.values}
