"""A rule read back as one sentence."""

from collections.abc import Sequence
from typing import Any

from changes.policies.custom.kinds_of_value import (
    CHOICE,
    LEVEL,
    NAMES,
    OPERATOR_WORDS,
    SEVERAL,
    WEEKDAY,
    YES_NO,
    Operator,
)
from changes.policies.custom.rule import CustomRule, Effect, Mode
from changes.policies.custom.tree import Condition, Group, Joined, Node
from changes.policies.facts import AUTHORITY_WORDS
from changes.policies.reasons import either, listed

_JOINED = {Joined.ALL: " and ", Joined.ANY: " or ", Joined.NOT: " or "}
_TIME = {Operator.BEFORE: "before", Operator.AFTER: "after"}


def sentence(rule: CustomRule) -> str:
    """`Deny start when kind is normal and tier is at most 2, on Fridays after 14:00 Europe/Berlin`.

    Ends without a full stop.
    """
    return f"{_opening(rule)} {_verbs(rule)}when {_tree(rule.when)}"


def _opening(rule: CustomRule) -> str:
    if rule.effect is Effect.REQUIRE:
        who = AUTHORITY_WORDS[rule.authority]
        count = "" if rule.count == 1 else f"{rule.count} × "
        said = f"Require the approval of {count}{who}"
    else:
        said = "Deny" if rule.effect is Effect.DENY else "Warn"
    return said if rule.mode is Mode.ENFORCE else f"In shadow: {said[0].lower()}{said[1:]}"


def _verbs(rule: CustomRule) -> str:
    """`start and deploy `; left out for requirements, which are asked at submit."""
    if rule.effect is Effect.REQUIRE:
        return ""
    words = [verb for verb in ("submit", "start", "deploy", "close") if verb in rule.verbs]
    joined = listed(words)
    return f"{joined} " if rule.effect is Effect.DENY else f"at {joined} "


def _tree(group: Group) -> str:
    """The top: days and times of an `all` stand last, in the words people use."""
    if group.joined is not Joined.ALL:
        return _group(group)
    timed = [one for one in group.members if _spoken(one)]
    plain = [_node(one) for one in group.members if one not in timed]
    times = _times([one for one in timed if isinstance(one, Condition)])
    return " ".join(part for part in (" and ".join(plain), times) if part)


def _spoken(node: Node) -> bool:
    """Whether a condition reads best as `on Fridays` or `after 14:00`."""
    if not isinstance(node, Condition):
        return False
    of_day = node.field == "weekday" and node.operator in (Operator.IS, Operator.IN)
    return of_day or node.field == "time"


def _times(timed: Sequence[Condition]) -> str:
    """`on Fridays and Saturdays after 14:00 Europe/Berlin`; a shared zone is said once."""
    zones = {one.zone for one in timed}
    words = [_time(one) + ("" if len(zones) == 1 else _zone(one)) for one in timed]
    return " ".join(words) + (_zone(timed[0]) if len(zones) == 1 else "")


def _time(condition: Condition) -> str:
    if condition.field == "weekday":
        return f"on {listed(f'{day.capitalize()}s' for day in _several(condition))}"
    return f"{_TIME[condition.operator]} {condition.value}"


def _zone(condition: Condition) -> str:
    return f" {condition.zone}" if condition.zone else " in the team’s zone"


def _node(node: Node) -> str:
    if isinstance(node, Condition):
        return _condition(node)
    inner = _group(node)
    return inner if node.joined is Joined.NOT or len(node.members) == 1 else f"({inner})"


def _group(group: Group) -> str:
    inner = _JOINED[group.joined].join(_node(member) for member in group.members)
    return f"not ({inner})" if group.joined is Joined.NOT else inner


def _condition(condition: Condition) -> str:
    field, operator = condition.about, condition.operator
    if field.kind is YES_NO:
        return field.words if condition.value is True else field.negated
    zone = _zone(condition) if field.is_local else ""
    words = OPERATOR_WORDS[operator]
    if field.kind is NAMES:
        words = "include" if operator is Operator.CONTAINS else "do not include"
    elif field.plural:
        words = words.replace("is", "are", 1)
    if operator is Operator.IN:
        return f"{field.words} is {either(_several(condition))}{zone}"
    if operator is Operator.NOT_IN:
        return f"{field.words} is not {either(_several(condition))}{zone}"
    return f"{field.words} {words} {_word(condition, condition.value)}{zone}"


def _several(condition: Condition) -> list[str]:
    values = condition.value if condition.operator in SEVERAL else (condition.value,)
    return [_word(condition, value) for value in values]


def _word(condition: Condition, value: Any) -> str:
    """Days begin with a capital, and words of ours have no underscores; names are as they are."""
    kind = condition.about.kind
    if kind is WEEKDAY:
        return str(value).capitalize()
    return str(value).replace("_", " ") if kind is CHOICE or kind is LEVEL else str(value)
