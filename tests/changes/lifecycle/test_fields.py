"""What may be written in a change, and the sentences for what may not."""

from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from changes.lifecycle.fields import EDITABLE
from changes.models import Change
from changes.states import Kind, State
from tests.changes.lifecycle.editing import edit
from tests.living import at, change_at, file, fresh, person, plan, service, template, written


def wrong(**given: Any) -> dict[str, list[str]]:
    """The sentences for a new change with these fields; nothing is written."""
    before = written()
    with pytest.raises(ValidationError) as refused:
        file(**given)
    assert written() == before
    return refused.value.message_dict


OFFSET = "Give the time with its offset, such as 2026-11-23T09:00:00+01:00."
CASES: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
    ({"title": ""}, {"title": ["Give the title."]}),
    ({"service": None}, {"service": ["Give the service."]}),
    ({"environment": None}, {"environment": ["Give the environment."]}),
    (
        {"title": "x" * 201},
        {"title": ["Ensure this value has at most 200 characters (it has 201)."]},
    ),
    ({"category": "magic"}, {"category": ["Value 'magic' is not a valid choice."]}),
    ({"rollout": "sideways"}, {"rollout": ["Value 'sideways' is not a valid choice."]}),
    ({"source_url": "javascript:alert(1)"}, {"source_url": ["Enter a valid URL."]}),
    ({"status": "done"}, {"status": ["A change has no such field."]}),
    ({"state": "closed"}, {"state": ["A change has no such field."]}),
    ({"planned_start_at": datetime(2026, 11, 20, 9)}, {"planned_start_at": [OFFSET]}),  # noqa: DTZ001
    (
        {"planned_end_at": None},
        {"planned_end_at": ["Give both the planned start and the planned end, or neither."]},
    ),
    (
        {"planned_start_at": None},
        {"planned_start_at": ["Give both the planned start and the planned end, or neither."]},
    ),
    (
        {"planned_end_at": at(60)},
        {"planned_end_at": ["The planned end must come after the planned start."]},
    ),
    (
        {"planned_start_at": at(-60), "planned_end_at": at(0)},
        {"planned_end_at": ["This period is over: plan one that lies ahead."]},
    ),
    (
        {"rollout": "rolling", "canary_steps": [5, 50]},
        {"canary_steps": ["Only a canary rollout has steps: set rollout to canary."]},
    ),
    *(
        (
            {"rollout": "canary", "canary_steps": steps},
            {"canary_steps": ["Give rising percentages between 1 and 100, such as [5, 25, 100]."]},
        )
        for steps in ([0], [101], [50, 5], [5, 5])
    ),
    *(
        ({"rollout": "canary", **given}, {"canary_soak_minutes": [sentence]})
        for given, sentence in (
            (
                {"canary_soak_minutes": [10]},
                "Only steps soak: give canary_steps too, such as [5, 25, 100].",
            ),
            (
                {"canary_steps": [5, 25, 100], "canary_soak_minutes": [10, 10]},
                "Give one length for all 3 steps, or one for each of them.",
            ),
            (
                {"canary_steps": [5, 25], "canary_soak_minutes": [10, 10_081]},
                "Let a step soak for 10,080 minutes (seven days) at most.",
            ),
        )
    ),
    (
        {"kind": "standard"},
        {"template": ["A standard change is made from a template: name it."]},
    ),
    (
        {"kind": "emergency"},
        {"incident": ["An emergency change names the incident it answers."]},
    ),
]


@pytest.mark.parametrize(("given", "sentences"), CASES)
def test_each_wrong_field_gets_a_sentence(
    given: dict[str, Any], sentences: dict[str, list[str]], settled: None
) -> None:
    assert wrong(**given) == sentences


def test_every_wrong_field_is_told_at_once(settled: None) -> None:
    assert set(wrong(title="", category="magic", planned_end_at=at(60), colour="red")) == {
        "title",
        "category",
        "planned_end_at",
        "colour",
    }


def test_a_kind_that_does_not_exist_is_a_wrong_field(settled: None) -> None:
    fields = {**plan(), "kind": "silent"}
    with pytest.raises(ValidationError) as refused:
        edit(file(), **fields)

    assert refused.value.message_dict == {"kind": ["Value 'silent' is not a valid choice."]}


def test_a_service_does_not_affect_itself_besides(settled: None) -> None:
    assert wrong(also_affects=[service()]) == {
        "also_affects": ["refunds is the service itself: leave it out here."]
    }


def test_somebody_who_left_implements_nothing(settled: None) -> None:
    gone = person("peer")
    gone.is_active = False
    gone.save()

    assert wrong(implementer=gone) == {
        "implementer": ["peer is no longer active: name somebody else."]
    }


@pytest.mark.parametrize("name", ["implementation_plan", "rollback_plan"])
def test_what_a_template_locks_is_left_as_the_template_says(name: str, settled: None) -> None:
    sentence = "The template restart-service locks this field: leave it as the template says."

    assert wrong(kind=Kind.STANDARD, **{name: "My own way."}) == {name: [sentence]}


def test_locked_fields_stay_locked_in_an_edit(settled: None) -> None:
    change = change_at(State.SCHEDULED, kind=Kind.STANDARD)
    before = written()

    with pytest.raises(ValidationError) as refused:
        edit(change, rollback_plan="My own way.")

    assert set(refused.value.message_dict) == {"rollback_plan"}
    assert written() == before


def test_fields_that_are_not_locked_may_differ_from_the_template(settled: None) -> None:
    change = file(kind=Kind.STANDARD, test_plan="My own way.")

    assert fresh(change).test_plan == "My own way."


@pytest.mark.parametrize("kind", ["normal", "emergency"])
def test_a_template_makes_standard_changes_only(kind: str, settled: None) -> None:
    found = template()
    fields = {name: getattr(found, name) for name in ("implementation_plan", "rollback_plan")}

    sentences = wrong(**fields, template=found, kind=kind)

    assert sentences == {"kind": ["The template restart-service makes standard changes only."]}


def test_a_change_of_another_kind_becomes_standard_and_takes_over_what_is_locked(
    settled: None,
) -> None:
    change = file()
    found = template(implementation_plan="Roll out twice.")

    edit(change, template=found, kind="standard")

    after = fresh(change)
    assert (after.kind, after.template, after.implementation_plan) == (
        "standard",
        found,
        "Roll out twice.",
    )


def test_a_period_that_was_planned_stays_though_it_is_over(settled: None) -> None:
    change = file()

    edit(change, minutes=999, title="Retry refunds twice")

    assert fresh(change).planned_end_at == at(180)


def test_an_edit_refuses_fields_a_change_does_not_have(settled: None) -> None:
    with pytest.raises(ValidationError) as refused:
        edit(file(), state="closed", colour="red")

    assert refused.value.message_dict == {
        "state": ["A change has no such field."],
        "colour": ["A change has no such field."],
    }


def test_everything_a_person_may_write_can_be_edited_and_nothing_else() -> None:
    columns = {field.name for field in Change._meta.get_fields() if getattr(field, "editable", 0)}
    derived = {"id", "edition", "plan_version"}

    assert set(EDITABLE) == {
        name for name in columns - derived if Change._meta.get_field(name).concrete
    }
