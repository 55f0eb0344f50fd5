"""Who and what the generated changes are about: teams, people, services, rules and windows."""

from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from django.contrib.auth.models import Group

from catalog.models import Environment, Membership, Service, ServiceDependency, Team, User
from catalog.roles import AUDITORS, CAB, CHANGE_MANAGERS, ON_CALL
from changes.models import ApprovalRule, Template, Window

ZONES = ("Europe/Amsterdam", "America/New_York", "Asia/Tokyo", "UTC", "Australia/Sydney")
PEOPLE_PER_TEAM = 6
ROBOTS = 20
FREEZES = 558
FREEZES_NOW = 8
RULES = 20
TIER_WEIGHTS = [5, 15, 40, 40]
# With this exponent the busiest of 50,000 services has 2.7 % of the changes.
SKEW = 0.81


@dataclass(slots=True)
class World:
    """The rows changes refer to. Services are in order of how often they change."""

    size: int
    anchor: datetime
    services: list[Service]
    environments: dict[str, Environment]
    people: dict[int, list[User]]
    boards: dict[str, list[User]]
    robots: list[User]
    templates: list[Template]
    frozen_teams: frozenset[str]
    dependents: dict[int, int] = field(default_factory=dict)
    needs: dict[int, set[int]] = field(default_factory=dict)
    _weights: list[float] = field(default_factory=list)

    def some_service(self, rng: Random) -> Service:
        """A service, the busy ones more often."""
        if not self._weights:
            ranks = range(1, len(self.services) + 1)
            self._weights = list(accumulate(rank**-SKEW for rank in ranks))
        return self.services[bisect(self._weights, rng.random() * self._weights[-1])]


def settle(*, size: int, anchor: datetime, rng: Random) -> World:
    """Write teams, people, services, rules and windows for `size` changes; answers them."""
    teams = _teams(max(20, size // 2000))
    services = _services(max(500, size // 20), teams, rng)
    people, boards, robots = _people(teams)
    frozen = teams[-max(1, len(teams) // 50) :]
    _rules(teams, rng)
    _windows(teams, frozen, anchor=anchor, rng=rng)
    world = World(
        size=size,
        anchor=anchor,
        services=services,
        environments=_environments(),
        people=people,
        boards=boards,
        robots=robots,
        templates=_templates(),
        frozen_teams=frozenset(team.slug for team in frozen),
    )
    _dependencies(world, rng)
    return world


def _teams(count: int) -> list[Team]:
    return Team.objects.bulk_create(
        Team(slug=f"team-{n}", name=f"Team {n}", time_zone=ZONES[n % len(ZONES)])
        for n in range(1, count + 1)
    )


def _services(count: int, teams: Sequence[Team], rng: Random) -> list[Service]:
    tiers = rng.choices((1, 2, 3, 4), TIER_WEIGHTS, k=count)
    return Service.objects.bulk_create(
        (
            Service(
                slug=f"service-{n}", name=f"Service {n}", tier=tier, owner_team=rng.choice(teams)
            )
            for n, tier in enumerate(tiers, start=1)
        ),
        batch_size=5000,
    )


def _environments() -> dict[str, Environment]:
    defaults = {"production": "open", "staging": "open", "test": "open", "recovery": "closed"}
    return {
        slug: Environment.objects.create(slug=slug, name=slug.capitalize(), default=default)
        for slug, default in defaults.items()
    }


def _people(
    teams: Sequence[Team],
) -> tuple[dict[int, list[User]], dict[str, list[User]], list[User]]:
    """The people of each team, its lead first; the boards; the robots."""
    people = _users(f"{team.slug}-{n}" for team in teams for n in range(PEOPLE_PER_TEAM))
    by_team = {
        team.pk: people[n * PEOPLE_PER_TEAM : (n + 1) * PEOPLE_PER_TEAM]
        for n, team in enumerate(teams)
    }
    Membership.objects.bulk_create(
        Membership(team=team, user=user, role="lead" if n == 0 else "member")
        for team in teams
        for n, user in enumerate(by_team[team.pk])
    )
    sizes = {CAB: 12, CHANGE_MANAGERS: 6, AUDITORS: 4, ON_CALL: 10}
    boards = {name: _users(f"{_word(name)}-{n}" for n in range(k)) for name, k in sizes.items()}
    for name, members in boards.items():
        Group.objects.get_or_create(name=name)[0].user_set.set(members)
    robots = _users((f"ci-{n}" for n in range(1, ROBOTS + 1)), is_robot=True)
    return by_team, boards, robots


def _users(names: Iterable[str], *, is_robot: bool = False) -> list[User]:
    joined = datetime(2023, 1, 1, tzinfo=UTC)
    return User.objects.bulk_create(
        User(username=name, password="!", is_robot=is_robot, date_joined=joined) for name in names
    )


def _word(group: str) -> str:
    return group.lower().replace(" ", "-")


def _templates() -> list[Template]:
    texts = dict.fromkeys(("description", "implementation_plan", "test_plan"), "As in the runbook.")
    return Template.objects.bulk_create(
        Template(
            slug=f"template-{n}",
            name=f"Template {n}",
            state="published",
            title=f"Template {n}",
            rollback_plan="Start the previous revision.",
            **texts,
        )
        for n in range(1, 21)
    )


def _rules(teams: Sequence[Team], rng: Random) -> None:
    """The default rules, and narrow ones up to `RULES`."""
    missing = RULES - ApprovalRule.objects.count()
    ApprovalRule.objects.bulk_create(
        ApprovalRule(
            name=f"Rule {n}",
            kinds=["normal"],
            risk_at_least="high",
            teams=[rng.choice(teams).slug],
            categories=["database", "network"],
            authority="change_manager",
        )
        for n in range(1, missing + 1)
    )


def _windows(
    teams: Sequence[Team], frozen: Sequence[Team], *, anchor: datetime, rng: Random
) -> None:
    """558 freezes: a monthly one, a few that hold now for `frozen` teams, the rest mostly past.

    The monthly freeze takes the weekend freeze's place: the gate would deny everything on Fridays.
    """
    Window.objects.all().delete()
    passed = min((anchor - timedelta(days=2)).day, 28)
    Window.objects.create(
        name="Monthly closing",
        recurrence=f"FREQ=MONTHLY;BYMONTHDAY={passed}",
        first_date=date(2023, 1, 1),
        start_time=time(0),
        duration=timedelta(hours=24),
        environments=["production"],
        time_zone="UTC",
    )
    holding = [
        Window(
            name=f"Freeze {n}",
            starts_at=anchor - timedelta(days=1),
            ends_at=anchor + timedelta(days=60),
            teams=[team.slug for team in frozen],
            environments=["production"],
        )
        for n in range(FREEZES_NOW)
    ]
    other = []
    for n in range(FREEZES_NOW, FREEZES - 1):
        starts = anchor + timedelta(days=rng.uniform(-1095, 90))
        if timedelta(days=-8) < starts - anchor < timedelta(days=40):
            starts += timedelta(days=50)  # or it would hold while the benchmarks run
        other.append(
            Window(
                name=f"Freeze {n}",
                starts_at=starts,
                ends_at=starts + timedelta(days=rng.choice((1, 2, 5))),
                teams=[rng.choice(teams).slug],
                environments=rng.choice(([], ["production"], ["staging"])),
                level=rng.choice(("block", "block", "warn")),
            )
        )
    Window.objects.bulk_create([*holding, *other])


def _dependencies(world: World, rng: Random) -> None:
    """Every service needs two busier ones."""
    pairs = {(one.pk, world.some_service(rng).pk) for one in world.services for _ in range(2)}
    rows = [(one, other) for one, other in sorted(pairs) if one != other]
    ServiceDependency.objects.bulk_create(
        (ServiceDependency(service_id=one, needs_id=other) for one, other in rows),
        batch_size=10_000,
    )
    for service, needed in rows:
        world.dependents[needed] = world.dependents.get(needed, 0) + 1
        world.needs.setdefault(service, set()).add(needed)
