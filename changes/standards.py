"""Standard-change templates: written, published, suspended, retired, and the ledger says by whom.

# Note [A published template is not edited]
A published template stands for an approval given beforehand. Its words stay as they were approved;
whoever wants other words suspends it, edits it and publishes it again, and the ledger shows all
three.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import Service, User
from changes.keeping import by_change_manager, demand_change_manager, differences, told
from changes.models import Template
from changes.models.template import FILLS
from changes.queries.rows import template_digest, template_ref
from ledger import refs, timeline
from ledger.decision import Decision, Reason, Refused

State = Template.State
MOVES: Final[dict[str, tuple[tuple[Template.State, ...], Template.State]]] = {
    "publish": ((State.DRAFT, State.SUSPENDED), State.PUBLISHED),
    "suspend": ((State.PUBLISHED,), State.SUSPENDED),
    "retire": ((State.DRAFT, State.PUBLISHED, State.SUSPENDED), State.RETIRED),
}
PAST: Final = {"publish": "published", "suspend": "suspended", "retire": "retired"}
REMEDIES: Final = {
    State.DRAFT: "Publish it first.",
    State.PUBLISHED: "Suspend it first.",
    State.SUSPENDED: "Publish it again first.",
    State.RETIRED: "Make a new template.",
}
EDITABLE = ("slug", "name", *FILLS, "locked")


class NoSuchTemplate(LookupError):
    """No template has this slug."""


@transaction.atomic
def save(
    template: Template, *, services: Collection[Service], actor: User, now: datetime
) -> Template:
    """Keep a draft or suspended template as it was filled in, and record it with what changed.

    `services` are those it may be used for; none means all. Raises `ValidationError`, and
    `Refused` for a published one; see Note [A published template is not edited].
    """
    before, diff = _checked(template, services=services, actor=actor)
    if before is not None and not diff:
        return template
    template.save()
    template.services.set(services)
    _record(template, "edited" if before else "created", actor, now, told(before, diff))
    return template


@transaction.atomic
def check(template: Template, *, services: Collection[Service], actor: User) -> None:
    """Raise what `save` would raise, and write nothing."""
    _checked(template, services=services, actor=actor)


def may(verb: str, template: Template, *, actor: User) -> Decision:
    """Whether `verb` (publish, suspend, retire) may be said of a template now, and why not."""
    reasons = list(by_change_manager(actor, what="templates"))
    if template.state not in MOVES[verb][0]:
        reasons.append(_wrong_state(template))
    return Decision(verb, tuple(reasons))


def publish(*, slug: str, actor: User, now: datetime) -> Template:
    """Let standard changes be made from it."""
    return _move("publish", slug=slug, actor=actor, now=now, says={})


def suspend(*, slug: str, reason: str, actor: User, now: datetime) -> Template:
    """Stop its changes from starting until it is published again."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why changes made from it must not start."})
    return _move("suspend", slug=slug, actor=actor, now=now, says={"reason": reason.strip()})


def retire(*, slug: str, actor: User, now: datetime) -> Template:
    """End it for good."""
    return _move("retire", slug=slug, actor=actor, now=now, says={})


@transaction.atomic
def _move(verb: str, *, slug: str, actor: User, now: datetime, says: Mapping[str, Any]) -> Template:
    template = _locked(slug=slug)
    ref = template_ref(template)
    decision = may(verb, template, actor=actor)
    if not decision.allowed:
        raise Refused(decision, ref=ref)
    target = MOVES[verb][1]
    source, template.state = template.state, target
    template.save(update_fields=["state"])
    _record(template, PAST[verb], actor, now, {"from": str(source), "to": str(target), **says})
    return template


def _checked(
    template: Template, *, services: Collection[Service], actor: User
) -> tuple[Template | None, dict[str, list[Any]]]:
    """The row as it was, locked, and what would change."""
    ref = template_ref(template) if template.pk else ""
    demand_change_manager("write template", actor=actor, ref=ref, what="templates")
    before = _locked(pk=template.pk) if template.pk else None
    template.state = before.state if before else State.DRAFT
    diff = differences(before, template, names=EDITABLE)
    was = sorted(before.services.values_list("slug", flat=True)) if before else []
    slugs = sorted(service.slug for service in services)
    if was != slugs:
        diff["services"] = [was, slugs]
    if before is not None and not diff:
        return before, diff
    if template.state not in (State.DRAFT, State.SUSPENDED):
        raise Refused(Decision("edit", (_wrong_state(template),)), ref=ref)
    template.full_clean()
    return before, diff


def _locked(**which: Any) -> Template:
    found = Template.objects.select_for_update().filter(**which).first()
    if found is None:
        raise NoSuchTemplate(f"There is no template {' '.join(map(str, which.values()))}.")
    return found


def _wrong_state(template: Template) -> Reason:
    state = State(template.state)
    return Reason(
        "wrong_state",
        f"The template {template.slug} is {state.label.lower()}.",
        REMEDIES[state],
        source=template_ref(template),
    )


def _record(
    template: Template, done: str, actor: User, now: datetime, says: Mapping[str, Any]
) -> None:
    timeline.record(
        subject=template_ref(template),
        verb=f"template.{done}",
        actor=actor.username,
        at=now,
        about=[refs.of_service(service.slug) for service in template.services.all()],
        data={
            "name": template.name,
            "state": str(template.state),
            **says,
            "row_digest": template_digest(Template.objects.get(pk=template.pk)),
        },
    )
