"""The verbs of a change as a page shows them: allowed, or refused with every reason. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from django.urls import reverse

from changes import policies
from changes.models.choices import OutcomeWord
from changes.policies import Facts
from changes.policies.closing import may_close_as
from changes.states import Kind, Outcome, State
from changes.web import verb_forms as asks
from changes.web.verb_forms import VerbForm
from ledger.decision import Decision, Reason

#: In the order they stand on the page.
LABELS: Final[dict[str, str]] = {
    "submit": "Submit for approval",
    "start": "Start",
    "finish": "Finish",
    "retry": "Deploy again",
    "close": "Close",
    "check": "Report a check",
    "review": "Write the review",
    "break_glass": "Break glass",
    "roll_back": "Roll back",
    "edit": "Edit",
    "revise": "Take back to planning",
    "resume": "Resume",
    "hold": "Put on hold",
    "cancel": "Cancel this change",
    "vote": "Vote",
}
FORMS: Final[dict[str, type[VerbForm]]] = {
    "break_glass": asks.BreakGlassForm,
    "roll_back": asks.RollBackForm,
    "review": asks.ReviewForm,
    "check": asks.CheckForm,
    "close": asks.CloseForm,
    "hold": asks.HoldForm,
    "cancel": asks.CancelForm,
}
PRIMARY: Final[dict[State, str]] = {
    State.PLANNING: "submit",
    State.SCHEDULED: "start",
    State.IMPLEMENTING: "finish",
    State.VALIDATING: "close",
}


@dataclass(frozen=True, slots=True)
class Button:
    """One verb. `fields` are bound fields of what it asks; with `href` it is a link.

    `above` counts objections the page has shown already; `twins` are refused for the same reasons.
    """

    name: str
    label: str
    allowed: bool
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    url: str
    primary: bool = False
    fields: list[Any] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    help: str = ""
    open: bool = False
    href: str = ""
    above: int = 0
    twins: tuple["Button", ...] = ()


def buttons(
    facts: Facts, *, now: datetime, opened: Mapping[str, VerbForm]
) -> tuple[list[Button], list[Button]]:
    """What can be asked for now, and what the state alone puts out of reach.

    `opened` holds the forms that came back with errors, by verb. One allowed button is primary.
    """
    near: list[Button] = []
    far: list[Button] = []
    for name in LABELS:
        if name == "vote":
            continue
        decision = _decided(name, facts, now=now)
        shown = _button(name, facts, decision, now=now, form=opened.get(name))
        (far if _out_of_reach(decision, facts) else near).append(shown)
    return near, far


def shared(near: list[Button]) -> tuple[Reason, ...]:
    """What refuses every one of several buttons, as an auditor is refused them all."""
    if len(near) < 2 or any(button.allowed for button in near):
        return ()
    others = [{reason.message for reason in button.reasons} for button in near[1:]]
    return tuple(
        reason
        for reason in near[0].reasons
        if all(reason.message in messages for messages in others)
    )


def without(near: list[Button], shown: Iterable[Reason]) -> list[Button]:
    """The buttons, each objection said once: not again where the page has shown it above, and
    neighbours refused for the same reasons together."""
    said = {reason.message for reason in shown}
    joined: list[Button] = []
    for button in near:
        left = tuple(reason for reason in button.reasons if reason.message not in said)
        button = replace(button, reasons=left, above=len(button.reasons) - len(left))
        last = joined[-1] if joined else None
        if last and not button.allowed and (last.reasons, last.above) == (left, button.above):
            joined[-1] = replace(last, twins=(*last.twins, button))
        else:
            joined.append(button)
    return joined


def vote_button(facts: Facts, *, now: datetime, primary: bool) -> Button | None:
    """The vote; None while nobody is asked."""
    if facts.state not in (State.AWAITING_APPROVAL, State.IMPLEMENTING, State.VALIDATING):
        return None
    if facts.state is not State.AWAITING_APPROVAL and not facts.broke_glass_at:
        return None
    decision = policies.may("vote", facts, now=now)
    return replace(_button("vote", facts, decision, now=now, form=None), primary=primary)


def _decided(name: str, facts: Facts, *, now: datetime) -> Decision:
    """`close` is possible when some outcome is; the form then offers those."""
    if name != "close":
        return policies.may(name, facts, now=now)
    answers = list(_closings(facts, now=now).values())
    return next((answer for answer in answers if answer.allowed), answers[0])


def _closings(facts: Facts, *, now: datetime) -> dict[Outcome, Decision]:
    return {
        one: policies.may("close", replace(facts, outcome=one), now=now)
        for one in may_close_as(facts)
    }


def _out_of_reach(decision: Decision, facts: Facts) -> bool:
    return (
        "wrong_state" in decision.codes
        or (decision.verb == "hold" and facts.hold is not None)
        or (decision.verb == "break_glass" and facts.kind is not Kind.EMERGENCY)
    )


def _button(
    name: str, facts: Facts, decision: Decision, *, now: datetime, form: VerbForm | None
) -> Button:
    asked = (form or FORMS[name](verb=name)) if name in FORMS and decision.allowed else None
    if isinstance(asked, asks.CloseForm):
        asked.offer([one for one, may in _closings(facts, now=now).items() if may.allowed])
    return Button(
        name=name,
        label=LABELS[name],
        allowed=decision.allowed,
        reasons=decision.reasons,
        warnings=decision.warnings,
        url=_url(name, facts.ref),
        primary=decision.allowed and PRIMARY.get(facts.state) == name,
        fields=list(asked) if asked else [],
        wrong=[str(one) for one in asked.non_field_errors()] if asked else [],
        help=_help(name, facts, now=now) if decision.allowed else "",
        open=form is not None,
        href=reverse("change-edit", args=[facts.ref]) if name == "edit" else "",
    )


def _url(name: str, ref: str) -> str:
    if name in ("edit", "vote", "review", "check"):
        return reverse(f"change-{name}", args=[ref])
    return reverse("change-verb", args=[ref, name])


def _help(name: str, facts: Facts, *, now: datetime) -> str:
    match name:
        case "submit" if facts.kind is Kind.STANDARD:
            return "Its template was approved beforehand: it is scheduled at once."
        case "revise" if facts.votes:
            return "The votes lapse, and approvers are asked again."
        case "edit" if facts.state in (State.AWAITING_APPROVAL, State.SCHEDULED):
            return "A change to the plan takes it back to planning, and its votes lapse."
        case "close":
            return _not_yet_as(facts, now=now)
    return ""


def _not_yet_as(facts: Facts, *, now: datetime) -> str:
    """`Not as rolled back or failed yet: …`, for the outcomes the form cannot offer."""
    refused = {one: may for one, may in _closings(facts, now=now).items() if not may.allowed}
    if not refused:
        return ""
    words = " or ".join(str(OutcomeWord(one).label).lower() for one in refused)
    messages = dict.fromkeys(r.message for may in refused.values() for r in may.reasons)
    return f"Not as {words} yet: {' '.join(messages)}"
