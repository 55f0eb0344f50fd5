"""Facts for the rules, gathered in one statement."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from catalog import statements
from catalog.models import User
from catalog.roles import AUDITORS, CAB, CHANGE_MANAGERS, ON_CALL
from changes.policies import facts as f
from changes.policies.approvals import RETROACTIVE_WITHIN
from changes.queries import facts_sql
from changes.states import Kind, Outcome, State
from changes.windows import Effect, InFlight, Interval, Level, Recurrence, Window
from ledger.keys import SealedKey

FILLED = ("description", "implementation_plan", "test_plan", "rollback_plan", "monitoring_plan")


class NoSuchPlace(LookupError):
    """The catalogue knows no such service or environment."""

    def __init__(self, *, service: str, environment: str) -> None:
        self.service, self.environment = service, environment
        super().__init__(f"There is no service {service} or no environment {environment}.")


def of_change(*, change_id: int, actor: User, now: datetime) -> f.Facts:
    """The facts about a change, seen by `actor`. Raises LookupError when there is none."""
    row = _one(facts_sql.OF_CHANGE, actor=actor, now=now, change=change_id, kind=Kind.NORMAL)
    if row is None:
        raise LookupError(f"There is no change CHG-{change_id}.")
    return _facts(row, actor=actor)


def at_gate(
    *,
    service: str,
    environment: str,
    change: int | None,
    revision: str,
    actor: User,
    now: datetime,
    key_purpose: str,
) -> tuple[f.Facts, SealedKey | None]:
    """The facts for a pipeline's question, with the key in use for a purpose, if there is one.

    `ref` is "" when no change fits. Raises `NoSuchPlace`.
    """
    row = _one(
        facts_sql.OF_REVISION if change is None else facts_sql.OF_CHANGE_AT_GATE,
        actor=actor,
        now=now,
        service=service,
        environment=environment,
        change=change,
        revision=revision,
        kind=Kind.NORMAL,
        key_purpose=key_purpose,
    )
    if row is None:
        raise NoSuchPlace(service=service, environment=environment)
    *facts, key = row
    return _facts(facts, actor=actor), key


def of_place(
    *,
    service: str,
    environment: str,
    kind: str,
    actor: User,
    now: datetime,
    category: str = "",
    risk: str = "low",
) -> f.Facts:
    """What holds on a service in an environment, with no saved change in mind.

    `kind`, `category` and `risk` are those of a change yet to be written: windows look at them.
    Raises `NoSuchPlace`.
    """
    row = _one(
        facts_sql.OF_PLACE,
        actor=actor,
        now=now,
        service=service,
        environment=environment,
        kind=kind,
        category=category,
        risk=risk,
    )
    if row is None:
        raise NoSuchPlace(service=service, environment=environment)
    return replace(_facts(row, actor=actor), kind=Kind(kind))


def _one(sql: str, *, actor: User, now: datetime, **parameters: Any) -> tuple[Any, ...] | None:
    asked = {"actor": actor.pk, "now": now, "category": "", "risk": "low", **parameters}
    return next(iter(statements.fetched(sql, asked)), None)


def _facts(row: Sequence[Any], *, actor: User) -> f.Facts:
    """From the columns of `facts_sql`, in their order."""
    (
        *change,
        service,
        tier,
        service_is_active,
        team,
        zone,
        environment,
        default,
        held_by,
        template,
        incident,
        needs,
        votes,
        checks,
        windows,
        incidents,
        overdue,
        groups,
        role,
    ) = row
    answered = _incident(incident) if incident else None
    known = _of_change(change, held_by=held_by) if change[0] is not None else _NO_CHANGE
    return f.Facts(
        **known,
        service=service,
        tier=tier,
        service_is_active=service_is_active,
        team=team,
        zone=zone,
        environment=environment,
        environment_is_open=default == "open",
        template=_template(template) if template else None,
        incident=answered,
        needs=tuple(f.Need(f.Authority(a), count, rule) for a, count, rule in needs or ()),
        votes=tuple(
            f.VoteCast(name, decision, frozenset(authorities), digest)
            for _, name, decision, authorities, digest in votes or ()
        ),
        excluded_voters=_excluded(change, votes or ()),
        checks=tuple(f.CheckFacts(name, passed) for name, passed in checks or ()),
        windows=tuple(_window(one, zone=zone) for one in windows or ()),
        open_incidents=tuple(_incident(one) for one in incidents or ()),
        overdue_reviews=tuple(
            f.OverdueReview(f"CHG-{number}", datetime.fromisoformat(at) + RETROACTIVE_WITHIN)
            for number, at in overdue or ()
        ),
        actor=_actor(actor, change, votes or (), groups=groups, role=role, incident=answered),
    )


_NO_CHANGE: dict[str, Any] = {"ref": "", "kind": Kind.NORMAL, "state": State.PLANNING}


def _of_change(change: list[Any], *, held_by: str | None) -> dict[str, Any]:
    (number, kind, state, category, risk, starts, ends, digest, revision, artifact, outcome,
        held_at, hold_reason, rolled_back_at, broke_glass_at, retroactive_at, reviewed_at,
        required, *_) = change  # fmt: skip
    return {
        "ref": f"CHG-{number}",
        "kind": Kind(kind),
        "state": State(state),
        "category": category,
        "risk_level": risk,
        "planned": Interval(starts, ends) if starts and ends else None,
        "plan_digest": digest,
        "revision": revision,
        "artifact": artifact,
        "outcome": Outcome(outcome) if outcome else None,
        "hold": f.HoldFacts(held_by or "", held_at, hold_reason) if held_at else None,
        "rolled_back": rolled_back_at is not None,
        "broke_glass_at": broke_glass_at,
        "retroactively_approved": retroactive_at is not None,
        "review_done": reviewed_at is not None,
        "required_checks": tuple(required),
        "change_service": change[27],
        "change_environment": change[28],
        "started_at": change[29],
        "filled": frozenset(
            name for name, there in zip(FILLED, change[22:27], strict=True) if there
        ),
    }


def _excluded(change: list[Any], votes: Any) -> frozenset[str]:
    """Voters who have become author, last editor or implementer, or started the change."""
    involved = set(change[18:22])
    return frozenset(name for voter, name, *_ in votes if voter in involved)


def _actor(
    actor: User,
    change: list[Any],
    votes: Any,
    *,
    groups: list[str],
    role: str | None,
    incident: f.IncidentFacts | None,
) -> f.ActorFacts:
    author, last_editor, implementer, started_by = change[18:22]
    held = {
        f.Authority.PEER: role is not None,
        f.Authority.SERVICE_OWNER: role == "lead",
        f.Authority.CAB: CAB in groups,
        f.Authority.CHANGE_MANAGER: CHANGE_MANAGERS in groups,
        f.Authority.ECAB: bool({CAB, ON_CALL} & set(groups))
        or (incident is not None and incident.commander == actor.username),
    }
    return f.ActorFacts(
        username=actor.username,
        is_robot=actor.is_robot,
        is_active=actor.is_active,
        is_author=author == actor.pk,
        is_last_editor=last_editor == actor.pk,
        is_implementer=actor.pk in (implementer, started_by),
        in_team=role is not None,
        is_change_manager=CHANGE_MANAGERS in groups,
        is_auditor=AUDITORS in groups,
        authorities=frozenset(str(authority) for authority, holds in held.items() if holds),
        voted=next((decision for voter, _, decision, *_ in votes if voter == actor.pk), ""),
    )


def _template(row: list[Any]) -> f.TemplateFacts:
    slug, state, services, differs = row
    return f.TemplateFacts(slug, state, frozenset(services), tuple(differs))


def _incident(row: list[Any]) -> f.IncidentFacts:
    number, severity, is_open, declared_at, commander = row
    return f.IncidentFacts(
        f"INC-{number}", severity, is_open, datetime.fromisoformat(declared_at), commander or ""
    )


def _window(row: list[Any], *, zone: str) -> Window:
    name, effect, level, own_zone, reason, in_flight, starts, ends, *recurring = row
    once = (
        Interval(datetime.fromisoformat(starts), datetime.fromisoformat(ends)) if starts else None
    )
    recurs = None
    if once is None:
        rule, first, start, seconds = recurring
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
        in_flight=InFlight(in_flight),
    )
