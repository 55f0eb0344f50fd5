"""Facts from the rows of `facts_sql`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import orjson

from catalog.models import User
from changes.policies import facts as f
from changes.policies import tasks as work
from changes.policies import work_facts as w
from changes.policies.template_facts import TemplateFacts
from changes.queries import canary_sql, facts_people, held_sql, holding, owed, policies
from changes.queries.override_rows import lifts, override_facts
from changes.states import Kind, Outcome, State, TaskKind, TaskState
from changes.windows import (
    Effect,
    InFlight,
    Interval,
    Level,
    Listed,
    Recurrence,
    Timeline,
    Window,
    lift,
)

FILLED = ("description", "implementation_plan", "test_plan", "rollback_plan", "monitoring_plan")
SURELY = 7  # how many of a row's parts every change has: itself, votes, what is amiss, the rules
LIVE = SURELY + 8  # and with what only some have: template, incident, override, and what is held
SETTLED = 5  # and how many after these tell what seldom changes
APART, AT_MOST = 9, 10  # of a place: what takes one change at a time, how many may run
NOTHING = [None] * (LIVE - SURELY)


def facts(live: list[Any], settled: list[Any], *, actor: User) -> f.Facts:
    """From the parts of `facts_sql`, in their order."""
    change, needs, votes, checks, overdue, budget, edition = live[:SURELY]
    template, incident, opened, *held = live[SURELY:]
    place, windows, groups, role, incidents = settled
    _, service, tier, service_is_active, team, zone, _, environment, is_open, apart, at_most = place
    answered = _incident(incident) if incident else None
    overrides = override_facts(opened, service=service, environment=environment) if opened else ()
    known = _of_change(change) if change else _NO_CHANGE
    asked = tuple(_need(*one) for one in needs or ())
    return f.Facts(
        **known,
        service=service,
        tier=tier,
        service_is_active=service_is_active,
        team=team,
        zone=zone,
        environment=environment,
        environment_is_open=is_open,
        template=_template(template) if template else None,
        incident=answered,
        rollback=_rollback(incident[5]) if incident and incident[5] else None,
        needs=asked,
        votes=tuple(
            f.VoteCast(name, decision, _set(*authorities), digest, other or "")
            for _, name, decision, authorities, digest, _, other in votes or ()
        ),
        excluded_voters=facts_people.excluded(change, votes or ()),
        checks=tuple(f.CheckFacts(name, passed) for name, passed in checks or ()),
        windows=lift(windows, lifts(overrides)) if overrides else windows,
        overrides=overrides,
        open_incidents=holding.told(incidents),
        overdue_reviews=owed.told(overdue),
        error_budget=_budget(budget) if budget else None,
        one_at_a_time=apart,
        **held_sql.values(held, at_most=at_most),
        actor=facts_people.actor_facts(
            actor, change, votes or (), groups=groups, role=role, incident=answered, needs=asked
        ),
        custom_rules=policies.in_force(edition),
    )


def settled(row: list[Any]) -> list[Any]:
    """The part of a row that seldom changes, its windows read."""
    place, windows, *others = row[LIVE : LIVE + SETTLED]
    return [place, _timeline(orjson.dumps(windows or []), place[5]), *others]


@lru_cache(maxsize=512)
def _timeline(windows: bytes, zone: str) -> Timeline:
    """The windows read; the same ones come again and again, and know their times by then."""
    return Timeline(_window(one, zone=zone) for one in orjson.loads(windows))


@lru_cache(maxsize=4096)
def _set(*names: str) -> frozenset[str]:
    """The names as a set: few sets come again and again, and are remembered with many facts."""
    return frozenset(names)


_at = datetime.fromisoformat
_NO_CHANGE: dict[str, Any] = {"ref": "", "kind": Kind.NORMAL, "state": State.PLANNING}


def _of_change(change: list[Any]) -> dict[str, Any]:
    (number, kind, state, category, risk, starts, ends, digest, revision, artifact, outcome,
        held_at, hold_reason, rolled_back_at, broke_glass_at, retroactive_at, reviewed_at,
        required, started_at, filled, _, service, environment, held_by,
        score, rollout, proof, evidence, author_teams, steps, unauthorised) = change  # fmt: skip
    return {
        "ref": f"CHG-{number}",
        "kind": Kind(kind),
        "state": State(state),
        "category": category,
        "risk_level": risk,
        "risk_score": score,
        "rollout": rollout,
        "rollback_proof": proof,
        "has_test_evidence": evidence,
        "author_teams": _set(*author_teams),
        "canary": canary_sql.canary(steps, state=state),
        "planned": Interval(_at(starts), _at(ends)) if starts and ends else None,
        "plan_digest": digest,
        "revision": revision,
        "artifact": artifact,
        "outcome": Outcome(outcome) if outcome else None,
        "hold": f.HoldFacts(held_by or "", _at(held_at), hold_reason) if held_at else None,
        "rolled_back": rolled_back_at is not None,
        "broke_glass_at": _at(broke_glass_at) if broke_glass_at else None,
        "retroactively_approved": retroactive_at is not None,
        "review_done": reviewed_at is not None,
        "unauthorised": unauthorised,
        "required_checks": tuple(required),
        "change_service": service,
        "change_environment": environment,
        "started_at": _at(started_at) if started_at else None,
        "filled": _set(*(name for name, there in zip(FILLED, filled, strict=True) if there)),
    }


def _need(
    authority: str,
    count: int,
    rule: str,
    stage: int,
    group: str,
    people: list[str],
    percent: int | None,
    following: str | None,
    next_group: str,
) -> f.Need:
    also = None
    if following:
        also = f.Need(f.Authority(following), count, rule, stage, next_group)
    return f.Need(f.Authority(authority), count, rule, stage, group, _set(*people), percent, also)


def with_tasks(facts: f.Facts, tasks: list[list[Any]] | None) -> f.Facts:
    """The facts with the tasks of the change; whoever is to implement some of it implements it."""
    if not tasks:
        return facts
    known = replace(facts, tasks=tuple(_task(row) for row in tasks))
    mine = facts.actor.is_implementer or facts.actor.username in work.implementers(known)
    return replace(known, actor=replace(facts.actor, is_implementer=mine))


def with_checks(facts: f.Facts, rules: Sequence[list[Any]], runs: Sequence[list[Any]]) -> f.Facts:
    """The facts with the checks that rules ask for, required beside those of the change itself."""
    if not rules and not runs:
        return facts
    asked = tuple(
        w.CheckRuleFacts(key, name, ours, timedelta(seconds=float(soak)))
        for key, name, ours, soak in rules
    )
    names = dict.fromkeys((*facts.required_checks, *(rule.name for rule in asked)))
    return replace(
        facts,
        required_checks=tuple(names),
        check_rules=asked,
        check_runs=tuple(
            w.CheckRunFacts(name, timedelta(seconds=float(soak)), _at(since) if since else None)
            for name, soak, since in runs
        ),
    )


def _task(row: list[Any]) -> w.TaskFacts:
    number, kind, title, state, description, assignee, starts, ends, reason, by, at = row
    return w.TaskFacts(
        number,
        TaskKind(kind),
        title,
        TaskState(state),
        description=description,
        assignee=assignee or "",
        planned=Interval(_at(starts), _at(ends)) if starts else None,
        reason=reason,
        by=by or "",
        at=_at(at) if at else None,
    )


def _template(row: list[Any]) -> TemplateFacts:
    slug, state, services, differs, version, begun_with, good_from, suspended_at, why = row
    return TemplateFacts(
        slug,
        state,
        frozenset(services),
        tuple(differs),
        version=version,
        begun_with=begun_with,
        good_from=good_from,
        suspended_at=_at(suspended_at) if suspended_at else None,
        suspension=why,
    )


def _incident(row: list[Any]) -> f.IncidentFacts:
    number, severity, is_open, declared_at, commander, _ = row
    return f.IncidentFacts(f"INC-{number}", severity, is_open, _at(declared_at), commander or "")


def _rollback(row: list[Any]) -> f.RollbackFacts:
    cause, confirmed, as_written, has_implementer = row
    return f.RollbackFacts(f"CHG-{cause}", confirmed, as_written, has_implementer)


def _budget(row: list[Any]) -> f.BudgetFacts:
    name, remaining, measured_at = row
    return f.BudgetFacts(name, float(remaining), _at(measured_at))


def _window(row: list[Any], *, zone: str) -> Window:
    number, name, effect, level, own_zone, reason, in_flight, starts, ends, *times = row
    once = Interval(_at(starts), _at(ends)) if starts else None
    recurs = None
    rule, first, start, seconds, named = times
    if rule:
        recurs = Recurrence(
            rule, date.fromisoformat(first), time.fromisoformat(start), timedelta(seconds=seconds)
        )
    return Window(
        name,
        Effect(effect),
        Level(level),
        own_zone or zone,
        reason,
        once,
        recurs,
        listed=tuple(Listed(Interval(_at(a), _at(b)), said) for a, b, said in named or ()),
        in_flight=InFlight(in_flight),
        ref=f"WIN-{number}",
    )
