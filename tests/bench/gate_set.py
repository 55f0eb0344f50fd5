"""The changes the gate is asked about: some it must allow and some it must deny."""

from datetime import timedelta
from random import Random

from catalog.models import Service
from tests.bench import incidents
from tests.bench.copying import Rows
from tests.bench.lives import Lives, Sketch
from tests.bench.world import World

ALLOW, DENY = "gate-allow", "gate-deny"
LASTS = timedelta(days=22)  # until the monthly freeze of the generated world holds again
AT_MOST = 2000


def count(size: int) -> int:
    """How many changes the gate allows, and how many it denies."""
    return min(AT_MOST, size // 50)


def write(lives: Lives, *, first: int, rng: Random, rows: Rows) -> None:
    """Twice `count` changes, numbered from `first`, and the incidents that stop some of them."""
    world = lives.world
    free = [one for one in world.services if one.owner_team.slug not in world.frozen_teams]
    frozen = [one for one in world.services if one.owner_team.slug in world.frozen_teams]
    several = count(world.size)
    chosen = rng.sample(free, min(len(free) // 2, several))
    relied = {one.pk for one in chosen}.union(*(world.needs.get(one.pk, ()) for one in chosen))
    others = [one for one in free if one.pk not in relied]
    for n in range(several):
        service = chosen[n % len(chosen)]
        sketch = _sketch(world, first + n, service, external_id=f"{ALLOW}-{n}")
        lives.write(sketch, rng=rng, rows=rows)
    for n in range(several):
        number, service = first + several + n, others[n % len(others)]
        _deny(lives, n, number, service, rng.choice(frozen), rng=rng, rows=rows)


def _deny(
    lives: Lives, n: int, number: int, service: Service, frozen: Service, *, rng: Random, rows: Rows
) -> None:
    """In turn: still in planning; in a freeze with no rollback plan; a SEV-2 open there."""
    sketch = _sketch(lives.world, number, service, external_id=f"{DENY}-{n}")
    if n % 3 == 0:
        sketch.state = "planning"
    elif n % 3 == 1:
        sketch.service, sketch.without = frozen, "rollback_plan"
    else:
        incident = incidents.count(lives.world) + n + 1
        incidents.open_major(incident, service=service, world=lives.world, rows=rows)
    lives.write(sketch, rng=rng, rows=rows)


def _sketch(world: World, number: int, service: Service, *, external_id: str) -> Sketch:
    return Sketch(
        number=number,
        service=service,
        kind="normal",
        state="scheduled",
        created_at=world.anchor - timedelta(days=2),
        starts_at=world.anchor - timedelta(hours=1),
        ends_at=world.anchor + LASTS + timedelta(days=2),
        external_id=external_id,
    )
