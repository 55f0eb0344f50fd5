"""Opening, submitting and starting a standard change in the one question to the gate."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from changes import gate, lifecycle, opening
from changes.gate import Question
from changes.models import Change, GateAnswer, Template
from changes.states import State
from tests import living
from tests.changes.gate.asking import SUBJECT, ask, codes, report_started
from tests.living import at, change_at, fresh, incident, person, say, verbs_of, window, written

OPENS = {"revision": "abc", "run_id": "77", "open_template": "restart-service"}
OPENED = ["change.created", "change.submitted", "change.approved"]


@pytest.fixture
def published(settled: None) -> Template:
    return living.template(category="other")


def test_it_is_implementing_when_the_answer_that_starts_it_is_told(published: Template) -> None:
    answer = ask(**OPENS, open_start=True)

    change = Change.objects.get()
    assert (answer.decision, answer.change, change.state) == ("allow", change.ref, "implementing")
    assert (change.started_at, change.started_by) == (at(60), person("ci"))
    assert verbs_of(change.ref) == [*OPENED, "change.started"]
    assert verbs_of(SUBJECT) == ["gate.allowed"]


def test_without_start_the_permit_starts_it(published: Template) -> None:
    answer = ask(**OPENS)

    assert Change.objects.get().state == "scheduled"
    report_started(answer.permit, minutes=61)
    assert Change.objects.get().state == "implementing"


def test_a_permit_of_what_was_started_tells_that_it_is_deployed(published: Template) -> None:
    answer = ask(**OPENS, open_start=True)

    report_started(answer.permit, minutes=61)

    assert verbs_of(answer.change)[-1] == "deployment.started"


@pytest.mark.parametrize("start", [False, True])
def test_a_run_that_asks_again_opens_and_starts_nothing_more(
    start: bool, published: Template
) -> None:
    first = ask(**OPENS, open_start=start)
    before = written()

    again = ask(**OPENS, open_start=start, minutes=61)

    assert (again.id, again.permit, again.change) == (first.id, first.permit, first.change)
    assert written() == before


@pytest.mark.parametrize("ending", ["close", "cancel"])
def test_a_run_whose_change_has_ended_opens_no_second(ending: str, published: Template) -> None:
    answer = ask(**OPENS)
    change = Change.objects.get()
    if ending == "cancel":
        say("cancel", change, by="ci", minutes=61, reason="It is not needed.")
    else:
        report_started(answer.permit, minutes=61)
        say("finish", change, by="ci", minutes=62)
        say("close", change, minutes=63, outcome="successful", note="It went well.")

    again = ask(**OPENS, minutes=70)
    of_another_run = ask(**{**OPENS, "run_id": "78"}, minutes=71)

    assert (again.decision, again.change, codes(again)) == ("deny", change.ref, ["wrong_state"])
    assert (of_another_run.decision, of_another_run.change != change.ref) == ("allow", True)
    assert Change.objects.count() == 2


def test_a_run_that_died_after_it_opened_finds_what_it_opened(published: Template) -> None:
    asked = {"service": "refunds", "environment": "production", "revision": "abc"}
    ref = opening.open_standard(
        template="restart-service",
        artifact="",
        source_url="",
        actor=person("ci"),
        now=at(59),
        **asked,
    )

    answer = ask(**OPENS, open_start=True)

    assert (answer.change, Change.objects.get().state) == (ref, "implementing")


def test_what_dies_half_way_leaves_nothing(
    published: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = written()

    def dies(**_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(lifecycle, "start", dies)
    with pytest.raises(KeyboardInterrupt):
        ask(**OPENS, open_start=True)

    assert (written(), GateAnswer.objects.count()) == (before, 0)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("retired", "template_not_published"),
        ("suspended", "template_suspended"),
    ],
)
def test_a_template_that_may_not_be_used_opens_nothing_and_says_why(
    state: str, code: str, published: Template
) -> None:
    Template.objects.update(state=state)
    before = written()

    answer = ask(**OPENS, open_start=True)

    assert (answer.decision, codes(answer), answer.change) == ("deny", [code], "")
    assert written() == {**before, "Event": before["Event"] + 1}


def test_a_template_for_other_services_opens_nothing_and_says_why(published: Template) -> None:
    published.services.add(living.service("payments-api"))

    answer = ask(**OPENS, open_start=True)

    assert (answer.decision, codes(answer)) == ("deny", ["template_not_published"])
    assert Change.objects.count() == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [({"open_template": "restart-servise"}, "open.template"), ({"revision": ""}, "revision")],
)
def test_what_is_wrong_is_a_wrong_field_and_writes_nothing(
    given: dict[str, str], field: str, published: Template
) -> None:
    before = written()

    with pytest.raises(ValidationError) as wrong:
        ask(**{**OPENS, **given})

    assert list(wrong.value.message_dict) == [field]
    assert (written(), GateAnswer.objects.count()) == (before, 0)


def test_what_must_wait_is_opened_and_not_started(published: Template) -> None:
    window("Sale", starts=0, ends=100)

    waits = ask(**OPENS, open_start=True)
    assert (waits.decision, Change.objects.get().state) == ("wait", "scheduled")
    goes = ask(**OPENS, open_start=True, minutes=100)

    assert (goes.decision, goes.change, Change.objects.get().state) == (
        "allow",
        waits.change,
        "implementing",
    )


def test_what_is_denied_is_not_started(published: Template) -> None:
    incident(severity=1)

    answer = ask(**OPENS, open_start=True)

    assert (answer.decision, codes(answer)) == ("deny", ["incident_open"])
    assert Change.objects.get().state == "scheduled"


def test_a_change_that_somebody_planned_is_not_started_by_asking(published: Template) -> None:
    change = change_at(State.SCHEDULED, revision="abc")

    answer = ask(**OPENS, open_start=True)

    assert (answer.decision, answer.change) == ("allow", change.ref)
    assert fresh(change).state == "scheduled"


def test_who_may_not_start_it_is_told_why_and_nothing_is_left_half_done(
    published: Template,
) -> None:
    ask(**OPENS)
    before = written()

    answer = ask(**OPENS, open_start=True, by="stranger", minutes=61)

    assert (answer.decision, codes(answer)) == ("deny", ["not_permitted"])
    assert Change.objects.get().state == "scheduled"
    assert written() == {**before, "Event": before["Event"] + 1}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("run", ["77", ""])
def test_two_that_open_at_once_open_one_change_and_start_it_once(run: str) -> None:
    living.settle()
    living.template(category="other")
    robot = person("ci")
    asked = Question("refunds", "production", **{**OPENS, "run_id": run}, open_start=True)

    def one(_: int) -> tuple[str, str]:
        try:
            answer = gate.ask(asked, actor=robot, now=at(60))
            return answer.decision, answer.change
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        told = set(pool.map(one, range(8)))

    change = Change.objects.get()
    assert told == {("allow", change.ref)}
    assert verbs_of(change.ref) == [*OPENED, "change.started"]
    assert GateAnswer.objects.count() == (1 if run else 8)
