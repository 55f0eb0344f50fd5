"""Who could take away what is in the way of a deployment."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import orjson

from catalog import statements
from catalog.roles import CAB, CHANGE_MANAGERS, ON_CALL
from changes.models import Change
from changes.models.choices import OverriderWord
from changes.policies import Facts, filling
from changes.policies.needs import among
from changes.queries.evidence import could_fill
from changes.queries.refs import by_ref, number_of
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
# Those who may override the windows named; the people of our groups and of theirs; the team, leads
# first; the author.
_KNOWN = """
WITH overriders AS (
    SELECT DISTINCT override_by::text AS name FROM changes_window
    WHERE name = ANY(%(windows)s::text[]) AND override_by <> %(nobody)s::text)
SELECT json_build_array(
    ARRAY(SELECT name FROM overriders ORDER BY name),
    (SELECT json_object_agg(g.name, g.people) FROM (
        SELECT g.name, json_agg(u.username ORDER BY u.username) AS people FROM auth_group g
        JOIN catalog_user_groups m ON m.group_id = g.id JOIN catalog_user u ON u.id = m.user_id
        WHERE (g.name = ANY(%(groups)s::text[]) OR g.name IN (SELECT name FROM overriders))
            AND u.is_active AND NOT u.is_robot
        GROUP BY g.name) g),
    ARRAY(SELECT u.username FROM catalog_membership m
        JOIN catalog_team t ON t.id = m.team_id JOIN catalog_user u ON u.id = m.user_id
        WHERE t.slug = %(team)s::text AND u.is_active ORDER BY m.role, u.username),
    (SELECT u.username FROM changes_change c JOIN catalog_user u ON u.id = c.author_id
        WHERE c.id = %(change)s::bigint))::text
"""


class _Known(NamedTuple):
    """What one statement tells: groups that may override, people by group, a team, the author."""

    overriders: tuple[str, ...]
    people: dict[str, list[str]]
    team: list[str]
    author: str | None


@dataclass(frozen=True, slots=True)
class Who:
    """Groups and people of whom any could take an objection away, likeliest first."""

    groups: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


def unblockers(facts: Facts, reasons: Iterable[Reason], *, now: datetime) -> dict[str, Who]:
    """Groups and usernames by the code of what they could take away.

    One statement; where approvals are missing one more, and one for each authority. Codes that
    nobody can take away, such as a token's reach, are left out.
    """
    given = list(reasons)
    if not given:
        return {}
    codes = dict.fromkeys(reason.code for reason in given)
    known = _known(facts, given)
    groups = {code: _groups(code, given, known.overriders) for code in codes}
    if facts.overdue_reviews and all(one.owes == "review" for one in facts.overdue_reviews):
        groups |= {code: (CHANGE_MANAGERS,) for code in groups if code == "review_overdue"}
    change = by_ref(ref=facts.ref) if facts.ref and "approvals_missing" in codes else None
    found = {}
    for code in codes:
        own = dict.fromkeys(_own(code, facts, change=change, known=known, now=now))
        of_groups = sorted({name for group in groups[code] for name in known.people.get(group, ())})
        teams = (f"team {facts.team}",) if code in BY_TEAM and facts.team else ()
        found[code] = Who((*teams, *groups[code]), tuple(dict.fromkeys([*own, *of_groups])))
    return {code: who for code, who in found.items() if who.groups or who.people}


def _known(facts: Facts, reasons: Iterable[Reason]) -> _Known:
    frozen = {one.source.removeprefix(WINDOW) for one in reasons if one.code == "freeze_active"}
    given = {
        "windows": sorted(frozen),
        "nobody": str(OverriderWord.NOBODY),
        "groups": [CAB, CHANGE_MANAGERS, ON_CALL],
        "team": facts.team,
        "change": number_of(facts.ref) if facts.ref else None,
    }
    overriders, people, team, author = orjson.loads(statements.text(_KNOWN, given) or b"")
    return _Known(tuple(overriders), people or {}, team, author)


def _groups(code: str, reasons: Iterable[Reason], overriders: tuple[str, ...]) -> tuple[str, ...]:
    """The groups for a code; a review of an override is for others than a retroactive vote."""
    if code == "freeze_active":
        return tuple(dict.fromkeys((*BY_GROUP[code], *overriders)))
    sources = [reason.source for reason in reasons if reason.code == code]
    if code == "review_overdue" and all(one.startswith(OVERRIDDEN) for one in sources):
        return (CAB, CHANGE_MANAGERS)
    return BY_GROUP.get(code, ())


def _own(
    code: str, facts: Facts, *, change: Change | None, known: _Known, now: datetime
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
        if known.author is not None and code != "no_change":
            yield known.author
        yield from known.team


def _voters(facts: Facts, change: Change, *, now: datetime) -> list[str]:
    """Who could still give an approval that is missing."""
    could = could_fill(facts, change=change, now=now).vote
    missing = filling.missing(facts.needs, filling.approvals(facts))
    return sorted({name for need, _ in missing for name in among(need, could)})
