"""Any sequence of verbs by anybody: the real lifecycle does what a plain dictionary does."""

from typing import Any

from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from changes import approvals, lifecycle
from changes.models import Change
from changes.states import Kind
from ledger.decision import Refused
from tests.changes.lifecycle import plain
from tests.living import at, file, fresh, person, verbs_of

VERBS = (
    "submit",
    "revise",
    "title",
    "plan",
    "vote",
    "start",
    "break_glass",
    "finish",
    "roll_back",
    "check",
    "ended",
    "retry",
    "review",
    "close",
    "cancel",
    "hold",
    "resume",
)
WORDS = {
    "vote": ("approve", "approve", "reject", "abstain"),
    "check": ("passed", "failed"),
    "ended": ("passed", "failed"),
    "close": ("successful", "successful_with_issues", "rolled_back", "failed"),
}
# What takes a change a step further, so that long lives are not left to luck.
FORWARD = {
    "planning": ("resume", "submit"),
    "awaiting_approval": ("resume", "vote", "break_glass"),
    "scheduled": ("resume", "start"),
    "implementing": ("vote", "finish", "roll_back"),
    "validating": ("vote", "check", "ended", "retry", "review", "close"),
    "closed": ("title",),
    "cancelled": ("title",),
}


class AnyLife(RuleBasedStateMachine):
    """One change and its model, in a transaction that is rolled back in the end."""

    def __init__(self) -> None:
        super().__init__()
        self.together = transaction.atomic()
        self.together.__enter__()
        self.minute = 60
        self.people = {name: person(name) for name in plain.EVERYBODY}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.together.__exit__(None, None, None)

    @initialize(shape=st.sampled_from(sorted(plain.NEEDS)))
    def be_born(self, shape: tuple[str, str]) -> None:
        kind, risk = shape
        self.change: Change = file(kind=Kind(kind), risk=risk, planned_end_at=at(9999))
        self.life = plain.born(kind, risk)

    @rule(verb=st.sampled_from(VERBS), who=st.sampled_from(plain.EVERYBODY), luck=st.data())
    def anybody_says_anything(self, verb: str, who: str, luck: Any) -> None:
        self.say(verb, who, luck.draw(st.sampled_from(WORDS.get(verb, ("",)))))

    @rule(luck=st.data())
    def somebody_takes_it_further(self, luck: Any) -> None:
        verb = luck.draw(st.sampled_from(FORWARD[self.life["state"]]))
        word = luck.draw(st.sampled_from(WORDS.get(verb, ("",))))
        able = [who for who in plain.EVERYBODY if plain.may(self.life, verb, who, word)]
        self.say(verb, luck.draw(st.sampled_from(able or ["engineer"])), word)

    def say(self, verb: str, who: str, word: str) -> None:
        self.minute += 1
        expected = plain.may(self.life, verb, who, word)
        refusal = ""
        try:
            with transaction.atomic():
                self.really_say(verb, who, word)
        except Refused as refused:
            refusal = str(refused)
        assert (not refusal) == expected, f"{verb} {word} by {who}: {refusal or 'it was done'}"
        if expected:
            plain.do(self.life, verb, who, word)

    def really_say(self, verb: str, who: str, word: str) -> None:
        told = {"ref": self.change.ref, "actor": self.people[who], "now": at(self.minute)}
        match verb:
            case "vote":
                approvals.vote(**told, decision=word, comment="So.")
            case "title" | "plan":
                name = "title" if verb == "title" else "test_plan"
                lifecycle.edit(**told, fields={name: f"Words of minute {self.minute}"})
            case "check" | "ended":
                name = {"check": "smoke", "ended": "deployment"}[verb]
                lifecycle.report_check(**told, name=name, passed=word == "passed")
            case "close":
                lifecycle.close(**told, outcome=word, note="So.")
            case "roll_back":
                lifecycle.roll_back(**told, note="So.")
            case "review":
                lifecycle.review(**told, text="So.")
            case "break_glass" | "cancel" | "hold":
                getattr(lifecycle, verb)(**told, reason="So.")
            case _:
                getattr(lifecycle, verb)(**told)

    @invariant()
    def the_row_is_as_the_model_says(self) -> None:
        row, life = fresh(self.change), self.life
        assert {
            "state": row.state,
            "held": row.held_at is not None,
            "editor": row.last_editor.username,
            "glass": row.broke_glass_at is not None,
            "settled": row.retroactively_approved_at is not None,
            "rolled_back": row.rolled_back_at is not None,
            "reviewed": row.reviewed_at is not None,
        } == {name: life[name] for name in life if name in KEPT}

    @invariant()
    def the_ledger_tells_the_same_story(self) -> None:
        assert verbs_of(self.change.ref) == self.life["told"]


KEPT = {"state", "held", "editor", "glass", "settled", "rolled_back", "reviewed"}


def test_any_sequence_of_verbs_does_what_the_plain_model_does(settled: None) -> None:
    bounds = settings(max_examples=15, stateful_step_count=25)

    run_state_machine_as_test(AnyLife, settings=bounds)
