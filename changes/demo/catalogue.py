"""Who and what the demo is about: people named by their role, teams, services, environments."""

from dataclasses import dataclass
from typing import Final

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from catalog.models import Environment, Membership, Service, ServiceDependency, Team, User
from catalog.roles import AUDITORS, CAB, CHANGE_MANAGERS, ON_CALL
from ledger.models import Subscription

ZONE: Final = "Europe/Amsterdam"

# Username, groups, whether the admin lets them in.
PEOPLE: Final[tuple[tuple[str, tuple[str, ...], bool], ...]] = (
    ("engineer", (), False),
    ("peer", (), False),
    ("owner", (), False),
    ("cab-1", (CAB,), True),
    ("cab-2", (CAB,), True),
    ("manager", (CHANGE_MANAGERS,), True),
    ("auditor", (AUDITORS,), True),
    ("oncall", (ON_CALL,), False),
    ("admin", (), True),
)
ROBOT: Final = "ci"
EXECUTIVES: Final = "Executives: every SEV-1"
BOARD: Final = "executives@example.org"

# Slug, name, zone, members, lead. Every default rule can be filled for each of them.
TEAMS: Final[tuple[tuple[str, str, str, tuple[str, ...], str], ...]] = (
    ("payments", "Payments", ZONE, ("engineer", "peer"), "owner"),
    ("platform", "Platform", "Europe/London", ("engineer", "oncall"), "peer"),
    ("web", "Web", "Europe/Lisbon", ("engineer", "oncall"), "owner"),
    ("data", "Data", "Europe/Berlin", ("engineer", "owner"), "peer"),
)

# Slug, name, tier, team, what it needs.
SERVICES: Final[tuple[tuple[str, str, int, str, tuple[str, ...]], ...]] = (
    ("identity", "Identity", 1, "platform", ()),
    ("gateway", "API gateway", 1, "platform", ("identity",)),
    ("notifications", "Notifications", 3, "platform", ("identity",)),
    ("payments-ledger", "Payments ledger", 1, "payments", ()),
    ("fraud-check", "Fraud check", 2, "payments", ()),
    ("payments-api", "Payments API", 1, "payments", ("payments-ledger", "fraud-check", "identity")),
    ("refunds", "Refunds", 2, "payments", ("payments-api", "payments-ledger", "notifications")),
    ("search", "Search", 2, "data", ()),
    ("reporting", "Reporting", 3, "data", ("payments-ledger",)),
    ("checkout", "Checkout", 1, "web", ("payments-api", "identity", "gateway")),
    ("storefront", "Storefront", 2, "web", ("checkout", "gateway")),
    ("help-centre", "Help centre", 4, "web", ("search",)),
)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The rows the stories are told with, by username and slug."""

    people: dict[str, User]
    services: dict[str, Service]
    environments: dict[str, Environment]


def build(*, password: str) -> Catalogue:
    """Write people, groups, teams, services and environments; the robot has no password.

    The executives hear of every SEV-1: an address is what their row lacks elsewhere.
    """
    Subscription.objects.filter(name=EXECUTIVES).update(is_active=True, target=BOARD)
    people = _people(password)
    teams = _teams(people)
    return Catalogue(
        people=people,
        services=_services(teams),
        environments={
            slug: Environment.objects.create(slug=slug, name=slug.capitalize())
            for slug in ("production", "staging")
        },
    )


def _people(password: str) -> dict[str, User]:
    # One password for all, so it is hashed once: hashing is slow on purpose.
    hashed = make_password(password)
    people = {
        name: User.objects.create(
            username=name,
            email=f"{name}@example.org",
            password=hashed,
            time_zone=ZONE,
            is_staff=staff,
            is_superuser=name == "admin",
        )
        for name, _, staff in PEOPLE
    }
    for name, groups, _ in PEOPLE:
        people[name].groups.set(Group.objects.get_or_create(name=group)[0] for group in groups)
    people[ROBOT] = User.objects.create(
        username=ROBOT, email=f"{ROBOT}@example.org", password=make_password(None), is_robot=True
    )
    return people


def _teams(people: dict[str, User]) -> dict[str, Team]:
    teams: dict[str, Team] = {}
    for slug, name, zone, members, lead in TEAMS:
        team = Team.objects.create(
            slug=slug, name=name, time_zone=zone, email=f"{slug}@example.org"
        )
        Membership.objects.create(team=team, user=people[lead], role=Membership.Role.LEAD)
        for member in members:
            Membership.objects.create(team=team, user=people[member])
        teams[slug] = team
    return teams


def _services(teams: dict[str, Team]) -> dict[str, Service]:
    services: dict[str, Service] = {}
    for slug, name, tier, team, needs in SERVICES:
        services[slug] = Service.objects.create(
            slug=slug, name=name, tier=tier, owner_team=teams[team]
        )
        for needed in needs:
            ServiceDependency.objects.create(service=services[slug], needs=services[needed])
    return services
