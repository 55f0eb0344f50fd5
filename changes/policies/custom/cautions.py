"""What to beware of in a rule that could be kept: said, and saved all the same.

# Note [Representative values]
Whether a tree always matches, or never, is tried with every value its conditions can tell apart:
each value they name and its neighbours, every word of a closed list, and one nobody named. With
more than `TRIED_AT_MOST` comparisons to make nothing is claimed.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import product
from math import prod
from typing import Any

from changes.policies.custom.kinds_of_value import LEVELS, NUMBER_AT_MOST
from changes.policies.custom.matching import test_of_condition, wanted
from changes.policies.custom.rule import CustomRule, Effect
from changes.policies.custom.tree import Condition, Group, Joined, Node, conditions
from changes.states import Kind

TRIED_AT_MOST = 200_000
_Key = tuple[str, str]
_World = Mapping[_Key, Any]
_Met = Callable[[_World], bool]
_PERHAPS_UNKNOWN = frozenset(
    {"planned_minutes", "lead_time_hours", "planned_weekday", "planned_time", "planned_date"}
)


def cautions(rule: CustomRule) -> list[str]:
    """What to beware of, gravest first."""
    found = []
    met = _met(rule.when)
    matched = {met(world) for world in _worlds(rule.when)}
    if matched == {True}:
        what = {
            Effect.DENY: "It refuses every change, always",
            Effect.WARN: "It warns of every change, always",
            Effect.REQUIRE: "It asks for approval of every change",
        }[rule.effect]
        found.append(f"{what}: its conditions match whatever is asked.")
    elif matched == {False}:
        found.append("It never matches: its conditions contradict each other.")
    if rule.effect is Effect.DENY and matched != {False} and _holds_up_emergencies(rule.when):
        found.append(
            "It also refuses emergency changes. Unless that is meant, add: kind is not emergency."
        )
    return found


def _holds_up_emergencies(tree: Group) -> bool:
    """Whether it can match an emergency change."""
    key = ("kind", "")
    if not any(condition.field == "kind" for condition in conditions(tree)):
        return True
    met = _met(tree)
    worlds = (world for world in _worlds(tree) if world[key] == str(Kind.EMERGENCY))
    return any(met(world) for world in worlds)


def _worlds(tree: Group) -> Iterator[_World]:
    """Every combination that could make a difference; see Note [Representative values]."""
    values: dict[_Key, set[Any]] = {}
    size = 0
    for condition in conditions(tree):
        values.setdefault(_key(condition), set()).update(_telling(condition))
        size += 1
    if prod(len(some) for some in values.values()) * size > TRIED_AT_MOST:
        return
    for chosen in product(*values.values()):
        yield dict(zip(values, chosen, strict=True))


def _key(condition: Condition) -> _Key:
    return condition.field, condition.zone


def _met(node: Node) -> _Met:
    """Whether a tree matches in a world; see Note [Unknown matches nothing] in `vocabulary`."""
    if isinstance(node, Condition):
        key, test = _key(node), test_of_condition(node)
        return lambda world: world[key] is not None and test(world[key])
    met = [_met(member) for member in node.members]
    if node.joined is Joined.ALL:
        return lambda world: all(one(world) for one in met)
    wanted_any = node.joined is Joined.ANY
    return lambda world: any(one(world) for one in met) is wanted_any


def _telling(condition: Condition) -> set[Any]:
    """Values that a condition can tell apart."""
    named = wanted(condition)
    some = set(named) if isinstance(named, frozenset) else {named}
    found = _TELLING[condition.about.kind.name](condition, some)
    return found | {None} if condition.field in _PERHAPS_UNKNOWN else found


def _words(condition: Condition, named: set[Any]) -> set[Any]:
    choices = condition.about.choices
    return set(choices) if choices else named | {"\x00 nobody named this"}


def _names(condition: Condition, named: set[Any]) -> set[Any]:
    return {frozenset(), *(frozenset({one}) for one in named)}


def _numbers(condition: Condition, named: set[Any]) -> set[Any]:
    least, most = (1, 4) if condition.field == "tier" else (0, NUMBER_AT_MOST)
    near = {number + step for number in named for step in (-1, 0, 1)}
    return {number for number in near if least <= number <= most} | {least, most}


def _times(condition: Condition, named: set[Any]) -> set[Any]:
    minute = timedelta(minutes=1)
    day = datetime(2026, 1, 2)  # noqa: DTZ001 wall time
    near = {(datetime.combine(day, one) - minute).time() for one in named if one > time()}
    return named | near | {time(), time(23, 59, 59)}


def _dates(condition: Condition, named: set[date]) -> set[Any]:
    return {one + timedelta(days=step) for one in named for step in (-1, 0, 1)}


_TELLING: dict[str, Callable[[Condition, set[Any]], set[Any]]] = {
    "choice": _words,
    "slug": _words,
    "text": _words,
    "names": _names,
    "number": _numbers,
    "level": lambda condition, named: set(range(len(LEVELS))),
    "yes_no": lambda condition, named: {True, False},
    "weekday": lambda condition, named: set(range(7)),
    "time": _times,
    "date": _dates,
}
