"""What a plan would mean, from values that are not saved: risk, who must agree, what it meets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from catalog.models import User
from changes import policies, risk
from changes.models import Change, Template
from changes.policies import Facts
from changes.policies.conflicts import Met
from changes.policies.custom.rule import CODE
from changes.policies.facts import IncidentFacts, Need
from changes.policies.standing_facts import Away
from changes.policies.template_facts import TemplateFacts
from changes.queries import conflicts, risks
from changes.queries import facts as gathered
from changes.queries.agreement import with_needs
from changes.queries.lowering import Lower, locked_by, lower
from changes.risk import Risk
from changes.states import Kind, State
from changes.windows import Interval, plannable
from incidents.models import Incident
from ledger.decision import Reason, in_order

PLANS = ("description", "implementation_plan", "test_plan", "rollback_plan", "monitoring_plan")
AGREEMENT = frozenset({"no_policy", "unsatisfiable"})
CALENDAR = frozenset({"freeze_active", "outside_maintenance_window", "outside_planned_period"})
_UNWRITTEN = frozenset({"plan_incomplete", "no_rollback_plan", "no_monitoring_plan"})
_GATE_TIMES = frozenset({"freeze_active", "outside_maintenance_window"})


@dataclass(frozen=True, slots=True)
class Advice:
    """What submitting this plan would run into; `risk` is None until a place is named.

    `missing` are names of fields still to be filled, `candidates` usernames who could fill a need,
    by authority, and `away` those on leave. `at_start` is what the gate would object to at the
    planned start, and `opens_at` the first instant from then on at which the calendar lets through.
    """

    risk: Risk | None
    missing: tuple[str, ...]
    needs: tuple[Need, ...] = ()
    candidates: Mapping[str, frozenset[str]] | None = None
    agreement: tuple[Reason, ...] = ()
    away: tuple[Away, ...] = ()
    objections: tuple[Reason, ...] = ()
    at_start: tuple[Reason, ...] = ()
    warnings: tuple[Reason, ...] = ()
    opens_at: datetime | None = None
    standard: bool = False
    conflicts: tuple[Met, ...] = ()
    lower: tuple[Lower, ...] = ()
    service: str = ""
    environment: str = ""


def advice(
    values: Mapping[str, Any], *, actor: User, now: datetime, before: Change | None = None
) -> Advice:
    """The advice on `values`, as they would be given to the lifecycle; wrong ones are left out.

    Writes nothing. Five statements, and one for each authority that is asked; one more where
    something would lower its risk.
    """
    service, environment = values.get("service"), values.get("environment")
    named = tuple(name for name in ("title", "service", "environment") if not values.get(name))
    if service is None or environment is None:
        return Advice(None, (*named, *_unfilled(values)))
    draft = _draft(values, before=before)
    circumstances = risks.circumstances(draft)
    weighed = risk.assess(circumstances)
    facts = _facts(draft, weighed=weighed, actor=actor, now=now, before=before)
    asked = with_needs(facts, involved=_involved(draft, actor=actor, before=before), now=now)
    submit = policies.may("submit", asked, now=now)
    others = [r for r in submit.reasons if r.code not in _UNWRITTEN or r.source == "catalog"]
    at_start, opens_at = _at_start(asked)
    return Advice(
        risk=weighed,
        missing=(*named, *_unfilled(values)),
        needs=asked.needs,
        candidates=asked.candidates,
        away=asked.away,
        agreement=tuple(r for r in others if r.code in AGREEMENT),
        objections=tuple(r for r in others if r.code not in AGREEMENT),
        at_start=at_start,
        warnings=() if at_start else submit.warnings,
        opens_at=opens_at,
        standard=asked.kind is Kind.STANDARD,
        service=draft.service.slug,
        environment=draft.environment.slug,
        lower=lower(circumstances, asked, now=now, locked=locked_by(draft.template)),
        conflicts=_conflicts(draft, values, asked.planned, actor=actor, before=before),
    )


def _draft(values: Mapping[str, Any], *, before: Change | None) -> Change:
    """A change that is never saved."""
    known = {field.name for field in Change._meta.concrete_fields} - {"id"}
    return Change(
        id=before.pk if before else None,
        **{name: value for name, value in values.items() if name in known},
    )


def _conflicts(
    draft: Change,
    values: Mapping[str, Any],
    planned: Interval | None,
    *,
    actor: User,
    before: Change | None,
) -> tuple[Met, ...]:
    """The changes that would meet it, if the period is one that could be saved."""
    if planned is None:
        return ()
    plan = conflicts.Plan(
        service=draft.service_id,
        environment=draft.environment_id,
        planned=planned,
        kind=draft.kind,
        change=before.pk if before else 0,
        implementer=draft.implementer_id or (None if before else actor.pk),
        also=tuple(one.pk for one in values.get("also_affects") or ()),
    )
    return tuple(conflicts.of_plan(plan))


def _unfilled(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The plan's fields that submitting demands, in the order they are asked for."""
    demanded = ["description", "implementation_plan", "test_plan", "rollback_plan"]
    if values.get("kind") != Kind.STANDARD:
        demanded.append("monitoring_plan")
    empty = [name for name in demanded if not values.get(name)]
    return (*empty, *(n for n in ("planned_start_at", "planned_end_at") if not values.get(n)))


def _facts(
    draft: Change, *, weighed: Risk, actor: User, now: datetime, before: Change | None
) -> Facts:
    """The facts as they would be after saving, seen by somebody who may submit it."""
    place = gathered.of_place(
        service=draft.service.slug,
        environment=draft.environment.slug,
        kind=draft.kind,
        category=draft.category,
        risk=str(weighed.level),
        actor=actor,
        now=now,
    )
    return replace(
        place,
        ref=before.ref if before else "",
        kind=Kind(draft.kind),
        state=State.PLANNING,
        category=draft.category,
        risk_level=str(weighed.level),
        risk_score=weighed.score,
        rollout=draft.rollout,
        rollback_proof=draft.rollback_proof,
        has_test_evidence=bool(draft.test_evidence_url),
        revision=draft.revision,
        artifact=draft.artifact,
        required_checks=tuple(draft.required_checks),
        author_teams=_teams_of(before.author if before else actor, place),
        filled=frozenset(name for name in PLANS if getattr(draft, name)),
        planned=_planned(draft, now=now),
        template=_template(draft.template) if draft.template else None,
        incident=_incident(draft.incident) if draft.incident else None,
        actor=replace(place.actor, is_author=True, is_auditor=False),
    )


def _teams_of(author: User, facts: Facts) -> frozenset[str]:
    """Asked for only where a rule looks at them; one statement then."""
    if facts.custom_rules is None or "author_teams" not in facts.custom_rules.fields:
        return frozenset()
    return frozenset(author.memberships.values_list("team__slug", flat=True))


def _planned(draft: Change, *, now: datetime) -> Interval | None:
    """The period, where it is one that could be saved."""
    starts, ends = draft.planned_start_at, draft.planned_end_at
    if starts is None or ends is None or ends <= starts:
        return None
    period = Interval(starts, ends)
    return period if plannable(period, now=now) else None


def _template(template: Template) -> TemplateFacts:
    slugs = template.services.values_list("slug", flat=True)
    return TemplateFacts(
        template.slug,
        template.state,
        frozenset(slugs),
        suspended_at=template.suspended_at,
        suspension=template.suspension,
    )


def _incident(incident: Incident) -> IncidentFacts:
    return IncidentFacts(
        incident.ref,
        incident.severity,
        incident.is_open,
        incident.declared_at,
        incident.commander.username if incident.commander else "",
    )


def _involved(draft: Change, *, actor: User, before: Change | None) -> set[int | None]:
    """Author, last editor and implementer, as they would be after saving."""
    author = before.author_id if before else actor.pk
    return {author, actor.pk, draft.implementer_id or (None if before else actor.pk)}


def _at_start(facts: Facts) -> tuple[tuple[Reason, ...], datetime | None]:
    """What the calendar says at the planned start, and when it opens."""
    if facts.planned is None:
        return (), None
    start = facts.planned.starts_at
    calendar = replace(facts, open_incidents=(), overdue_reviews=())
    reasons = policies.may("explain", calendar, now=start).reasons
    custom = facts.custom_rules.say("deploy", calendar, now=start) if facts.custom_rules else None
    met = in_order(
        (
            *(reason for reason in reasons if reason.code in _GATE_TIMES),
            *(custom.denials if custom else ()),
        )
    )
    if any(reason.code == CODE and reason.until is None for reason in met):
        return met, None
    opens = policies.next_allowed_at("explain", calendar, now=start) if met else None
    ends = [reason.until for reason in met if reason.code == CODE and reason.until is not None]
    return met, max([opens, *ends]) if opens else None
