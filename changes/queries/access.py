"""Who could deploy what: whoever the gate could answer “allow”, and who could start it with that.

Five statements, whatever the number of services: a page of them, the environments, and of tokens,
rules and people those that reach any of the page. See Note [Who could deploy].

# Note [Who could deploy]
Approvals and the calendar decide whether a change may be deployed now; this is about who. The gate
answers whoever bears a valid token with the scope `gate` or `admin` that reaches the place, and
anybody signed in, but no auditor. Starting asks for more: a robot, a member of the owner team, or
the implementer or author named by one change, who may be anybody and is not listed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog import claims, token_life
from catalog.models import ApiToken, Environment, Membership, Service, TrustRule, User
from catalog.models.token import Scope
from catalog.roles import AUDITORS

DEPLOYS: Final = (Scope.GATE, Scope.ADMIN)
TOKEN, RULE, PERSON = "token", "rule", "person"
NEVER_USED: Final = "never used"
ANY_SERVICE: Final = token_life.SAYS[token_life.Risk.DEPLOYS_ANYTHING]
Bearer = ApiToken | TrustRule
ANY_REPOSITORY: Final = "takes more than one repository"


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What is asked about: slugs, a username, a token's or a rule's number; nothing means all."""

    service: str = ""
    team: str = ""
    environment: str = ""
    person: str = ""
    token: int | None = None
    rule: int | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """One way to deploy a service: by which token, rule or person, why, and where."""

    kind: str
    number: int
    name: str
    acts_as: str
    why: str
    environments: tuple[str, ...]
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deployable:
    """A service with every way to deploy it."""

    service: str
    team: str
    ways: tuple[Access, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Some services by slug, and after which one the next page begins; "" for the last page."""

    rows: tuple[Deployable, ...]
    after: str


def page(narrowed: Narrowed, *, after: str, limit: int, now: datetime) -> Page:
    """Who could deploy the next `limit` services after a slug."""
    asked = _services(narrowed, now=now).filter(slug__gt=after).select_related("owner_team")
    found = list(asked.order_by("slug")[: limit + 1])
    services, more = found[:limit], len(found) > limit
    there = Environment.objects.order_by("slug").values_list("slug", flat=True)
    places = [slug for slug in there if narrowed.environment in ("", slug)]
    bearers: list[Bearer] = [*_tokens(narrowed, services, now=now), *_rules(narrowed, services)]
    members = _members(services)
    rows = tuple(
        Deployable(
            service.slug,
            service.owner_team.slug,
            tuple(_ways(narrowed, service, places, bearers, members, now=now)),
        )
        for service in services
    )
    return Page(rows, after=services[-1].slug if more else "")


def _services(narrowed: Narrowed, *, now: datetime) -> QuerySet[Service]:
    rows = Service.objects.filter(is_active=True)
    if narrowed.service:
        rows = rows.filter(slug=narrowed.service)
    if narrowed.team:
        rows = rows.filter(owner_team__slug=narrowed.team)
    if narrowed.token is not None:
        rows = rows.filter(_reached(valid(now=now).filter(pk=narrowed.token)))
    if narrowed.rule is not None:
        rows = rows.filter(_reached(active_rules().filter(pk=narrowed.rule)))
    if narrowed.person:
        robots = valid(now=now).filter(user__username=narrowed.person, user__is_robot=True)
        rules = active_rules().filter(acts_as__username=narrowed.person)
        rows = rows.filter(_of_teams_of(narrowed.person) | _reached(robots) | _reached(rules))
    return rows


def _reached(bearers: "QuerySet[ApiToken] | QuerySet[TrustRule]") -> Q:
    """The services that any of these deploys."""
    found = Q(pk__in=[])
    for one in bearers:
        limits = Q(slug__in=one.services) | Q(owner_team__slug__in=one.teams)
        reached = limits if one.services or one.teams else Q(pk__isnull=False)
        who = _robot_or_person(one)
        found |= reached if who.is_robot else reached & _of_teams_of(who.username)
    return found


def _of_teams_of(username: str) -> Q:
    own = Membership.objects.filter(_deploying("user"), user__username=username)
    return Q(owner_team__in=own.filter(user__is_robot=False).values("team"))


def _robot_or_person(one: Bearer) -> User:
    return one.user if isinstance(one, ApiToken) else one.acts_as


def valid(*, now: datetime) -> QuerySet[ApiToken]:
    """The tokens that open the gate now, but for those given to a pipeline for minutes."""
    lasts = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    rows = ApiToken.objects.filter(lasts, _deploying("user"), revoked_at=None, origin={})
    return rows.filter(scopes__overlap=DEPLOYS).select_related("user")


def active_rules() -> QuerySet[TrustRule]:
    """The rules by which pipelines are given tokens that open the gate."""
    rows = TrustRule.objects.filter(_deploying("acts_as"), is_active=True, issuer__is_active=True)
    return rows.filter(scopes__overlap=DEPLOYS).select_related("acts_as", "issuer")


def _deploying(name: str) -> Q:
    """Active, and no auditor: they change nothing."""
    groups = User.groups.through.objects.filter(user_id=OuterRef(f"{name}_id"))
    no_auditor = Q(~Exists(groups.filter(group__name=AUDITORS)))
    return Q(**{f"{name}__is_active": True}) & no_auditor


def _reaching(services: Sequence[Service]) -> Q:
    """Bearers that reach any of these."""
    slugs = [service.slug for service in services]
    teams = sorted({service.owner_team.slug for service in services})
    return Q(services=[], teams=[]) | Q(services__overlap=slugs) | Q(teams__overlap=teams)


def _tokens(narrowed: Narrowed, services: Sequence[Service], *, now: datetime) -> list[ApiToken]:
    if narrowed.rule is not None:
        return []
    rows = valid(now=now).filter(_reaching(services)).order_by("name", "pk")
    if narrowed.token is not None:
        rows = rows.filter(pk=narrowed.token)
    return list(rows.filter(user__username=narrowed.person) if narrowed.person else rows)


def _rules(narrowed: Narrowed, services: Sequence[Service]) -> list[TrustRule]:
    if narrowed.token is not None:
        return []
    rows = active_rules().filter(_reaching(services)).order_by("name", "pk")
    if narrowed.rule is not None:
        rows = rows.filter(pk=narrowed.rule)
    return list(rows.filter(acts_as__username=narrowed.person) if narrowed.person else rows)


def _members(services: Sequence[Service]) -> list[Membership]:
    """The people of the teams who may start what the gate lets through."""
    teams = {service.owner_team_id for service in services}
    rows = Membership.objects.filter(_deploying("user"), user__is_robot=False, team__in=teams)
    return list(rows.select_related("user", "team").order_by("user__username"))


def _ways(
    narrowed: Narrowed,
    service: Service,
    places: Sequence[str],
    bearers: Sequence[Bearer],
    members: Sequence[Membership],
    *,
    now: datetime,
) -> Iterator[Access]:
    own = [member for member in members if member.team_id == service.owner_team_id]
    team = {member.user_id for member in own}
    for one in bearers:
        who = _robot_or_person(one)
        limited = bool(one.services or one.teams)
        if (
            limited
            and service.slug not in one.services
            and (service.owner_team.slug not in one.teams)
        ):
            continue
        where = tuple(slug for slug in places if not one.environments or slug in one.environments)
        if where and (who.is_robot or who.pk in team):
            yield (
                _by_token(one, where, now=now)
                if isinstance(one, ApiToken)
                else _by_rule(one, where)
            )
    if narrowed.token is None and narrowed.rule is None and places:
        for member in own:
            if narrowed.person in ("", member.user.username):
                yield _by_person(member, tuple(places))


def _by_bearer(one: Bearer, where: tuple[str, ...], *, now: datetime) -> Access:
    return _by_token(one, where, now=now) if isinstance(one, ApiToken) else _by_rule(one, where)


def _by_token(token: ApiToken, where: tuple[str, ...], *, now: datetime) -> Access:
    flags = [token_life.SAYS[risk] for risk in token_life.risks(token, now=now)]
    if token.last_used_at is None:
        flags.append(NEVER_USED)
    who = "robot" if token.user.is_robot else "member of the owner team"
    return Access(
        TOKEN,
        token.pk,
        f"{token.name} ({token.prefix}…)",
        token.user.username,
        f"{who}; {_limits(token)}",
        where,
        token.expires_at,
        token.last_used_at,
        tuple(flags),
    )


def _by_rule(rule: TrustRule, where: tuple[str, ...]) -> Access:
    asks = ", ".join(f"{name} {pattern}" for name, pattern in sorted(rule.conditions.items()))
    broad = any("*" in rule.conditions.get(name, "") for name in claims.NAMED)
    flags = {
        ANY_SERVICE: not (rule.services or rule.teams),
        ANY_REPOSITORY: broad,
    }
    return Access(
        RULE,
        rule.pk,
        str(rule),
        rule.acts_as.username,
        f"pipelines with {asks}; {_limits(rule)}",
        where,
        flags=tuple(flag for flag, holds in flags.items() if holds),
    )


def _by_person(member: Membership, where: tuple[str, ...]) -> Access:
    role = member.get_role_display().lower()
    name = member.user.label
    return Access(
        PERSON, member.user_id, name, member.user.username, f"{role} of {member.team.slug}", where
    )


def _limits(one: Bearer) -> str:
    """`scope gate; services a, b or of teams c`"""
    scopes = ", ".join(scope for scope in one.scopes if scope in DEPLOYS)
    services = f"services {', '.join(one.services)}" if one.services else ""
    teams = f"services of {', '.join(one.teams)}" if one.teams else ""
    told = " and ".join(filter(None, (services, teams))) or "any service"
    there = f"in {', '.join(one.environments)}" if one.environments else "in any environment"
    return f"scope {scopes}; {told}, {there}"
