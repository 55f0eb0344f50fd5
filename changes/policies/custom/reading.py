"""From plain data, as JSON or YAML give it, to a tree; every mistake with its place."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from changes.policies.custom.field import Field
from changes.policies.custom.kinds_of_value import (
    LOCAL,
    OPERATOR_WORDS,
    SEVERAL,
    VALUES_AT_MOST,
    Operator,
    WrongValue,
    closest,
    shown,
)
from changes.policies.custom.tree import Condition, Group, Joined, Node, conditions
from changes.policies.custom.vocabulary import FIELDS

CONDITIONS_AT_MOST = 200
DEPTH_AT_MOST = 5
TOLD_AT_MOST = 20
_OF_CONDITION = ("field", "operator", "value", "zone")
_JOINED = tuple(str(joined) for joined in Joined)


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong at `path`, such as `all[1].any[0]`; `part` names the wrong part there."""

    path: str
    part: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}: {self.sentence}" if self.path else self.sentence


class Unreadable(ValueError):
    """Conditions that say nothing a rule could be; `mistakes` has at least one."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = mistakes
        super().__init__(" ".join(str(mistake) for mistake in mistakes))


def read(plain: Any) -> Group:
    """The tree that `{"all": […]}`, `{"any": […]}` or `{"not": […]}` stands for.

    Raises `Unreadable` with up to twenty mistakes.
    """
    _refuse_too_many(plain)
    mistakes: list[Mistake] = []
    found = _node(plain, "", 1, mistakes)
    if isinstance(found, Condition):
        mistakes.append(Mistake("", "", "Put the condition into a group: all, any or not."))
    if mistakes or not isinstance(found, Group):
        raise Unreadable(mistakes[:TOLD_AT_MOST])
    return found


def _refuse_too_many(plain: Any) -> None:
    """Counted before anything is looked at, so that what is far too long costs little."""
    count, level, waiting = 0, 0, [plain]
    while waiting and level <= DEPTH_AT_MOST:
        level += 1
        count += sum(isinstance(one, dict) and "field" in one for one in waiting)
        waiting = [
            member
            for one in waiting
            if isinstance(one, dict)
            for members in one.values()
            if isinstance(members, list)
            for member in members
            if isinstance(member, dict)
        ]
    if count > CONDITIONS_AT_MOST:
        sentence = (
            f"It has {count:,} conditions; {CONDITIONS_AT_MOST} are the most. Split the rule."
        )
        raise Unreadable([Mistake("", "", sentence)])
    if waiting:
        raise Unreadable([_too_deep("")])


def _too_deep(path: str) -> Mistake:
    return Mistake(
        path, "", f"Groups stand more than {DEPTH_AT_MOST} deep in each other. Split the rule."
    )


def _node(plain: Any, path: str, depth: int, mistakes: list[Mistake]) -> Node | None:
    if not isinstance(plain, dict):
        sentence = (
            "This is neither a group (all, any, not) nor a condition (field, operator, value)."
        )
        mistakes.append(Mistake(path, "", sentence))
        return None
    named = [name for name in _JOINED if name in plain]
    if "field" in plain or "operator" in plain or not named:
        return _condition(plain, path, mistakes)
    if len(plain) > 1:
        sentence = f"A group is one of all, any and not, alone; this has {_names(plain)}."
        mistakes.append(Mistake(path, "", sentence))
        return None
    if depth > DEPTH_AT_MOST:
        mistakes.append(_too_deep(path))
        return None
    return _group(named[0], plain[named[0]], path, depth, mistakes)


def _group(name: str, members: Any, path: str, depth: int, mistakes: list[Mistake]) -> Group | None:
    where = f"{path}.{name}" if path else name
    if not isinstance(members, list) or not members:
        mistakes.append(Mistake(where, "", "The group is empty. Add a condition, or remove it."))
        return None
    found = [
        _node(member, f"{where}[{index}]", depth + 1, mistakes)
        for index, member in enumerate(members)
    ]
    whole = tuple(one for one in found if one is not None)
    return Group(Joined(name), whole) if len(whole) == len(found) else None


def _condition(plain: dict[Any, Any], path: str, mistakes: list[Mistake]) -> Condition | None:
    before = len(mistakes)
    for name in plain:
        if name not in _OF_CONDITION:
            known = (*_OF_CONDITION, *_JOINED)
            sentence = f"“{shown(name)}” has no place here.{closest(name, known)}"
            mistakes.append(Mistake(path, "", sentence))
    field = FIELDS.get(plain["field"]) if isinstance(plain.get("field"), str) else None
    if field is None:
        mistakes.append(Mistake(path, "field", _no_field(plain.get("field"))))
        return None
    operator = _operator(field, plain.get("operator"), path, mistakes)
    zone = _zone(field, plain.get("zone", ""), path, mistakes)
    value = _value(field, operator, plain, path, mistakes) if operator else None
    if len(mistakes) > before or operator is None:
        return None
    return Condition(field.name, operator, value, zone)


def _no_field(name: Any) -> str:
    if name is None or name == "":
        return "Choose a field."
    return f"There is no field “{shown(name)}”.{closest(name, tuple(FIELDS))}"


def _operator(field: Field, name: Any, path: str, mistakes: list[Mistake]) -> Operator | None:
    if isinstance(name, str) and name in field.kind.operators:
        return Operator(name)
    fitting = ", ".join(str(one) for one in field.kind.operators)
    known = isinstance(name, str) and name in tuple(OPERATOR_WORDS)
    wrong = f"“{shown(name)}” does not fit {field.name}" if name else "Choose an operator"
    near = "" if known or not name else closest(name, tuple(str(one) for one in Operator))
    mistakes.append(Mistake(path, "operator", f"{wrong}: use {fitting}.{near}"))
    return None


def _zone(field: Field, zone: Any, path: str, mistakes: list[Mistake]) -> str:
    if zone in ("", None):
        return ""
    if not field.is_local:
        sentence = f"Only days, dates and times ({', '.join(LOCAL)}) have a zone; leave it out."
        mistakes.append(Mistake(path, "zone", sentence))
    elif not isinstance(zone, str) or zone not in available_timezones():
        sentence = (
            f"“{shown(zone)}” is not an IANA time zone. Use a name such as Europe/Amsterdam or UTC."
        )
        mistakes.append(Mistake(path, "zone", sentence))
    else:
        return zone
    return ""


def _value(
    field: Field, operator: Operator, plain: dict[Any, Any], path: str, mistakes: list[Mistake]
) -> Any:
    """The value as it is kept: plain, checked, several of them as a tuple without doubles."""
    given = plain.get("value")
    try:
        if given in (None, "", []):
            raise WrongValue(f"Give a value: {field.kind.written}.")
        if operator not in SEVERAL:
            return _kept(field, given)
        several = given if isinstance(given, list) else [given]
        if len(several) > VALUES_AT_MOST:
            raise WrongValue(f"It lists {len(several):,} values; {VALUES_AT_MOST} are the most.")
        return tuple(dict.fromkeys(_kept(field, one) for one in several))
    except WrongValue as wrong:
        mistakes.append(Mistake(path, "value", str(wrong)))
        return None


def _kept(field: Field, value: Any) -> Any:
    parsed = field.kind.parse(value, field.choices)
    return parsed if isinstance(parsed, bool) or field.kind.name == "number" else value


def _names(plain: dict[Any, Any]) -> str:
    return ", ".join(shown(name) for name in list(plain)[:5])


def count(tree: Group) -> int:
    """How many conditions a tree has."""
    return sum(1 for _ in conditions(tree))
