"""Proposing a template and deciding on it: earned by evidence, approved by somebody else."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from catalog.models import User
from changes import standards
from changes.models import CatalogueRule, Template, TemplateVersion
from changes.queries import templates as found
from changes.states import Kind, State, TemplateState
from config.recorded_rows import ROWS
from ledger import verify
from ledger.decision import Refused
from ledger.models import Event
from tests.changes.standards.earned import SLUG, WORDS, asked, evidence, propose, published, tell
from tests.living import at, change_at, events_of, file, fresh, person, verbs_of

pytestmark = pytest.mark.usefixtures("settled")
REF = f"template:{SLUG}"


def template() -> Template:
    return Template.objects.get(slug=SLUG)


def test_anybody_who_files_changes_proposes_one_with_past_changes_as_evidence():
    done = evidence()

    proposal = propose(done.ref.lower(), by="stranger")

    assert (template().state, proposal.evidence, proposal.number) == ("proposed", [done.ref], None)
    (event,) = events_of(REF)
    assert (event.verb, event.actor, event.about[-1]) == ("template.proposed", "stranger", done.ref)
    assert event.data["evidence"] == [done.ref]


def test_somebody_else_approves_it_and_a_change_manager_publishes_it():
    published()

    (version,) = found.versions(template())
    assert (version.number, version.verdict, version.decided_by.username) == (
        1,
        "approved",
        "cab-1",
    )
    assert version.says["rollback_plan"] == WORDS["rollback_plan"]
    assert template().state == "published"
    assert verbs_of(REF) == ["template.proposed", "template.approved", "template.published"]


@pytest.mark.parametrize(
    ("refs", "sentence"),
    [
        ((), "Name at least one closed normal change that was done this way."),
        (("CHG-999999",), "There is no change CHG-999999."),
        (("what",), "There is no change WHAT."),
        (("planning",), "is planning: only closed changes are evidence."),
        (("emergency",), "is an emergency change, no evidence."),
        (("standard",), "One of them at least must be a normal change"),
    ],
)
def test_what_is_no_evidence_is_said_and_nothing_written(refs: tuple[str, ...], sentence: str):
    staged = {
        "planning": lambda: file(),
        "emergency": lambda: change_at(State.CLOSED, kind=Kind.EMERGENCY),
        "standard": lambda: change_at(State.CLOSED, kind=Kind.STANDARD),
    }
    named = tuple(staged[ref]().ref if ref in staged else ref for ref in refs)
    before = Event.objects.count()

    with pytest.raises(ValidationError) as wrong:
        standards.propose(asked(*named), actor=person("engineer"), now=at(130))

    assert sentence in wrong.value.message_dict["evidence"][0]
    assert Event.objects.count() == before
    assert TemplateVersion.objects.count() == 0
    assert not Template.objects.filter(slug=SLUG).exists()


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"why": " "}, "why", "Say why it may be done without asking each time."),
        ({"title": ""}, "title", "This field cannot be blank."),
        ({"locked": ["secrets"]}, "locked", "secrets"),
        (
            {"suspend_after_failures": 5, "suspend_within_uses": 3},
            "suspend_after_failures",
            "5 failures are never among 3 uses",
        ),
        ({"nonsense": 1}, "nonsense", "A template has no such field."),
        ({"description": "x" * 20_001}, "description", "at most 20,000 characters"),
    ],
)
def test_bad_words_are_named_and_nothing_is_written(given: dict[str, Any], field: str, sentence):
    why = given.pop("why", "It goes well.")

    with pytest.raises(ValidationError) as wrong:
        propose(why=why, **(WORDS | given))

    assert sentence in " ".join(wrong.value.message_dict[field])
    assert TemplateVersion.objects.count() == 0


def test_the_only_approver_is_refused_and_told_who_else_could():
    CatalogueRule.objects.update(approvers="change_managers")

    with pytest.raises(Refused) as refused:
        propose(by="manager")

    (reason,) = refused.value.decision.reasons
    assert reason.code == "unsatisfiable"
    assert "manager is the only one of change managers" in reason.message
    assert "let cab-1 and cab-2 approve too" in reason.remedy
    assert not Template.objects.filter(slug=SLUG).exists()


def test_nobody_approves_what_they_proposed():
    propose(by="manager")

    with pytest.raises(Refused) as refused:
        tell("approve", by="manager", minutes=131)

    (reason,) = refused.value.decision.reasons
    assert (reason.code, reason.remedy) == ("self_approval", "Ask cab-1 or cab-2.")
    assert template().state == "proposed"


@pytest.mark.parametrize("who", ["engineer", "peer", "stranger", "auditor", "ci", "oncall"])
def test_who_approves_nothing_is_refused(who: str):
    propose()

    for verb, more in (("approve", {}), ("send_back", {"comment": "No."})):
        with pytest.raises(Refused) as refused:
            tell(verb, by=who, minutes=131, **more)
        assert "not_permitted" in refused.value.decision.codes
    assert template().state == "proposed"


def test_what_is_sent_back_is_a_draft_and_proposed_again():
    first = propose()
    tell("send_back", by="cab-1", minutes=131, comment="Name the limits.")
    assert template().state == "draft"

    second = propose(minutes=132, **(WORDS | {"rollback_plan": "Start the old one."}))
    tell("approve", by="cab-2", minutes=133, proposal=second.pk)

    first.refresh_from_db()
    assert (first.verdict, first.comment, first.number) == ("sent_back", "Name the limits.", None)
    assert (template().state, template().rollback_plan) == ("approved", "Start the old one.")


def test_an_approval_of_what_was_replaced_meanwhile_is_refused():
    first = propose()
    tell("withdraw", by="engineer", minutes=131)
    propose(minutes=132)

    with pytest.raises(Refused) as refused:
        tell("approve", by="cab-1", minutes=133, proposal=first.pk)

    assert refused.value.decision.codes == ("edited_meanwhile",)


def test_a_stranger_withdraws_nothing():
    propose()

    with pytest.raises(Refused) as refused:
        tell("withdraw", by="peer", minutes=131)

    assert refused.value.decision.codes == ("not_permitted",)


def test_another_version_is_in_force_when_somebody_else_approves_it():
    published()
    propose(minutes=141, rollback_plan="Start the old one.", by="peer")
    assert template().rollback_plan == WORDS["rollback_plan"]

    tell("approve", by="manager", minutes=142)

    now = template()
    assert (now.version, now.state, now.good_from) == (2, "published", 1)
    assert now.rollback_plan == "Start the old one."
    assert [one.number for one in found.versions(now)] == [2, 1]
    assert events_of(REF)[-1].data["from_version"] == 1


def test_a_version_that_says_nothing_new_is_refused():
    published()

    with pytest.raises(ValidationError) as wrong:
        propose(minutes=141, title=WORDS["title"])

    assert wrong.value.message_dict == {"why": ["Version 1 of restart says so already."]}


def test_what_was_published_before_versions_were_kept_is_the_first_of_them():
    old = Template.objects.create(
        slug=SLUG, state="published", **{**WORDS, "suspend_after_failures": 2}
    )
    propose(minutes=141, title="Restart it slowly")

    tell("approve", by="cab-1", minutes=142)

    second, first = found.versions(old)
    assert (first.number, first.proposed_by, first.says["title"]) == (1, None, WORDS["title"])
    assert (second.number, second.says["title"]) == (2, "Restart it slowly")


@pytest.mark.parametrize(
    "sql",
    [
        {"comment": "It was fine."},
        {"number": 7},
        {"says": {}},
    ],
)
def test_a_decided_version_stays_as_it_was(sql: dict[str, Any]):
    published()

    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        TemplateVersion.objects.update(**sql)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        TemplateVersion.objects.all()._raw_delete("default")


@pytest.mark.parametrize("target", TemplateState)
def test_sql_moves_a_template_along_the_table_and_nowhere_else(target: TemplateState):
    propose()
    legal = {"proposed", "draft", "approved", "retired"}

    try:
        with transaction.atomic():
            Template.objects.filter(slug=SLUG).update(state=str(target))
            done = True
    except DatabaseError:
        done = False

    assert done == (target in legal)


def test_rows_edited_behind_the_ledger_are_named():
    published()
    seen = verify.Seen(lambda seen: None)
    assert list(verify.faults(rows=ROWS, seen=seen)) == []
    proposal = propose(minutes=141, title="Restart it slowly")
    TemplateVersion.objects.filter(pk=proposal.pk).update(why="Because.")
    Template.objects.filter(slug=SLUG).update(rollback_plan="None.")

    faults = list(verify.faults(rows=ROWS, seen=verify.Seen(lambda seen: None)))

    assert {fault.ref for fault in faults} == {proposal.ref, REF}


def test_a_rule_of_one_person_is_refused():
    User.objects.filter(username="cab-2").update(is_active=False)
    rule = CatalogueRule.objects.get()
    rule.approvers = "cab"

    with pytest.raises(ValidationError) as wrong:
        standards.save_rule(rule, actor=person("manager"), now=at(1))

    assert "Two active people at least must be the CAB" in wrong.value.messages[0]


def test_a_retired_template_takes_its_open_proposal_along():
    proposal = propose()

    tell("retire", by="manager", minutes=131)

    proposal.refresh_from_db()
    assert (template().state, proposal.verdict) == ("retired", "withdrawn")
    assert fresh(change_at(State.PLANNING)).state == "planning"
