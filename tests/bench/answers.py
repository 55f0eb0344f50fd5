"""Past answers of the gate: one for two changes, more of them where services change often."""

from datetime import timedelta
from random import Random
from uuid import UUID

from changes.models import GateAnswer
from tests.bench.chains import Chain
from tests.bench.copying import Rows
from tests.bench.world import SKEW, World

REASON = {
    "code": "outside_planned_period",
    "message": "CHG-1 is planned from Mon 2 Nov 09:00 UTC.",
    "remedy": "Come back then, or revise the planned start.",
    "until": "2026-11-02T09:00:00Z",
    "source": "planned period",
}


def write(world: World, index: int, *, rng: Random, rows: Rows) -> None:
    """The answers about one service in production, oldest first."""
    service = world.services[index]
    total = sum_of_shares(len(world.services))
    several = round(world.size / 2 * (index + 1) ** -SKEW / total)
    chain = Chain(
        rows,
        f"{service.slug}/production",
        [f"service:{service.slug}", f"team:{service.owner_team.slug}"],
    )
    for n in range(several):
        at = world.anchor - timedelta(days=1095) * (1 - (n + rng.random()) / several)
        decision = rng.choices(("allow", "wait", "deny"), [70, 15, 15])[0]
        answer = GateAnswer(
            id=UUID(int=rng.getrandbits(128), version=4),
            at=at,
            asked_by=rng.choice(world.robots).username,
            service=service.slug,
            environment="production",
            revision=f"{rng.getrandbits(160):040x}",
            decision=decision,
            reasons=[] if decision == "allow" else [REASON],
            run_id=str(n),
        )
        rows.add_model(answer)
        verb = {"allow": "gate.allowed", "wait": "gate.waited", "deny": "gate.denied"}[decision]
        says = {"decision_id": str(answer.id), "codes": [one["code"] for one in answer.reasons]}
        chain.add(verb, actor=answer.asked_by, at=at, data=says)


_totals: dict[int, float] = {}


def sum_of_shares(services: int) -> float:
    """What the shares of all services add up to."""
    if services not in _totals:
        _totals[services] = sum(rank**-SKEW for rank in range(1, services + 1))
    return _totals[services]
