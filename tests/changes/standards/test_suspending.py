"""A template is suspended by the machine, and its changes with it; versions in flight."""

import pytest
from django.core.exceptions import ValidationError

from changes import gate, standards
from changes.models import Change, Template
from incidents import lifecycle as incidents
from ledger.decision import Refused
from ledger.models import Letter
from tests.changes.standards.earned import SLUG, planned, propose, published, tell, used
from tests.living import approve, at, events_of, file, fresh, person, say, service, verbs_of

pytestmark = pytest.mark.usefixtures("settled")
REF = f"template:{SLUG}"


def template() -> Template:
    return Template.objects.get(slug=SLUG)


def outage(*, minutes: float, severity: int = 2) -> None:
    incidents.declare(
        title="Refunds fail",
        service=service(),
        severity=severity,
        actor=person("oncall"),
        now=at(minutes),
    )


def judged(*, minutes: float) -> int:
    return standards.judge_all(now=at(minutes), limit=10)


def test_so_many_failures_among_its_last_uses_suspend_it_with_the_close():
    row = published(suspend_after_failures=2, suspend_within_uses=3)
    first = used(row, "rolled_back", minutes=150)
    used(row, "successful", minutes=160)
    assert template().state == "published"

    last = used(row, "rolled_back", minutes=170)

    now = template()
    assert (now.state, now.suspended_at) == ("suspended", at(175))
    why = f"2 of its last 3 uses failed or were rolled back ({last.ref}, {first.ref})."
    assert now.suspension == why
    event = events_of(REF)[-1]
    assert (event.verb, event.actor, event.data["reason"]) == (
        "template.suspended",
        "tidegate",
        why,
    )


def test_failures_further_back_do_not_count():
    row = published(suspend_after_failures=2, suspend_within_uses=2)
    for number, outcome in enumerate(("rolled_back", "successful", "rolled_back")):
        used(row, outcome, minutes=150 + 10 * number)

    assert template().state == "published"


def test_what_is_planned_by_it_is_told_and_does_not_start():
    row = published(suspend_after_failures=1, suspend_within_uses=5)
    type(person("engineer")).objects.filter(username="engineer").update(email="e@example.org")
    waiting = planned(row)
    failed = used(row, "rolled_back", minutes=160)

    with pytest.raises(Refused) as refused:
        say("start", waiting, minutes=215)

    (reason,) = refused.value.decision.reasons
    assert (reason.code, reason.message) == (
        "template_suspended",
        "The template restart is suspended since Wed 18 Nov 12:45 CET: Its last use failed or was "
        f"rolled back ({failed.ref}).",
    )
    event = events_of(REF)[-1]
    assert (event.data["stops"], waiting.ref in event.about) == ([waiting.ref], True)
    letter = Letter.objects.get()
    assert (letter.to.username, letter.heading) == (
        "engineer",
        f"restart is suspended: {waiting.ref}",
    )


def test_the_gate_says_since_when_and_why():
    waiting = planned(published())
    tell("suspend", by="manager", minutes=152, reason="It lost a node.")

    answer = gate.ask(
        gate.Question("refunds", "production", revision="4f1c2d9", change=waiting.ref),
        actor=person("ci"),
        now=at(220),
    )

    assert answer.decision == "deny"
    assert [(one.code, one.message) for one in answer.reasons] == [
        (
            "template_suspended",
            "The template restart is suspended since Wed 18 Nov 12:32 CET: It lost a node.",
        )
    ]


@pytest.mark.parametrize(
    ("minutes", "severity", "state"),
    [
        (200, 1, "suspended"),
        (200, 2, "suspended"),
        (200, 3, "published"),
        (152 + 24 * 60, 2, "suspended"),
        (153 + 24 * 60, 2, "published"),
        (151, 1, "published"),
    ],
)
def test_a_major_incident_within_a_day_of_a_use_suspends_it(
    minutes: float, severity: int, state: str
):
    row = published()
    use = used(row, "successful")
    outage(minutes=minutes, severity=severity)

    done = judged(minutes=minutes + 1)

    assert (template().state, done) == (state, int(state == "suspended"))
    if done:
        assert use.ref in template().suspension
        assert judged(minutes=minutes + 2) == 0
        assert verbs_of(REF).count("template.suspended") == 1


def test_an_incident_after_a_later_change_on_the_service_is_not_laid_at_its_door():
    used(published(), "successful")
    from_another = file_and_start(minutes=190)
    outage(minutes=200)

    assert (judged(minutes=201), template().state) == (0, "published")
    assert fresh(from_another).state == "implementing"


def file_and_start(*, minutes: float) -> Change:
    change = file(minutes=minutes, planned_start_at=at(minutes), planned_end_at=at(minutes + 60))
    say("submit", change, minutes=minutes + 1)
    approve(change, minutes=minutes + 2)
    say("start", change, minutes=minutes + 3)
    return change


def test_it_is_reinstated_by_somebody_else_with_a_comment_and_counts_anew():
    row = published(suspend_after_failures=1, suspend_within_uses=5)
    waiting = planned(row)
    used(row, "rolled_back", minutes=160)

    with pytest.raises(ValidationError):
        tell("reinstate", by="cab-1", minutes=170, comment=" ")
    for who in ("engineer", "stranger", "auditor"):
        with pytest.raises(Refused):
            tell("reinstate", by=who, minutes=170, comment="Fine.")
    tell("reinstate", by="cab-1", minutes=170, comment="The node was replaced.")

    now = template()
    assert (now.state, now.suspended_at, now.suspension) == ("published", None, "")
    say("start", waiting, minutes=215)
    assert judged(minutes=216) == 0
    assert verbs_of(REF)[-1] == "template.reinstated"


def test_its_proposer_does_not_reinstate_it():
    propose(by="cab-2")
    tell("approve", by="cab-1", minutes=135)
    tell("publish", by="manager", minutes=140)
    tell("suspend", by="manager", minutes=141, reason="It failed.")

    with pytest.raises(Refused) as refused:
        tell("reinstate", by="cab-2", minutes=142, comment="Fine.")

    (reason,) = refused.value.decision.reasons
    assert (reason.code, reason.remedy) == ("self_approval", "Ask cab-1 or manager.")


def test_changes_in_flight_finish_on_the_version_they_began_with():
    row = published()
    waiting = planned(row)
    propose(minutes=152, implementation_plan="Roll out twice.")
    tell("approve", by="cab-1", minutes=153)

    say("start", waiting, minutes=215)
    later = planned(template(), minutes=216)

    assert (fresh(waiting).state, fresh(waiting).template_version) == ("implementing", 1)
    assert fresh(waiting).implementation_plan == "Roll out."
    assert (fresh(later).template_version, fresh(later).implementation_plan) == (
        2,
        "Roll out twice.",
    )


def test_a_version_approved_while_suspended_takes_the_place_of_the_one_that_failed():
    row = published()
    waiting = planned(row)
    tell("suspend", by="manager", minutes=152, reason="It lost a node.")
    propose(minutes=153, rollback_plan="Start the old one.")
    tell("approve", by="cab-1", minutes=154)
    assert template().state == "suspended"
    tell("reinstate", by="cab-1", minutes=155, comment="It can be taken back now.")

    with pytest.raises(Refused) as refused:
        say("start", waiting, minutes=215)

    (reason,) = refused.value.decision.reasons
    assert reason.code == "template_not_published"
    assert reason.message.startswith("Version 1 of the template restart was suspended, and version")


def test_a_retired_template_lets_what_is_submitted_finish():
    waiting = planned(published())
    tell("retire", by="manager", minutes=152)

    say("start", waiting, minutes=215)

    assert fresh(waiting).state == "implementing"
