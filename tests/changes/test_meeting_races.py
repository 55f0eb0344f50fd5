"""Two workers or two people at once, over meetings and templates: done once, and nothing lost."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from changes import lifecycle, standards
from changes.models import Meeting, Template, TemplateVersion
from config.recorded_rows import ROWS
from ledger import verify
from ledger.models import Letter
from tests import living
from tests.changes.meetings import convened
from tests.changes.standards import earned
from tests.changes.test_races import at_once
from tests.living import at, person, say, verbs_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def settled_for_all(transactional_db: None) -> Iterator[None]:
    living.settle()
    yield
    assert list(verify.faults(rows=ROWS, seen=verify.Seen(lambda progress: None))) == []


def test_two_workers_plan_fill_and_close_an_agenda_once() -> None:
    convened.everybody_has_mail()
    convened.board()
    change = convened.risky()

    for minutes in (1, convened.NOON - 60):
        assert at_once(*[lambda at=minutes: convened.tick(at)] * 2) == [None, None]
    assert at_once(*[lambda: convened.tick(convened.NOON - 59)] * 2) == [None, None]

    meeting = convened.first()
    assert Meeting.objects.count() == 3
    assert [item.change.ref for item in meeting.items.all()] == [change.ref]
    assert verbs_of(meeting.ref) == ["meeting.planned", "meeting.filled", "meeting.agenda_closed"]
    agendas = Letter.objects.filter(heading__startswith="Agenda")
    assert agendas.count() == 2


def test_of_two_who_approve_a_proposal_one_does() -> None:
    earned.propose()

    def approving(name: str) -> Callable[[], Any]:
        actor = person(name)
        return lambda: standards.approve(slug=earned.SLUG, actor=actor, now=at(135))

    ends = at_once(approving("cab-1"), approving("cab-2"))

    assert sorted(ends, key=str) == [("wrong_state",), None]
    assert TemplateVersion.objects.get().number == 1
    assert verbs_of(f"template:{earned.SLUG}").count("template.approved") == 1


def test_two_failed_uses_that_close_at_once_suspend_the_template_once() -> None:
    row = earned.published(suspend_after_failures=2, suspend_within_uses=5)
    failing = [earned.planned(row, minutes=150 + 2 * number) for number in range(2)]
    for number, change in enumerate(failing):
        say("start", change, minutes=213 + number)
        say("roll_back", change, minutes=215 + number, note="Errors.")
        say("review", change, by="owner", minutes=217 + number, text="A node was broken.")

    def closing(ref: str) -> Callable[[], Any]:
        actor = person("engineer")
        return lambda: lifecycle.close(
            ref=ref, outcome="rolled_back", note="So it went.", actor=actor, now=at(220)
        )

    ends = at_once(*[closing(change.ref) for change in failing])

    assert ends == [None, None]
    assert Template.objects.get().state == "suspended"
    assert verbs_of(f"template:{earned.SLUG}").count("template.suspended") == 1
