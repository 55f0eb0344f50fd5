"""Proposing a template, or another version of one, with past changes as evidence."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from catalog.models import Service, User
from changes.lifecycle.fields import demand_text
from changes.lifecycle.suspending import record
from changes.models import Change, Template, TemplateVersion
from changes.models.template import WORDS
from changes.queries import templates as found
from changes.standards.deciding import demand
from changes.states import Kind, State
from ledger import rows
from ledger.keeping import differences

EVIDENCE_AT_MOST = 50
MOST_LETTERS = 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What is proposed: `words` by their names in `WORDS`, those left out as they are.

    `services` None leaves them as they are, and none means every service; `evidence` are refs of
    closed changes.
    """

    slug: str
    why: str
    words: Mapping[str, Any]
    services: Collection[Service] | None = None
    evidence: tuple[str, ...] = ()


@transaction.atomic
def propose(asked: Asked, *, actor: User, now: datetime) -> TemplateVersion:
    """Ask for the approval of a new template, of a draft, or of other words for one in use.

    What is in use stays as it is until the proposal is approved. Raises `unsatisfiable` where
    nobody but the proposer could approve it.
    """
    row = Template.objects.select_for_update().filter(slug=asked.slug).first()
    demand("propose", row, actor=actor, slug=asked.slug)
    drafted = row is None or row.state == Template.State.DRAFT
    filled, services, diff = _filled(row, asked)
    _check(asked, filled, is_first=drafted)
    if row is None or row.state == Template.State.DRAFT:
        filled.state = Template.State.PROPOSED
        _insert_or_update(filled)
        filled.services.set(services)
        target = filled
    elif diff:
        target = row
    else:
        sentence = f"Version {row.version} of {row.slug} says so already."
        raise ValidationError({"why": sentence})
    proposal = TemplateVersion.objects.create(
        template=target,
        says={**_says(filled), "services": sorted(one.slug for one in services)},
        why=asked.why.strip(),
        evidence=_refs(asked),
        proposed_at=now,
        proposed_by=actor,
    )
    says = {
        "why": proposal.why,
        "evidence": proposal.evidence,
        **({"diff": diff} if row is not None else {}),
        **rows.told({proposal.ref: proposal}),
    }
    record(target, "proposed", actor=actor, now=now, says=says, about=proposal.evidence)
    return proposal


def _filled(
    row: Template | None, asked: Asked
) -> tuple[Template, list[Service], dict[str, list[Any]]]:
    """The template with the proposed words, unsaved; its services; and what differs."""
    before = Template.objects.get(pk=row.pk) if row is not None else None
    target = Template.objects.get(pk=row.pk) if row is not None else Template(slug=asked.slug)
    unknown = sorted(set(asked.words) - set(WORDS))
    if unknown:
        raise ValidationError(dict.fromkeys(unknown, "A template has no such field."))
    for name, value in asked.words.items():
        setattr(target, name, value)
    was = list(before.services.order_by("slug")) if before else []
    services = was if asked.services is None else list(asked.services)
    diff = differences(before, target, names=WORDS)
    slugs = [sorted(one.slug for one in some) for some in (was, services)]
    if slugs[0] != slugs[1]:
        diff["services"] = slugs
    return target, services, diff


def _check(asked: Asked, target: Template, *, is_first: bool) -> None:
    """Raise `ValidationError` with every wrong field."""
    wrong: dict[str, Any] = {}
    for problem in (
        lambda: demand_text("why", asked.why, "Say why it may be done without asking each time."),
        lambda: _check_words(target),
        lambda: _check_evidence(asked, is_first=is_first),
    ):
        try:
            problem()
        except ValidationError as found_wrong:
            wrong |= found_wrong.message_dict
    if wrong:
        raise ValidationError(wrong)


def _check_words(target: Template) -> None:
    target.full_clean(exclude=["state"], validate_constraints=False)
    long = [name for name in WORDS if len(str(getattr(target, name))) > MOST_LETTERS]
    if long:
        sentence = f"Say it in at most {MOST_LETTERS:,} characters."
        raise ValidationError(dict.fromkeys(long, sentence))


def _check_evidence(asked: Asked, *, is_first: bool) -> None:
    """A template is earned: closed normal changes show how often it went well."""
    refs = _refs(asked)
    if not refs and is_first:
        sentence = "Name at least one closed normal change that was done this way."
        raise ValidationError({"evidence": sentence})
    if len(refs) > EVIDENCE_AT_MOST:
        raise ValidationError({"evidence": f"Name at most {EVIDENCE_AT_MOST} changes."})
    changes = {ref: found.known(ref) for ref in refs}
    sentences = [sentence for ref in refs if (sentence := _no_evidence(ref, changes[ref]))]
    if sentences:
        raise ValidationError({"evidence": sentences})
    normal = [one for one in changes.values() if one is not None and one.kind == Kind.NORMAL]
    if is_first and not normal:
        sentence = "One of them at least must be a normal change: standard ones prove nothing new."
        raise ValidationError({"evidence": sentence})


def _no_evidence(ref: str, change: Change | None) -> str:
    if change is None:
        return f"There is no change {ref[:40]}."
    if change.state != State.CLOSED:
        return f"{ref} is {change.get_state_display().lower()}: only closed changes are evidence."
    return f"{ref} is an emergency change, no evidence." if change.kind == Kind.EMERGENCY else ""


def _refs(asked: Asked) -> list[str]:
    return list(dict.fromkeys(ref.strip().upper() for ref in asked.evidence if ref.strip()))


def _says(target: Template) -> dict[str, Any]:
    return {name: getattr(target, name) for name in WORDS}


def _insert_or_update(target: Template) -> None:
    """Save; a slug that was taken meanwhile is a wrong field like one that was taken before."""
    try:
        with transaction.atomic():
            target.save()
    except IntegrityError as problem:
        if "slug" not in str(problem):
            raise
        raise ValidationError({"slug": "Another template has this name."}) from problem
