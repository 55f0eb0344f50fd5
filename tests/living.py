"""Building blocks: people by role, a small catalogue, changes that live their way to a state."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group

from catalog.models import Environment, Membership, Service, Team, User
from catalog.roles import AUDITORS, CAB, CHANGE_MANAGERS, ON_CALL
from changes import approvals, lifecycle
from changes.models import ApprovalRule, Change, Requirement, Template, Vote, Window
from changes.policies import Facts
from changes.queries import by_ref
from changes.queries import facts as gathered
from changes.states import Kind, State
from incidents import lifecycle as incidents
from incidents.models import Incident
from ledger import timeline
from ledger.models import Event

NINE = datetime(2026, 11, 18, 9, tzinfo=UTC)
"""Wednesday morning, far from any weekend."""

MEMBERS = {"engineer": "member", "peer": "member", "peer-2": "member", "owner": "lead"}
GROUPS = {
    "cab-1": CAB,
    "cab-2": CAB,
    "manager": CHANGE_MANAGERS,
    "auditor": AUDITORS,
    "oncall": ON_CALL,
}
APPROVERS = {
    "peer": ("peer", "peer-2"),
    "service_owner": ("owner",),
    "cab": ("cab-1", "cab-2"),
    "ecab": ("oncall", "cab-1"),
    "change_manager": ("manager",),
}
RULES = (
    ("Peer review", ["normal"], "low", "peer", 1),
    ("Service owner from medium risk", ["normal"], "medium", "service_owner", 1),
    ("CAB from high risk", ["normal"], "high", "cab", 2),
    ("Emergency CAB", ["emergency"], "low", "ecab", 1),
)
SHAPES: dict[str, dict[str, Any]] = {
    "low": {"rollout": "canary"},
    "medium": {"rollout": "all_at_once"},
    "high": {"rollout": "all_at_once", "category": "database", "service": "payments-api"},
}
PLAN = {
    "title": "Retry refunds",
    "description": "Refunds are retried.",
    "implementation_plan": "Roll out.",
    "test_plan": "The refund journey.",
    "rollback_plan": "Redeploy what ran before.",
    "monitoring_plan": "Refund failures, for an hour.",
    "revision": "4f1c2d9",
}
LADDER = (
    State.PLANNING,
    State.AWAITING_APPROVAL,
    State.SCHEDULED,
    State.IMPLEMENTING,
    State.VALIDATING,
    State.CLOSED,
)


def at(minutes: float) -> datetime:
    """So many minutes after nine on Wednesday. Changes are planned from 60 to 180."""
    return NINE + timedelta(minutes=minutes)


def settle() -> None:
    """People, a team with two services, two environments, the rules; no window holds.

    Changes may overlap, so that many can be lived at once; see `one_at_a_time`.
    """
    payments = Team.objects.create(slug="payments", name="Payments", time_zone="Europe/Amsterdam")
    names = (*MEMBERS, *GROUPS, "stranger")
    robots = [User(username="ci", password="!", is_robot=True)]
    User.objects.bulk_create([*(User(username=name, password="!") for name in names), *robots])
    people = {user.username: user for user in User.objects.all()}
    Membership.objects.bulk_create(
        Membership(team=payments, user=people[name], role=role) for name, role in MEMBERS.items()
    )
    for name, group in GROUPS.items():
        Group.objects.get_or_create(name=group)[0].user_set.add(people[name])
    Service.objects.create(slug="payments-api", name="Payments", tier=1, owner_team=payments)
    Service.objects.create(slug="refunds", name="Refunds", tier=3, owner_team=payments)
    for slug in ("production", "staging"):
        Environment.objects.create(slug=slug, name=slug.title(), one_at_a_time="nothing")
    for name, kinds, risk, authority, count in RULES:
        ApprovalRule.objects.get_or_create(
            name=name,
            defaults={
                "kinds": kinds,
                "risk_at_least": risk,
                "authority": authority,
                "count": count,
            },
        )
    Window.objects.update(is_active=False)


def person(username: str) -> User:
    """The account of a role."""
    return User.objects.get(username=username)


def service(slug: str = "refunds") -> Service:
    return Service.objects.select_related("owner_team").get(slug=slug)


def environment(slug: str = "production") -> Environment:
    return Environment.objects.get(slug=slug)


def one_at_a_time(what: str = "service", slug: str = "production") -> None:
    """Let an environment keep changes apart, as it does unless told otherwise."""
    Environment.objects.filter(slug=slug).update(one_at_a_time=what)


def template(state: str = "published", **given: Any) -> Template:
    """The standard template `restart-service`, made on first use; it locks how it is done."""
    words = {name: PLAN[name] for name in ("description", "implementation_plan", "rollback_plan")}
    defaults = {
        "name": "Restart",
        "title": "Restart it",
        "test_plan": "The health check.",
        "rollout": "rolling",
        "locked": ["implementation_plan", "rollback_plan"],
        "state": state,
    }
    found, _ = Template.objects.get_or_create(
        slug="restart-service", defaults=words | defaults | given
    )
    return found


def incident(severity: int = 2, *, on: str = "refunds", minutes: float = -60) -> Incident:
    """An open incident, declared by whoever is on call."""
    return incidents.declare(
        title="Refunds fail",
        service=service(on),
        severity=severity,
        actor=person("oncall"),
        now=at(minutes),
    )


def window(name: str, *, starts: float = 0, ends: float = 999, **given: Any) -> Window:
    """A one-off freeze from and until so many minutes after nine, unless `given` says otherwise."""
    return Window.objects.create(name=name, starts_at=at(starts), ends_at=at(ends), **given)


def plan(*, kind: Kind = Kind.NORMAL, risk: str = "low", **given: Any) -> dict[str, Any]:
    """Fields of a change that can be submitted; `given` ones replace them."""
    shape = dict(SHAPES[risk])
    fields: dict[str, Any] = {
        **PLAN,
        "kind": str(kind),
        "environment": environment(),
        "planned_start_at": at(60),
        "planned_end_at": at(180),
        **shape,
        "service": service(shape.get("service", "refunds")),
    }
    if kind is Kind.STANDARD:
        found = given.get("template") or template()
        fields = {**fields, "template": found, "rollout": found.rollout}
    if kind is Kind.EMERGENCY and "incident" not in given:
        fields["incident"] = incident()
    return fields | given


def file(*, by: str = "engineer", minutes: float = 0, **given: Any) -> Change:
    """A change in planning."""
    return lifecycle.create(fields=plan(**given), actor=person(by), now=at(minutes))


def change_at(state: State, *, kind: Kind = Kind.NORMAL, **given: Any) -> Change:
    """A change that lived its way to `state`: filed at 0, voted from 10, started at 60 minutes."""
    change = file(kind=kind, **given)
    if state is State.CANCELLED:
        return say("cancel", change, minutes=5, reason="It is not needed.")
    if state is State.AWAITING_APPROVAL and kind is Kind.STANDARD:
        raise ValueError("A standard change never waits for approval.")
    for target in LADDER[1 : LADDER.index(state) + 1]:
        _climb(change, target)
        change = by_ref(ref=change.ref)
    return change


def _climb(change: Change, target: State) -> None:
    match target:
        case State.AWAITING_APPROVAL:
            say("submit", change, minutes=5)
        case State.SCHEDULED:
            approve(change)
        case State.IMPLEMENTING:
            say("start", change, minutes=60)
        case State.VALIDATING:
            say("finish", change, minutes=90)
        case State.CLOSED:
            if change.kind == Kind.EMERGENCY:
                say("review", change, minutes=100, text="A queue ran full.")
            say("close", change, minutes=120, outcome="successful", note="It went well.")


def say(verb: str, change: Change, *, by: str = "engineer", minutes: float, **more: Any) -> Any:
    """One verb of the lifecycle, said by a role so many minutes after nine."""
    return getattr(lifecycle, verb)(ref=change.ref, actor=person(by), now=at(minutes), **more)


def approve(change: Change, *, minutes: float = 10) -> None:
    """Every vote the change still needs, each by another person."""
    voters: dict[str, None] = {}
    current = Change.objects.get(pk=change.pk).approval_round
    for need in Requirement.objects.filter(change=change, round=current):
        free = [name for name in APPROVERS[need.authority] if name not in voters]
        voters.update(dict.fromkeys(free[: need.count]))
    for name in voters:
        vote(change, by=name, minutes=minutes)


def vote(
    change: Change, *, by: str, decision: str = "approve", comment: str = "", minutes: float = 10
) -> Vote:
    """One vote by a role."""
    return approvals.vote(
        ref=change.ref, decision=decision, comment=comment, actor=person(by), now=at(minutes)
    )


def facts_of(change: Change, *, by: str = "engineer", minutes: float = 10) -> Facts:
    """The facts as they are kept now, seen by a role."""
    return gathered.of_change(change_id=change.pk, actor=person(by), now=at(minutes))


def fresh(change: Change) -> Change:
    """The change as it is kept now."""
    return by_ref(ref=change.ref)


def events_of(subject: str) -> list[Event]:
    return list(timeline.events_of(subject=subject))


def verbs_of(subject: str) -> list[str]:
    """What happened to a subject, oldest first."""
    return [event.verb for event in events_of(subject)]


def written() -> dict[str, int]:
    """How many rows there are of everything a verb may write."""
    models = (Change, Vote, Requirement, Event, *_written_by_verbs())
    return {model.__name__: model.objects.count() for model in models}


def _written_by_verbs() -> tuple[Any, ...]:
    names = {"plan_versions", "checks", "deployments"}
    return tuple(
        relation.related_model
        for relation in Change._meta.related_objects
        if relation.related_name in names
    )
