"""Rules about the plan: what must be written before others are asked, and what a kind demands."""

from collections.abc import Iterator
from datetime import datetime

from changes.policies.facts import Facts
from changes.policies.reasons import listed, moment
from changes.policies.template_facts import TemplateFacts
from changes.states import Kind, State
from ledger.decision import Reason

WORDS = {
    "implementation_plan": "implementation plan",
    "test_plan": "test plan",
    "description": "description",
}


def plan_is_complete(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Implementation, test plan, description and the planned period are there."""
    missing = [word for name, word in WORDS.items() if name not in facts.filled]
    if facts.planned is None:
        missing.append("planned start and end")
    if missing:
        yield Reason(
            "plan_incomplete",
            f"The plan lacks its {listed(missing)}.",
            f"Edit {facts.ref or 'the change'} and fill in {listed(missing)}.",
            source="plan",
        )


def rollback_plan_is_there(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Nobody starts what they cannot take back."""
    if "rollback_plan" not in facts.filled:
        yield Reason(
            "no_rollback_plan",
            "There is no rollback plan.",
            f"Edit {facts.ref or 'the change'} and write down how to get back to where you were.",
            source="plan",
        )


def monitoring_plan_is_there(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Normal and emergency changes say what will be watched."""
    if facts.kind is not Kind.STANDARD and "monitoring_plan" not in facts.filled:
        yield Reason(
            "no_monitoring_plan",
            "There is no monitoring plan.",
            f"Edit {facts.ref or 'the change'} and write down what to watch, and for how long.",
            source="plan",
        )


def planned_period_lies_ahead(facts: Facts, now: datetime) -> Iterator[Reason]:
    """A plan whose period is over cannot be carried out."""
    if facts.planned is not None and facts.planned.ends_at <= now:
        yield Reason(
            "outside_planned_period",
            f"The planned period ended {moment(facts.planned.ends_at, facts.zone, now=now)}.",
            f"Edit {facts.ref or 'the change'} and plan a period that lies ahead.",
            source="planned period",
        )


def service_takes_changes(facts: Facts, now: datetime) -> Iterator[Reason]:
    """A retired service is not changed."""
    if not facts.service_is_active:
        yield Reason(
            "plan_incomplete",
            f"The service {facts.service} is no longer active.",
            "Choose another service, or ask an administrator to activate it.",
            source="catalog",
        )


def template_is_published(facts: Facts, now: datetime) -> Iterator[Reason]:
    """A standard change rests on a published template that covers its service.

    # Note [In flight on its version]
    Once submitted, a change finishes on the version it began with: a later version, or the end of
    the template, asks nothing of it. A suspension stops it, and so does a version that was approved
    in place of one that was suspended.
    """
    if facts.kind is not Kind.STANDARD:
        return
    template = facts.template
    submitted = facts.state is not State.PLANNING
    standing = STANDING if submitted else STANDING - {"retired"}
    if template is None or template.state not in standing:
        named = f"The template {template.slug} is {template.state}" if template else "It names none"
        yield Reason(
            "template_not_published",
            f"A standard change needs a published template. {named}.",
            "Choose a published template, or file the change as normal.",
            source="template",
        )
    elif template.state == "suspended":
        yield _suspended(template, zone=facts.zone, now=now)
    elif submitted and template.begun_with < template.good_from:
        yield Reason(
            "template_not_published",
            f"Version {template.begun_with} of the template {template.slug} was suspended, and "
            f"version {template.version} approved in its place.",
            f"Take {facts.ref} back to planning and edit it: it takes over what is approved now.",
            source=f"template {template.slug}",
        )
    elif not submitted:
        yield from _fits_what_is_published(template, facts)


STANDING = frozenset({"published", "suspended", "retired"})


def _suspended(template: TemplateFacts, *, zone: str, now: datetime) -> Reason:
    since = (
        f" since {moment(template.suspended_at, zone, now=now)}" if template.suspended_at else ""
    )
    why = f": {template.suspension.rstrip('.')}" if template.suspension else ""
    return Reason(
        "template_suspended",
        f"The template {template.slug} is suspended{since}{why}.",
        "File the change as normal until the template is reinstated.",
        source=f"template {template.slug}",
    )


def _fits_what_is_published(template: TemplateFacts, facts: Facts) -> Iterator[Reason]:
    if template.services and facts.service not in template.services:
        yield Reason(
            "template_not_published",
            f"The template {template.slug} is not published for {facts.service}.",
            f"Choose a template for {facts.service}, or file the change as normal.",
            source=f"template {template.slug}",
        )
    elif template.differs:
        words = listed(name.replace("_", " ") for name in template.differs)
        yield Reason(
            "template_not_published",
            f"The template {template.slug} was published with another {words}.",
            "Take over what the template says now, or file the change as normal.",
            source=f"template {template.slug}",
        )


def incident_is_open(facts: Facts, now: datetime) -> Iterator[Reason]:
    """An emergency change answers an incident that is open."""
    if facts.kind is not Kind.EMERGENCY:
        return
    if facts.incident is None or not facts.incident.is_open:
        named = f"{facts.incident.ref} is over" if facts.incident else "It names none"
        yield Reason(
            "incident_required",
            f"An emergency change answers an open incident. {named}.",
            "Name the open incident it answers, or file the change as normal.",
            source="incident",
        )
