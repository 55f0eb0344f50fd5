"""Rules about standard templates: who proposes, approves, publishes, suspends and reinstates. Pure.

# Note [A template is approved by somebody else]
A template stands for approvals given beforehand, so nobody gives it to their own words: who
proposed a version neither approves nor reinstates it. Where the only one who could approve is the
proposer, the proposal is refused at once, for it could only lie there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from changes.policies.reasons import either, listed
from changes.states import TEMPLATE_EDITS, TEMPLATE_MOVES, TemplateState
from ledger.decision import Decision, Reason, in_order

VERBS = tuple(TEMPLATE_MOVES)
NEXT = {
    TemplateState.DRAFT: "Propose it first.",
    TemplateState.PROPOSED: "Decide on the proposal first.",
    TemplateState.APPROVED: "Publish it first.",
    TemplateState.PUBLISHED: "Suspend it first.",
    TemplateState.SUSPENDED: "Reinstate it first.",
    TemplateState.RETIRED: "Propose a new template.",
}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who says something of a template; `approves` whether their group approves templates."""

    username: str
    is_active: bool = True
    is_robot: bool = False
    is_auditor: bool = False
    is_manager: bool = False
    approves: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A template as the rules look at it; `state` is draft before it is there.

    `proposed_by` proposed what is open, or "" where nothing is; `words_by` proposed the version in
    force. `approvers` are the active people who approve templates, `approved_by` names their
    groups, `others` those who would if the rule of the catalogue asked the other group too.
    """

    slug: str
    state: TemplateState = TemplateState.DRAFT
    has_proposal: bool = False
    proposed_by: str = ""
    words_by: str = ""
    approvers: tuple[str, ...] = ()
    approved_by: str = "change managers"
    others: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        return f"template {self.slug}" if self.slug else "template"


Rule = Callable[[str, Case, Asker], Iterator[Reason]]


def by_somebody(verb: str, case: Case, asker: Asker) -> Iterator[Reason]:
    """Auditors change nothing, nor do accounts that are closed."""
    for wrong, message, remedy in (
        (not asker.is_active, f"{asker.username} is no longer active.", "Ask somebody else."),
        (
            asker.is_auditor,
            "Auditors read everything and change nothing.",
            "Ask somebody outside the Auditors group.",
        ),
    ):
        if wrong:
            yield Reason("not_permitted", message, remedy, source="people")


def by_a_manager(verb: str, case: Case, asker: Asker) -> Iterator[Reason]:
    """Change managers keep the catalogue."""
    if not asker.is_manager:
        yield Reason(
            "not_permitted",
            f"Only change managers {verb} templates; {asker.username} is none.",
            "Ask a change manager to do it.",
            source="people",
        )


def by_its_proposer(verb: str, case: Case, asker: Asker) -> Iterator[Reason]:
    """Who proposed it takes it back, or a change manager does."""
    if case.has_proposal and asker.username != case.proposed_by and not asker.is_manager:
        yield Reason(
            "not_permitted",
            f"Only {case.proposed_by} or a change manager withdraws this proposal.",
            f"Ask {case.proposed_by}.",
            source="people",
        )


def by_an_approver(verb: str, case: Case, asker: Asker) -> Iterator[Reason]:
    """The rule of the catalogue names the group."""
    if asker.is_robot or not asker.approves:
        could = _others(case.approvers, asker)
        yield Reason(
            "not_permitted",
            f"Only {case.approved_by} {_words(verb)} templates; {asker.username} is none of them.",
            f"Ask {either(could)}." if could else f"Ask somebody of {case.approved_by}.",
            source="people",
        )


def by_somebody_else(verb: str, case: Case, asker: Asker) -> Iterator[Reason]:
    """See Note [A template is approved by somebody else]."""
    proposer = case.words_by if verb == "reinstate" else case.proposed_by
    if not proposer or asker.username != proposer:
        return
    could = _others(case.approvers, asker)
    what = "the version in force" if verb == "reinstate" else "it"
    yield Reason(
        "self_approval",
        f"{asker.username} proposed {what}, so somebody else {_words(verb)}s {case.slug}.",
        f"Ask {either(could)}." if could else _more(case),
        source="people",
    )


def somebody_else_could_approve(verb: str, case: Case, asker: Asker) -> Iterator[Reason]:
    """See Note [A template is approved by somebody else]."""
    could = _others(case.approvers, asker)
    if could:
        return
    if not case.approvers:
        message = f"Nobody could approve it: there is no active person among {case.approved_by}."
        remedy = _more(case)
    else:
        message = (
            f"{asker.username} is the only one of {case.approved_by}, who approve templates, and "
            "nobody approves what they proposed."
        )
        remedy = (
            f"Let somebody else propose it, so that {asker.username} approves it. {_more(case)}"
        )
    yield Reason("unsatisfiable", message, remedy, source="standard catalogue")


def in_its_state(verb: str, case: Case, asker: Asker) -> Iterator[Reason]:
    """The table of moves says from where a verb leads."""
    edits = case.state in TEMPLATE_EDITS.get(verb, ())
    if verb == "propose" and edits and case.has_proposal:
        yield Reason(
            "wrong_state",
            f"{case.proposed_by} has proposed another version of {case.slug} already.",
            "Decide on that one first, or let it be withdrawn.",
            source=case.source,
        )
    elif edits and verb != "propose" and not case.has_proposal:
        yield Reason(
            "wrong_state",
            f"No other version of {case.slug} is proposed.",
            "Propose one first.",
            source=case.source,
        )
    elif not edits and case.state not in TEMPLATE_MOVES[verb][0]:
        yield Reason(
            "wrong_state",
            f"The template {case.slug} is {case.state}.",
            NEXT[case.state],
            source=case.source,
        )


RULES: dict[str, tuple[Rule, ...]] = {
    "propose": (by_somebody, in_its_state, somebody_else_could_approve),
    "withdraw": (by_somebody, by_its_proposer, in_its_state),
    "send_back": (by_somebody, by_an_approver, in_its_state),
    "approve": (by_somebody, by_an_approver, by_somebody_else, in_its_state),
    "publish": (by_somebody, by_a_manager, in_its_state),
    "suspend": (by_somebody, by_a_manager, in_its_state),
    "reinstate": (by_somebody, by_an_approver, by_somebody_else, in_its_state),
    "retire": (by_somebody, by_a_manager, in_its_state),
}


def may(verb: str, case: Case, asker: Asker) -> Decision:
    """Whether `verb` may be said of a template, with every objection there is."""
    reasons = [reason for rule in RULES[verb] for reason in rule(verb, case, asker)]
    return Decision(verb, in_order(reasons))


def _others(names: tuple[str, ...], asker: Asker) -> list[str]:
    return [name for name in names if name != asker.username]


def _words(verb: str) -> str:
    return {"send_back": "send back", "approve": "approve", "reinstate": "reinstate"}[verb]


def _more(case: Case) -> str:
    """How somebody else could come to approve."""
    add = f"Make another person one of {case.approved_by}"
    if case.others:
        return f"{add}, or let {listed(case.others)} approve too (rule of the standard catalogue)."
    return f"{add}."
