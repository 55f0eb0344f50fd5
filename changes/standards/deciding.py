"""Asking the rules of templates on behalf of a person."""

from catalog.models import User
from changes.models import Template
from changes.policies import templates as rules
from changes.queries import templates as found
from changes.queries.rows import template_ref
from ledger.decision import Decision, Refused


def may(verb: str, row: Template | None, *, actor: User, slug: str = "") -> Decision:
    """Whether somebody may say `verb` of a template; `row` is None before it is there."""
    return rules.may(verb, found.case_of(row, slug=slug), found.asker(actor))


def demand(verb: str, row: Template | None, *, actor: User, slug: str = "") -> None:
    """Raise `Refused` where they may not."""
    decision = may(verb, row, actor=actor, slug=slug)
    if not decision.allowed:
        raise Refused(decision, ref=template_ref(row) if row is not None and row.pk else "")


def decisions(row: Template, *, actor: User) -> dict[str, Decision]:
    """What may be said of a template now, and why not."""
    case, asker = found.case_of(row), found.asker(actor)
    return {verb: rules.may(verb, case, asker) for verb in rules.VERBS}
