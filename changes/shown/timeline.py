"""The timeline as people read it: a sentence for every event. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from changes.queries.plans import TEXTS
from changes.shown.plan import FieldChange
from changes.shown.wording import Piece, compared
from changes.shown.words import INSTANTS, LABELS, held, label_of, spoken
from ledger.models import Event

MEETINGS: Final = {
    "meeting.planned": "planned the meeting",
    "meeting.filled": "filled the agenda",
    "meeting.item_added": "added it to the agenda",
    "meeting.agenda_closed": "closed the agenda",
    "meeting.started": "opened the meeting",
    "meeting.item_begun": "began to talk about it",
    "meeting.item_closed": "closed the item on the agenda",
    "meeting.items_completed": "closed the items whose votes were in",
    "meeting.minutes_written": "wrote in the minutes",
    "meeting.minutes_corrected": "corrected the minutes",
    "meeting.ended": "ended the meeting",
    "meeting.missed": "found that nobody came: its items go to the next meeting",
}
SENTENCES: Final[dict[str, str]] = {
    "change.created": "planned this change",
    "change.edited": "edited it",
    "change.submitted": "submitted it for approval",
    "change.approved": "cast the last vote: it is scheduled",
    "approval.reminded": "reminded those who still owe a vote",
    "approval.escalated": "asked somebody else for the vote as well, since it is late",
    "approval.gap_found": "found nobody left who could give a vote it needs",
    "approval.gap_closed": "found again who could give the votes it needs",
    "approval.asked": "asked those whose stage has come for their votes",
    "change.rejected": "sent it back to planning",
    "change.revised": "took it back to planning",
    "change.started": "started it",
    "change.glass_broken": "broke the glass and started it before its votes were in",
    "change.finished": "finished it",
    "change.retried": "started it again, for its deployment had failed",
    "change.rolled_back": "rolled it back",
    "change.closed": "closed it",
    "silence.set": "silenced its alerts in Alertmanager",
    "silence.lifted": "lifted its silence in Alertmanager",
    "silence.failed": "could not reach Alertmanager for its silence",
    "rollback.prepared": "prepared it to take back what may have caused the incident",
    "change.cancelled": "cancelled it",
    "change.held": "put it on hold",
    "change.resumed": "resumed it",
    "change.reviewed": "reviewed it",
    "change.detected": "found it deployed without leave",
    "change.cleared": "cleared it: there was leave for it",
    "change.retroactively_approved": "cast the vote that was owed since the glass was broken",
    "check.begun": "ran a check again",
    "task.added": "added task",
    "task.edited": "edited task",
    "task.started": "started task",
    "task.finished": "finished task",
    "task.waived": "waived task",
    "task.cancelled": "cancelled task",
    "task.reopened": "reopened task",
    "change.votes_due_soon": "reminded of the votes owed since the glass was broken",
    "change.votes_overdue": "found the votes owed since the glass was broken overdue",
    "change.review_due_soon": "reminded of the review it owes",
    "change.review_overdue": "found the review it owes overdue",
    "run.asked": "asked for it in a run of another tool",
    "run.noted": "noted",
    "deployment.started": "started the deployment",
    "deployment.step": "took the next step of the canary",
    "deployment.step_stable": "found the step stable",
    "deployment.step_failed": "found the step to fail: roll it back",
    "deployment.succeeded": "reported that the deployment succeeded",
    "deployment.failed": "reported that the deployment failed",
    "deployment.rolled_back": "rolled the deployment back",
    "permit.revoked": "revoked a permit of the gate",
    "override.requested": "asked to override a freeze for it",
    "override.confirmed": "confirmed the override: the freeze is opened for it",
    "override.withdrawn": "withdrew the override: the freeze holds again",
    "override.reviewed": "reviewed the override",
    "user.confirmation_failed": "failed to confirm who they are, to vote on it",
    **MEETINGS,
    "template.created": "drafted it",
    "template.edited": "edited the draft",
    "template.proposed": "proposed a standard template of it, with past changes as evidence",
    "template.approved": "approved the proposed words",
    "template.sent_back": "sent the proposal back",
    "template.withdrawn": "withdrew the proposal",
    "template.published": "published it",
    "template.suspended": "suspended the template: what is made from it does not start",
    "template.reinstated": "reinstated the template",
    "template.retired": "retired the template",
    "conflict.found": "found others planned in its way",
    "conflict.cleared": "found its way clear of others again",
    "run.arrived": "brought a run that waits to be told",
    "run.told": "told the run how it stands",
    "run.approved": "let the run go on",
    "run.rejected": "refused the run",
    "run.late": "found that the run has not heard its answer",
    "run.given_up": "gave up answering the run",
    "run.end_refused": "heard how the deployment ended, which the change does not follow",
    "gate.turn_came": "called: its turn at the gate has come",
    "gate.turned_away": "called: the gate says no",
    "gate.left": "let its place at the gate go",
    "gate.allowed": "asked the gate: yes",
    "gate.waited": "asked the gate: not yet",
    "gate.denied": "asked the gate: no",
}
TONES: Final[dict[str, str]] = {
    "change.submitted": "wait",
    "approval.asked": "wait",
    "approval.reminded": "wait",
    "approval.escalated": "wait",
    "approval.gap_found": "stop",
    "change.approved": "go",
    "change.rejected": "stop",
    "change.glass_broken": "stop",
    "change.rolled_back": "stop",
    "change.held": "stop",
    "change.detected": "stop",
    "change.cleared": "off",
    "change.closed": "off",
    "change.cancelled": "off",
    "change.retroactively_approved": "go",
    "task.finished": "go",
    "task.waived": "wait",
    "task.cancelled": "off",
    "change.votes_due_soon": "wait",
    "change.votes_overdue": "stop",
    "change.review_due_soon": "wait",
    "change.review_overdue": "stop",
    "deployment.succeeded": "go",
    "deployment.step_stable": "go",
    "deployment.step_failed": "stop",
    "deployment.failed": "stop",
    "deployment.rolled_back": "stop",
    "permit.revoked": "stop",
    "override.requested": "wait",
    "override.confirmed": "stop",
    "override.withdrawn": "off",
    "user.confirmation_failed": "stop",
    "template.proposed": "wait",
    "template.approved": "go",
    "template.sent_back": "stop",
    "template.published": "go",
    "template.suspended": "stop",
    "template.reinstated": "go",
    "template.retired": "off",
    "conflict.found": "wait",
    "conflict.cleared": "go",
    "run.told": "wait",
    "run.approved": "go",
    "run.rejected": "stop",
    "run.late": "stop",
    "run.given_up": "stop",
    "run.end_refused": "stop",
    "gate.turn_came": "go",
    "gate.turned_away": "stop",
    "gate.left": "off",
    "gate.allowed": "go",
    "gate.waited": "wait",
    "gate.denied": "stop",
}
LINKED: Final = {
    "suspect": "may have caused",
    "caused": "caused",
    "dismissed": "did not cause",
    "fixes": "fixes",
    "mitigated_by": "mitigates",
}
VOTED: Final = {"approve": "approved", "reject": "rejected", "abstain": "abstained"}
CONFIRMED: Final = {
    "password": ", having given their password again",
    "second_factor": ", having given password and code again",
    "token": ", by an API token",
}
VOTE_TONES: Final = {"approve": "go", "reject": "stop", "abstain": "off"}
NOTES: Final = ("comment", "reason", "note", "review", "detail", "why", "text", "minutes")


@dataclass(frozen=True, slots=True)
class Line:
    """One event; `words` are texts compared word by word, `fields` short values."""

    at: datetime
    actor: str
    verb: str
    sentence: str
    tone: str
    note: str
    subject: str
    position: int
    digest: str
    fields: list[FieldChange] = field(default_factory=list)
    words: list[tuple[str, tuple[Piece, ...]]] = field(default_factory=list)
    reasons: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)


def lines(events: Iterable[Event]) -> list[Line]:
    """The events in words, in their order."""
    shown: list[Line] = []
    before = ""
    for event in events:
        shown.append(_line(event, before=before))
        before = event.verb
    return shown


def _line(event: Event, *, before: str) -> Line:
    told = event.data
    diff = _in_order(told.get("diff") or told.get("task_diff") or {})
    return Line(
        at=event.at,
        actor=event.actor,
        verb=event.verb,
        sentence=_sentence(event, before=before),
        tone=_tone(event),
        note=next((str(told[name]) for name in NOTES if told.get(name)), ""),
        subject=event.subject,
        position=event.position,
        digest=event.digest,
        fields=[_short(name, *pair) for name, pair in diff.items() if name not in TEXTS],
        words=[
            (label_of(name), compared(str(pair[0] or ""), str(pair[1] or "")))
            for name, pair in diff.items()
            if name in TEXTS
        ],
        reasons=list(told.get("reasons") or ()),
        warnings=list(told.get("warnings") or ()),
    )


def _in_order(diff: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """The fields as a plan is read; JSON in the database keeps no order."""
    names = [*(name for name in LABELS if name in diff), *sorted(set(diff) - set(LABELS))]
    return {name: diff[name] for name in names}


def _sentence(event: Event, *, before: str) -> str:
    told = event.data
    match event.verb:
        case "vote.cast":
            return _vote(told)
        case "change.check_reported":
            return f"reported {told.get('name')}: {'passed' if told.get('passed') else 'failed'}"
        case "change.closed":
            return f"closed it as {spoken('outcome', told.get('outcome')).lower()}"
        case "change.revised" if told.get("diff"):
            return f"edited the plan, which took it back to planning{_lapsed(told)}"
        case "change.revised":
            return f"took it back to planning{_lapsed(told)}"
        case "change.submitted" if not told.get("requirements"):
            return "submitted it"
        case "change.approved" if told.get("takes_back"):
            return f"scheduled it: its way back was agreed with {told['takes_back']}"
        case "change.approved" if before == "change.submitted":
            return "scheduled it: its template was approved beforehand"
        case "incident.linked":
            return f"said that it {LINKED.get(str(told.get('relation')))} {told.get('incident')}"
        case "deployment.step":
            return f"took the canary to {told.get('percent')} %"
        case "check.begun":
            return f"ran {told.get('name')} again"
        case verb if verb.startswith("task."):
            return f"{SENTENCES.get(verb, verb)} {told.get('task')} “{told.get('task_title')}”"
    return SENTENCES.get(event.verb) or event.verb.replace(".", " ").replace("_", " ")


def _vote(told: Mapping[str, Any]) -> str:
    spoken_for = [held(one) for one in told.get("authorities") or ()]
    standing = f" as {' and '.join(spoken_for)}" if spoken_for else ""
    spoken = f" for {told['on_behalf_of']}" if told.get("on_behalf_of") else ""
    how = CONFIRMED.get(str(told.get("authenticated_by")), "")
    return f"{VOTED.get(str(told.get('decision')), 'voted')}{spoken}{standing}{how}"


def _lapsed(told: Mapping[str, Any]) -> str:
    votes = len(told.get("votes_lapsed") or ())
    return f"; {votes} vote{'s' if votes > 1 else ''} lapsed" if votes else ""


def _tone(event: Event) -> str:
    if event.verb == "vote.cast":
        return VOTE_TONES.get(str(event.data.get("decision")), "plain")
    if event.verb == "incident.linked":
        return "stop" if event.data.get("relation") == "caused" else "plain"
    if event.verb == "change.check_reported":
        return "go" if event.data.get("passed") else "stop"
    return TONES.get(event.verb, "plain")


def _short(name: str, before: Any, after: Any) -> FieldChange:
    return FieldChange(
        label_of(name), spoken(name, before), spoken(name, after), instant=name in INSTANTS
    )
