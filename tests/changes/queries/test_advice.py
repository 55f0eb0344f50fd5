"""What a plan would mean, from values that are not saved."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from changes.models import Change, Window
from changes.policies.plan import WORDS
from changes.queries.advice import Advice, advice
from changes.states import Kind, State
from tests import living
from tests.living import at, change_at, plan, written

pytestmark = pytest.mark.usefixtures("settled")


def _advised(
    values: dict[str, Any], *, by: str = "engineer", before: Change | None = None
) -> Advice:
    return advice(values, actor=living.person(by), now=at(0), before=before)


def test_complete_plan_lacks_nothing() -> None:
    found = _advised(plan(risk="high"))

    assert (found.missing, found.agreement, found.objections, found.at_start) == ((), (), (), ())
    assert found.risk is not None
    assert (str(found.risk.level), found.risk.score) == ("high", 70)
    assert [(str(need.authority), need.count) for need in found.needs] == [
        ("cab", 2),
        ("peer", 1),
        ("service_owner", 1),
    ]
    assert found.candidates == {
        "cab": frozenset({"cab-1", "cab-2"}),
        "peer": frozenset({"owner", "peer", "peer-2"}),
        "service_owner": frozenset({"owner"}),
    }


def test_advice_agrees_with_what_saving_and_submitting_say() -> None:
    values = plan(risk="medium")
    found = _advised(values)

    change = change_at(State.AWAITING_APPROVAL, risk="medium")

    assert found.risk is not None
    assert (change.risk_level, change.risk_score) == (str(found.risk.level), found.risk.score)
    assert [(need.authority, need.count, need.rule) for need in found.needs] == list(
        change.requirements.order_by("id").values_list("authority", "count", "rule")
    )


def test_everything_that_is_not_written_is_named() -> None:
    found = _advised({"service": living.service(), "environment": living.environment()})

    assert found.missing == (
        "title",
        "description",
        "implementation_plan",
        "test_plan",
        "rollback_plan",
        "monitoring_plan",
        "planned_start_at",
        "planned_end_at",
    )
    assert set(WORDS) <= set(found.missing)


def test_nothing_can_be_said_before_a_place_is_named() -> None:
    found = _advised({"title": "Something"})

    assert (found.risk, found.needs) == (None, ())
    assert found.missing[:2] == ("service", "environment")


def test_standard_change_needs_nobody() -> None:
    found = _advised(plan(kind=Kind.STANDARD))

    assert (found.standard, found.needs, found.missing) == (True, (), ())


def test_emergency_without_an_incident_is_objected_to() -> None:
    found = _advised(plan(kind=Kind.EMERGENCY, incident=None))

    assert [reason.code for reason in found.objections] == ["incident_required"]


def test_requirement_nobody_could_fill_is_told_before_saving() -> None:
    found = _advised(plan(risk="medium", implementer=living.person("owner")))

    assert [reason.code for reason in found.agreement] == ["unsatisfiable"]


def test_editor_does_not_count_as_an_approver() -> None:
    change = change_at(State.PLANNING)

    found = _advised(plan(), by="peer", before=change)

    assert found.candidates == {"peer": frozenset({"owner", "peer-2"})}


def test_freeze_at_the_planned_start_is_told_with_its_end() -> None:
    Window.objects.create(name="Audit", effect="freeze", starts_at=at(30), ends_at=at(90))

    found = _advised(plan())

    assert [reason.code for reason in found.at_start] == ["freeze_active"]
    assert found.opens_at == at(90)


def test_freeze_inside_the_period_is_a_warning() -> None:
    Window.objects.create(name="Audit", effect="freeze", starts_at=at(120), ends_at=at(400))

    found = _advised(plan())

    assert found.at_start == ()
    assert [reason.source for reason in found.warnings] == ["window Audit"]


@pytest.mark.parametrize(("category", "met"), [("database", ["freeze_active"]), ("network", [])])
def test_freeze_of_a_category_meets_that_category(category: str, met: list[str]) -> None:
    Window.objects.create(
        name="Quarter end",
        effect="freeze",
        starts_at=at(0),
        ends_at=at(400),
        categories=["database"],
    )

    found = _advised(plan(category=category))

    assert [reason.code for reason in found.at_start] == met


def test_period_that_could_not_be_saved_costs_nothing() -> None:
    far = plan(planned_end_at=at(0) + timedelta(days=365 * 5000))

    assert _advised(far).warnings == ()


def test_advice_writes_nothing_in_a_bounded_number_of_statements(
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    values, actor, rows = plan(risk="high"), living.person("engineer"), written()

    with django_assert_num_queries(8):
        advice(values, actor=actor, now=at(0))

    assert written() == rows
