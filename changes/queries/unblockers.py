"""Who could take away what is in the way of a deployment."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from catalog.models import Membership, User
from catalog.roles import CAB, CHANGE_MANAGERS, ON_CALL
from changes.models import Change, Window
from changes.models.choices import OverriderWord
from changes.policies import Facts, filling
from changes.policies.needs import among
from changes.queries.evidence import could_fill
from changes.queries.refs import by_ref
from ledger.decision import Reason

BY_GROUP = {
    "freeze_active": (CHANGE_MANAGERS,),
    "outside_maintenance_window": (CHANGE_MANAGERS,),
    "template_not_published": (CHANGE_MANAGERS,),
    "template_suspended": (CHANGE_MANAGERS,),
    "no_policy": (CHANGE_MANAGERS,),
    "unsatisfiable": (CHANGE_MANAGERS,),
    "custom_rule": (CHANGE_MANAGERS,),
    "environment_busy": (CHANGE_MANAGERS, ON_CALL),
    "incident_open": (ON_CALL,),
    "incident_required": (ON_CALL,),
    "review_overdue": (CAB, ON_CALL),
}
# What its author, or the team that owns the service, writes, moves or reports.
BY_TEAM = frozenset(
    {
        "approvals_stale",
        "check_failed",
        "checks_missing",
        "conflict",
        "environment_busy",
        "no_change",
        "no_monitoring_plan",
        "no_rollback_plan",
        "on_hold",
        "outside_planned_period",
        "plan_incomplete",
        "revision_mismatch",
        "step_failed",
        "wrong_state",
    }
)
OVERRIDDEN, WINDOW = "OVR-", "window "


@dataclass(frozen=True, slots=True)
class Who:
    """Groups and people of whom any could take an objection away, likeliest first."""

    groups: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


def unblockers(facts: Facts, reasons: Iterable[Reason], *, now: datetime) -> dict[str, Who]:
    """Groups and usernames by the code of what they could take away.

    Four statements; where approvals are missing one more, and one for each authority. Codes that
    nobody can take away, such as a token's reach, are left out.
    """
    given = list(reasons)
    codes = dict.fromkeys(reason.code for reason in given)
    overriders = _overriders(given)
    groups = {code: _groups(code, given, overriders) for code in codes}
    if facts.overdue_reviews and all(one.owes == "review" for one in facts.overdue_reviews):
        groups |= {code: (CHANGE_MANAGERS,) for code in groups if code == "review_overdue"}
    people = _people(group for names in groups.values() for group in names)
    change = by_ref(ref=facts.ref) if facts.ref and codes.keys() & _OF_CHANGE else None
    team = _team(facts) if codes.keys() & BY_TEAM else []
    found = {}
    for code in codes:
        own = dict.fromkeys(_own(code, facts, change=change, team=team, now=now))
        of_groups = sorted({name for group in groups[code] for name in people.get(group, ())})
        teams = (f"team {facts.team}",) if code in BY_TEAM and facts.team else ()
        found[code] = Who((*teams, *groups[code]), tuple(dict.fromkeys([*own, *of_groups])))
    return {code: who for code, who in found.items() if who.groups or who.people}


_OF_CHANGE = (BY_TEAM | {"approvals_missing"}) - {"no_change"}


def _overriders(reasons: Iterable[Reason]) -> tuple[str, ...]:
    """The groups of which two people may override a freeze that holds. One statement, or none."""
    names = [one.source.removeprefix(WINDOW) for one in reasons if one.code == "freeze_active"]
    if not names:
        return ()
    rows = Window.objects.filter(name__in=names).exclude(override_by=OverriderWord.NOBODY)
    return tuple(sorted(set(rows.values_list("override_by", flat=True))))


def _groups(code: str, reasons: Iterable[Reason], overriders: tuple[str, ...]) -> tuple[str, ...]:
    """The groups for a code; a review of an override is for others than a retroactive vote."""
    if code == "freeze_active":
        return tuple(dict.fromkeys((*BY_GROUP[code], *overriders)))
    sources = [reason.source for reason in reasons if reason.code == code]
    if code == "review_overdue" and all(one.startswith(OVERRIDDEN) for one in sources):
        return (CAB, CHANGE_MANAGERS)
    return BY_GROUP.get(code, ())


def _own(
    code: str, facts: Facts, *, change: Change | None, team: list[str], now: datetime
) -> Iterator[str]:
    """People by name: who holds it, who runs there, who wrote it, who could vote, its team."""
    if code == "on_hold" and facts.hold is not None:
        yield facts.hold.by
    if code == "conflict":
        yield from (rival.by for rival in facts.rivals)
    if code == "review_overdue":
        yield from (name for review in facts.overdue_reviews for name in review.people)
    if code == "environment_busy" and facts.room is not None:
        yield from (holder.by for holder in facts.room.holders)
    if code == "environment_busy" and facts.lock is not None:
        yield facts.lock.by
    if code == "approvals_missing" and change is not None:
        yield from _voters(facts, change, now=now)
    if code in BY_TEAM:
        if change is not None:
            yield change.author.username
        yield from team


def _people(groups: Iterable[str]) -> dict[str, list[str]]:
    names = sorted(set(groups))
    if not names:
        return {}
    rows = User.objects.filter(groups__name__in=names, is_active=True, is_robot=False)
    found: dict[str, list[str]] = {}
    for group, username in rows.order_by("username").values_list("groups__name", "username"):
        found.setdefault(group, []).append(username)
    return found


def _team(facts: Facts) -> list[str]:
    """The people of the team that owns the service, leads first."""
    rows = Membership.objects.filter(team__slug=facts.team, user__is_active=True)
    return list(rows.order_by("role", "user__username").values_list("user__username", flat=True))


def _voters(facts: Facts, change: Change, *, now: datetime) -> list[str]:
    """Who could still give an approval that is missing."""
    could = could_fill(facts, change=change, now=now).vote
    missing = filling.missing(facts.needs, filling.approvals(facts))
    return sorted({name for need, _ in missing for name in among(need, could)})
