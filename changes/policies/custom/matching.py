"""Whether a tree matches, and from when on: each compiled once into plain functions."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from changes.policies.custom.kinds_of_value import LOCAL, SEVERAL, Test, test_of
from changes.policies.custom.tree import Condition, Group, Joined, Node, conditions
from changes.policies.facts import Facts

Matches = Callable[[Facts, datetime], bool]
A_WEEK = timedelta(days=8)
"""All that days and times of the week can do shows within it, however the clocks are set."""


def compiled(node: Node) -> Matches:
    """The function that says whether a tree matches the facts at an instant."""
    if isinstance(node, Condition):
        return _condition(node)
    parts = tuple(compiled(member) for member in node.members)
    if node.joined is Joined.ALL:
        return parts[0] if len(parts) == 1 else _all(parts)
    return _any(parts) if node.joined is Joined.ANY else _none(parts)


# Loops, for these run at every question of the gate: a generator costs twice as much.
def _all(parts: tuple[Matches, ...]) -> Matches:
    def matches(facts: Facts, now: datetime) -> bool:
        for part in parts:  # noqa: SIM110
            if not part(facts, now):
                return False
        return True

    return matches


def _any(parts: tuple[Matches, ...]) -> Matches:
    def matches(facts: Facts, now: datetime) -> bool:
        for part in parts:  # noqa: SIM110
            if part(facts, now):
                return True
        return False

    return matches


def _none(parts: tuple[Matches, ...]) -> Matches:
    some = _any(parts)
    return lambda facts, now: not some(facts, now)


def _condition(condition: Condition) -> Matches:
    """See Note [Unknown matches nothing] in `vocabulary`."""
    read, test = condition.about.read, test_of_condition(condition)
    if condition.about.is_local:
        return _local(condition, test)

    def matches(facts: Facts, now: datetime) -> bool:
        found = read(facts, now)
        return found is not None and test(found)

    return matches


def _local(condition: Condition, test: Test) -> Matches:
    read, part = condition.about.read, LOCAL[condition.about.kind.name]
    named = ZoneInfo(condition.zone) if condition.zone else None

    def matches(facts: Facts, now: datetime) -> bool:
        instant = read(facts, now)
        if instant is None:
            return False
        return test(part(instant.astimezone(named or ZoneInfo(facts.zone))))

    return matches


def test_of_condition(condition: Condition) -> Test:
    """The comparison a condition makes with what it finds."""
    return test_of(condition.operator, condition.about.kind, wanted(condition))


def wanted(condition: Condition) -> Any:
    """What a condition compares with, parsed."""
    field = condition.about
    if condition.operator in SEVERAL:
        return frozenset(field.kind.parse(one, field.choices) for one in condition.value)
    return field.kind.parse(condition.value, field.choices)


def is_timed(tree: Group) -> bool:
    """Whether time alone can change what it says."""
    return any(condition.about.is_timed for condition in conditions(tree))


def turns(
    tree: Group, matches: Matches, facts: Facts, *, now: datetime, before: datetime, to: bool
) -> datetime | None:
    """The first instant after `now` and before `before` at which a tree begins to match, or ends.

    All that time does not change stays as the facts have it.
    """
    for instant in _boundaries(tree, facts, now=now, before=before):
        if matches(facts, instant) is to:
            return instant
    return None


def _boundaries(
    tree: Group, facts: Facts, *, now: datetime, before: datetime
) -> Iterator[datetime]:
    """The instants at which some condition may begin or cease to hold, earliest first."""
    timed = [condition for condition in conditions(tree) if condition.about.is_timed]
    zones = {condition.zone or facts.zone for condition in timed}
    times = {time()} | {wanted(one) for one in timed if one.field == "time"}
    starts = [now, *(_midnight(one, facts) for one in timed if one.field == "date")]
    found: set[datetime] = set()
    for start in starts:
        for zone in zones:
            found.update(_around(start, zone, times))
    found.update(_leads(timed, facts))
    yield from sorted(instant for instant in found if now < instant < before)


def _around(start: datetime, zone: str, times: set[time]) -> Iterator[datetime]:
    """Each of the wall times on each day from the day before `start` for a week."""
    zone_info = ZoneInfo(zone)
    first = start.astimezone(zone_info).date()
    for days in range(-1, A_WEEK.days + 1):
        for wall in times:
            local = datetime.combine(first + timedelta(days=days), wall, tzinfo=zone_info)
            # A wall time the clocks skip or show twice: both readings, and what follows is asked.
            yield local.astimezone(UTC)
            yield local.replace(fold=1).astimezone(UTC)


def _midnight(condition: Condition, facts: Facts) -> datetime:
    zone = ZoneInfo(condition.zone or facts.zone)
    return datetime.combine(wanted(condition), time(), tzinfo=zone)


def _leads(timed: list[Condition], facts: Facts) -> Iterator[datetime]:
    """When the hours until the planned start reach what a condition names."""
    if facts.planned is None:
        return
    for condition in timed:
        if condition.field == "lead_time_hours":
            for hours in (condition.value, condition.value + 1):
                reached = facts.planned.starts_at - timedelta(hours=hours)
                yield from (reached, reached + timedelta(seconds=1))
