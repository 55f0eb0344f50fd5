"""Writing a draft: what change managers keep before it is proposed."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from catalog.models import Service, User
from changes.lifecycle.suspending import record
from changes.models import Template
from changes.models.template import WORDS
from changes.policies.templates import NEXT
from changes.queries.rows import template_ref
from changes.queries.templates import NoSuchTemplate
from changes.states import TemplateState
from ledger.decision import Reason, refuse
from ledger.keeping import demand_change_manager, differences, told

EDITABLE = ("slug", *WORDS)


@transaction.atomic
def save(
    template: Template, *, services: Collection[Service], actor: User, now: datetime
) -> Template:
    """Keep a draft as it was filled in, and record it with what changed.

    `services` are those it may be used for; none means all. Raises `ValidationError`, and
    `Refused` for any but a draft; see Note [Versions of a template].
    """
    before, diff = _checked(template, services=services, actor=actor)
    if before is not None and not diff:
        return template
    template.save()
    template.services.set(services)
    done = "edited" if before else "created"
    record(template, done, actor=actor, now=now, says=told(before, diff))
    return template


@transaction.atomic
def check(template: Template, *, services: Collection[Service], actor: User) -> None:
    """Raise what `save` would raise, and write nothing."""
    _checked(template, services=services, actor=actor)


def _checked(
    template: Template, *, services: Collection[Service], actor: User
) -> tuple[Template | None, dict[str, list[Any]]]:
    """The row as it was, locked, and what would change."""
    ref = template_ref(template) if template.pk else ""
    demand_change_manager("write template", actor=actor, ref=ref, what="templates")
    before = _locked(template) if template.pk else None
    template.state = before.state if before else Template.State.DRAFT
    diff = differences(before, template, names=EDITABLE)
    was = sorted(before.services.values_list("slug", flat=True)) if before else []
    slugs = sorted(service.slug for service in services)
    if was != slugs:
        diff["services"] = [was, slugs]
    if before is not None and not diff:
        return before, diff
    if template.state != Template.State.DRAFT:
        raise refuse("edit", not_a_draft(template), ref=ref)
    template.full_clean()
    return before, diff


def _locked(template: Template) -> Template:
    found = Template.objects.select_for_update().filter(pk=template.pk).first()
    if found is None:
        raise NoSuchTemplate(template.slug)
    return found


def not_a_draft(template: Template) -> Reason:
    """Why its words are not written directly."""
    state = TemplateState(template.state)
    edited = state in (TemplateState.PUBLISHED, TemplateState.SUSPENDED)
    return Reason(
        "wrong_state",
        f"The template {template.slug} is {state}.",
        "Propose another version." if edited else NEXT[state],
        source=template_ref(template),
    )
