"""Deciding on a proposal: approved, sent back, or withdrawn."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from catalog.models import Service, User
from changes.lifecycle.fields import demand_text
from changes.lifecycle.suspending import record
from changes.models import Template, TemplateVersion
from changes.models.template import WORDS
from changes.queries import templates as found
from changes.queries.rows import template_ref
from changes.standards.deciding import demand
from changes.states import TEMPLATE_MOVES
from ledger import rows
from ledger.decision import Reason, refuse

Verdict = TemplateVersion.Verdict


@transaction.atomic
def approve(
    *, slug: str, actor: User, now: datetime, comment: str = "", proposal: int | None = None
) -> Template:
    """Agree to the proposed words. Of a template in use they are in force at once.

    `proposal` is the one that was read; another that was proposed since is refused.
    """
    row, proposed = _decided("approve", slug, actor=actor, seen=proposal)
    was = row.version
    if row.state == Template.State.PROPOSED:
        row.state = TEMPLATE_MOVES["approve"][1]
        row.save(update_fields=["state"])
    else:
        _keep_former(row)
        _take_over(row, proposed)
    _decide(proposed, Verdict.APPROVED, number=row.version, comment=comment, actor=actor, now=now)
    says = {"from_version": was, "comment": proposed.comment, "proposed_by": _who(proposed)}
    _record(row, "approved", proposed, says, actor=actor, now=now)
    return row


@transaction.atomic
def send_back(
    *, slug: str, comment: str, actor: User, now: datetime, proposal: int | None = None
) -> Template:
    """Refuse the proposed words, saying why; a first proposal is a draft again."""
    demand_text("comment", comment, "Say what must be different.")
    return _drop("send_back", Verdict.SENT_BACK, slug, comment, proposal, actor=actor, now=now)


@transaction.atomic
def withdraw(*, slug: str, actor: User, now: datetime, comment: str = "") -> Template:
    """Take a proposal back."""
    return _drop("withdraw", Verdict.WITHDRAWN, slug, comment, None, actor=actor, now=now)


def _drop(
    verb: str,
    verdict: TemplateVersion.Verdict,
    slug: str,
    comment: str,
    seen: int | None,
    *,
    actor: User,
    now: datetime,
) -> Template:
    row, proposed = _decided(verb, slug, actor=actor, seen=seen)
    if row.state == Template.State.PROPOSED:
        row.state = TEMPLATE_MOVES[verb][1]
        row.save(update_fields=["state"])
    _decide(proposed, verdict, number=None, comment=comment, actor=actor, now=now)
    says = {"comment": proposed.comment, "proposed_by": _who(proposed)}
    _record(row, str(verdict), proposed, says, actor=actor, now=now)
    return row


def _decided(
    verb: str, slug: str, *, actor: User, seen: int | None
) -> tuple[Template, TemplateVersion]:
    """The template, locked, and its open proposal, once the rules have agreed."""
    row = found.by_slug(slug, lock=True)
    demand(verb, row, actor=actor)
    proposed = found.open_proposal(row)
    if proposed is None:
        raise found.NoSuchTemplate(slug)
    if seen is not None and seen != proposed.pk:
        reason = Reason(
            "edited_meanwhile",
            f"Another version of {slug} was proposed since you read it.",
            "Load it again and read what is proposed now.",
            source="proposal",
        )
        raise refuse(verb, reason, ref=template_ref(row))
    proposed.template = row
    return row, proposed


def _decide(
    proposed: TemplateVersion,
    verdict: TemplateVersion.Verdict,
    *,
    number: int | None,
    comment: str,
    actor: User,
    now: datetime,
) -> None:
    proposed.verdict, proposed.number, proposed.comment = verdict, number, comment.strip()
    proposed.decided_at, proposed.decided_by = now, actor
    proposed.save(update_fields=["verdict", "number", "comment", "decided_at", "decided_by"])


def _keep_former(row: Template) -> None:
    """What was published before versions were kept becomes a version when another follows it."""
    if found.in_force(row) is None:
        TemplateVersion.objects.create(
            template=row,
            number=row.version,
            says=found.words_of(row),
            verdict=Verdict.APPROVED,
            comment="Published before versions were kept.",
        )


def _take_over(row: Template, proposed: TemplateVersion) -> None:
    """The approved words are in force; see Note [In flight on its version]."""
    for name in WORDS:
        setattr(row, name, proposed.says.get(name, getattr(row, name)))
    row.version += 1
    if row.state == Template.State.SUSPENDED:
        row.good_from = row.version
    row.save(update_fields=[*WORDS, "version", "good_from"])
    row.services.set(Service.objects.filter(slug__in=proposed.says["services"]))


def _record(
    row: Template,
    done: str,
    proposed: TemplateVersion,
    says: Mapping[str, Any],
    *,
    actor: User,
    now: datetime,
) -> None:
    kept = row.versions.select_related("template").filter(verdict=Verdict.APPROVED)
    told = {proposed.ref: proposed, **{one.ref: one for one in kept if one.decided_by is None}}
    record(row, done, actor=actor, now=now, says={**says, **rows.told(told)})


def _who(proposed: TemplateVersion) -> str:
    return proposed.proposed_by.username if proposed.proposed_by else ""
