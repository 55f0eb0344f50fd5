"""Facts for the rules: a change to which nobody could object, and what spoils it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from changes.policies import Facts
from changes.policies.facts import (
    ActorFacts,
    Authority,
    CheckFacts,
    IncidentFacts,
    Need,
    VoteCast,
)
from changes.policies.template_facts import TemplateFacts
from changes.states import Kind, Outcome, State
from changes.windows import Effect, InFlight, Interval, Level, Window

NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
DIGEST = "d" * 64
EVERY_PLAN = frozenset(
    {"description", "implementation_plan", "test_plan", "rollback_plan", "monitoring_plan"}
)
INCIDENT = IncidentFacts("INC-7", 2, is_open=True, declared_at=NOW - HOUR, commander="oncall")
PEER = Need(Authority.PEER, 1, "Peer review")
ECAB = Need(Authority.ECAB, 1, "Emergency CAB")
CAB = Need(Authority.CAB, 2, "CAB from high risk")

AUTHOR = ActorFacts("engineer", is_author=True, is_implementer=True, in_team=True)
VOTER = ActorFacts("peer", in_team=True, authorities=frozenset({"peer", "ecab"}))


def facts(state: State, kind: Kind = Kind.NORMAL, **given: Any) -> Facts:
    """A change in `state` as it should be there, asked about by its author at `NOW`."""
    need = ECAB if kind is Kind.EMERGENCY else PEER
    needs = () if kind is Kind.STANDARD else (need,)
    voted = state not in (State.PLANNING, State.AWAITING_APPROVAL) and needs
    whole = Facts(
        ref="CHG-1",
        kind=kind,
        state=state,
        service="refunds",
        environment="production",
        tier=3,
        environment_is_open=True,
        team="payments",
        zone="Europe/Amsterdam",
        category="deployment",
        filled=EVERY_PLAN,
        planned=Interval(NOW - HOUR, NOW + HOUR),
        plan_digest=DIGEST,
        outcome=Outcome.SUCCESSFUL,
        review_done=True,
        template=TemplateFacts("restart", "published") if kind is Kind.STANDARD else None,
        incident=INCIDENT if kind is Kind.EMERGENCY else None,
        open_incidents=(INCIDENT,) if kind is Kind.EMERGENCY else (),
        needs=needs,
        votes=(cast("peer", need.authority),) if voted else (),
        candidates=candidates() if state is State.PLANNING else None,
        required_checks=("smoke",),
        checks=(CheckFacts("smoke", passed=True),),
        actor=AUTHOR,
    )
    return replace(whole, **given)


def candidates(**given: set[str]) -> dict[str, frozenset[str]]:
    """Who could approve: enough of everybody, unless `given` says otherwise."""
    enough = {authority: {f"{authority}-{n}" for n in range(3)} for authority in Authority}
    return {str(name): frozenset(names) for name, names in {**enough, **given}.items()}


def cast(
    voter: str, authority: str, *, decision: str = "approve", plan_digest: str = DIGEST
) -> VoteCast:
    return VoteCast(voter, decision, frozenset({str(authority)}), plan_digest)


def window(
    effect: Effect = Effect.FREEZE,
    *,
    starts_in: timedelta = -HOUR,
    lasts: timedelta = 3 * HOUR,
    name: str = "Weekend freeze",
    level: Level = Level.BLOCK,
    reason: str = "",
    in_flight: InFlight = InFlight.FINISH,
) -> Window:
    """A one-off window around `NOW`."""
    start = NOW + starts_in
    once = Interval(start, start + lasts)
    return Window(
        name, effect, level, "Europe/Amsterdam", reason=reason, once=once, in_flight=in_flight
    )
