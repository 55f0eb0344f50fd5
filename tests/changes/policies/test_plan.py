"""What must be written before others are asked, and what each kind demands."""

from datetime import UTC, datetime, timedelta

import pytest

from changes.policies import may
from changes.policies.facts import IncidentFacts
from changes.policies.template_facts import TemplateFacts
from changes.states import Kind, State
from changes.windows import Interval
from ledger.decision import Reason
from tests.changes.policies.given import EVERY_PLAN, INCIDENT, NOW, facts


def refused(verb: str = "submit", **given: object) -> list[tuple[str, str, str]]:
    """Code, message and remedy of every objection to a change in planning."""
    state = given.pop("state", State.PLANNING)
    kind = given.pop("kind", Kind.NORMAL)
    reasons: tuple[Reason, ...] = may(verb, facts(state, kind, **given), now=NOW).reasons
    return [(reason.code, reason.message, reason.remedy) for reason in reasons]


def test_everything_that_is_missing_is_named_at_once() -> None:
    assert refused(filled=frozenset(), planned=None) == [
        (
            "plan_incomplete",
            "The plan lacks its implementation plan, test plan, description and planned start and "
            "end.",
            "Edit CHG-1 and fill in implementation plan, test plan, description and planned start "
            "and end.",
        ),
        (
            "no_rollback_plan",
            "There is no rollback plan.",
            "Edit CHG-1 and write down how to get back to where you were.",
        ),
        (
            "no_monitoring_plan",
            "There is no monitoring plan.",
            "Edit CHG-1 and write down what to watch, and for how long.",
        ),
    ]


@pytest.mark.parametrize("name", sorted(EVERY_PLAN))
@pytest.mark.parametrize("kind", Kind)
def test_each_plan_is_asked_for_by_its_own_code(name: str, kind: Kind) -> None:
    codes = {
        "rollback_plan": ["no_rollback_plan"],
        "monitoring_plan": [] if kind is Kind.STANDARD else ["no_monitoring_plan"],
    }

    reasons = refused(kind=kind, filled=EVERY_PLAN - {name})

    assert [code for code, *_ in reasons] == codes.get(name, ["plan_incomplete"])


def test_a_change_that_has_no_ref_yet_is_called_the_change() -> None:
    reasons = refused(ref="", filled=EVERY_PLAN - {"rollback_plan"})

    assert reasons[0][2] == "Edit the change and write down how to get back to where you were."


@pytest.mark.parametrize(
    ("ends_in", "codes"),
    [
        (timedelta(0), ["outside_planned_period"]),
        (timedelta(microseconds=1), []),
        (-timedelta(microseconds=1), ["outside_planned_period"]),
    ],
)
def test_a_period_that_is_over_cannot_be_submitted(ends_in: timedelta, codes: list[str]) -> None:
    planned = Interval(NOW - timedelta(days=1), NOW + ends_in)

    assert [code for code, *_ in refused(planned=planned)] == codes


def test_a_retired_service_is_not_changed() -> None:
    assert refused(service_is_active=False) == [
        (
            "plan_incomplete",
            "The service refunds is no longer active.",
            "Choose another service, or ask an administrator to activate it.",
        )
    ]


@pytest.mark.parametrize(
    ("template", "code", "message"),
    [
        (None, "template_not_published", "A standard change needs a published template."),
        (
            TemplateFacts("restart", "draft"),
            "template_not_published",
            "The template restart is draft.",
        ),
        (
            TemplateFacts("restart", "proposed"),
            "template_not_published",
            "The template restart is proposed.",
        ),
        (
            TemplateFacts("restart", "approved"),
            "template_not_published",
            "The template restart is approved.",
        ),
        (
            TemplateFacts("restart", "suspended"),
            "template_suspended",
            "The template restart is suspended.",
        ),
        (
            TemplateFacts(
                "restart",
                "suspended",
                suspended_at=datetime(2026, 11, 17, 13, tzinfo=UTC),
                suspension="2 of its last 3 uses failed (CHG-3, CHG-9).",
            ),
            "template_suspended",
            "The template restart is suspended since Tue 17 Nov 14:00 CET: 2 of its last 3 uses "
            "failed (CHG-3, CHG-9).",
        ),
    ],
)
@pytest.mark.parametrize(
    ("verb", "state"),
    [("submit", State.PLANNING), ("start", State.SCHEDULED), ("deploy", State.SCHEDULED)],
)
def test_a_standard_change_rests_on_a_published_template(
    verb: str, state: State, template: TemplateFacts | None, code: str, message: str
) -> None:
    reasons = refused(verb, state=state, kind=Kind.STANDARD, template=template)

    assert [found for found, *_ in reasons] == [code]
    assert message in reasons[0][1]


NOT_WHAT_IT_WAS = [
    (TemplateFacts("restart", "retired"), "The template restart is retired."),
    (
        TemplateFacts("restart", "published", frozenset({"search"})),
        "The template restart is not published for refunds.",
    ),
    (
        TemplateFacts("restart", "published", differs=("rollback_plan", "test_plan")),
        "The template restart was published with another rollback plan and test plan.",
    ),
]


@pytest.mark.parametrize(("template", "message"), NOT_WHAT_IT_WAS)
def test_a_change_is_submitted_on_what_the_template_says_and_finishes_on_it(
    template: TemplateFacts, message: str
) -> None:
    reasons = refused("submit", kind=Kind.STANDARD, template=template)

    assert [found for found, *_ in reasons] == ["template_not_published"]
    assert message in reasons[0][1]
    for verb in ("start", "deploy"):
        assert refused(verb, state=State.SCHEDULED, kind=Kind.STANDARD, template=template) == []


def test_a_version_that_was_suspended_and_replaced_does_not_start() -> None:
    template = TemplateFacts("restart", "published", version=3, begun_with=1, good_from=3)

    ((code, message, remedy),) = [
        one[:3]
        for one in refused("start", state=State.SCHEDULED, kind=Kind.STANDARD, template=template)
    ]

    assert code == "template_not_published"
    assert message == (
        "Version 1 of the template restart was suspended, and version 3 approved in its place."
    )
    assert "Take CHG-1 back to planning" in remedy


@pytest.mark.parametrize("services", [frozenset(), frozenset({"refunds", "search"})])
def test_a_template_covers_its_services_or_all(services: frozenset[str]) -> None:
    template = TemplateFacts("restart", "published", services)

    assert refused(kind=Kind.STANDARD, template=template) == []


@pytest.mark.parametrize("kind", [Kind.NORMAL, Kind.EMERGENCY])
def test_other_kinds_need_no_template(kind: Kind) -> None:
    assert refused(kind=kind, template=TemplateFacts("restart", "draft")) == []


@pytest.mark.parametrize(
    ("incident", "message"),
    [
        (None, "An emergency change answers an open incident. It names none."),
        (
            IncidentFacts("INC-7", 1, is_open=False, declared_at=NOW),
            "An emergency change answers an open incident. INC-7 is over.",
        ),
    ],
)
@pytest.mark.parametrize(
    ("verb", "state"),
    [("submit", State.PLANNING), ("start", State.SCHEDULED), ("deploy", State.IMPLEMENTING)],
)
def test_an_emergency_answers_an_incident_that_is_still_open(
    verb: str, state: State, incident: IncidentFacts | None, message: str
) -> None:
    reasons = refused(verb, state=state, kind=Kind.EMERGENCY, incident=incident, open_incidents=())

    assert reasons == [
        (
            "incident_required",
            message,
            "Name the open incident it answers, or file the change as normal.",
        )
    ]


@pytest.mark.parametrize("severity", [1, 2, 3, 4])
def test_an_emergency_may_answer_an_incident_of_any_severity(severity: int) -> None:
    incident = IncidentFacts("INC-7", severity, is_open=True, declared_at=NOW)

    assert refused(kind=Kind.EMERGENCY, incident=incident) == []


@pytest.mark.parametrize("kind", [Kind.STANDARD, Kind.NORMAL])
def test_other_kinds_may_name_an_incident_and_need_not(kind: Kind) -> None:
    assert refused(kind=kind, incident=INCIDENT) == []
    assert refused(kind=kind, incident=None) == []


@pytest.mark.parametrize("verb", ["start", "deploy"])
def test_nobody_starts_what_they_cannot_take_back(verb: str) -> None:
    reasons = refused(verb, state=State.SCHEDULED, filled=EVERY_PLAN - {"rollback_plan"})

    assert [code for code, *_ in reasons] == ["no_rollback_plan"]
