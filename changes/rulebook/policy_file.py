"""Policy rules as a YAML file: text to plain data and back, with bounds. Nothing is written.

Only the plain part of YAML is read: no anchors, aliases, tags, merges or doubles, and a time stays
text, where YAML 1.1 would take 14:00 for 840.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml
from django.core.exceptions import ValidationError

from changes.models import PolicyRule
from changes.policies.custom import reading as conditions
from changes.policies.custom.kinds_of_value import closest, shown

VERSION = 1
BYTES_AT_MOST = 262_144
NODES_AT_MOST = 40_000
DEPTH_AT_MOST = 20
RULES_AT_MOST = 500
HEAD = "# Policy rules of Tidegate: `policy import` reads this, `policy export` wrote it.\n"
KEYS = {
    "name": "name",
    "active": "is_active",
    "effect": "effect",
    "mode": "mode",
    "verbs": "verbs",
    "message": "message",
    "remedy": "remedy",
    "authority": "authority",
    "count": "count",
    "when": "conditions",
}
"""What a rule's keys in a file stand for, in the order they are written."""
_DEMANDED = ("name", "effect", "when")
_TYPES: dict[str, tuple[type, str]] = {
    "active": (bool, "true or false"),
    "count": (int, "a whole number"),
    "verbs": (list, "a list, such as [start, deploy]"),
    "when": (dict, "a group: all, any or not"),
}


class _Plain(yaml.SafeLoader):
    """Reads mappings, lists, text, whole numbers, true, false and null."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value]
        doubled = next((name for name in names if names.count(name) > 1), None)
        if doubled is not None:
            told = f"“{shown(doubled)}” stands twice in one mapping."
            raise yaml.MarkedYAMLError(problem=told, problem_mark=node.start_mark)
        return dict(super().construct_mapping(node, deep))


_Plain.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))
_Plain.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile("^(?:0|[1-9][0-9]{0,8})$"), list("0123456789")
)
_Plain.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(?:~|null|)$"), ["~", "n", ""])


def written(rules: Iterable[PolicyRule]) -> str:
    """The file that says these rules, by name."""
    entries = [entry_of(rule) for rule in sorted(rules, key=lambda rule: rule.name)]
    return HEAD + _dumped({"version": VERSION, "rules": entries})


def entry_of(rule: PolicyRule) -> dict[str, Any]:
    """What a file says of a rule; what means nothing for its effect is left out."""
    required = rule.effect == PolicyRule.EffectWord.REQUIRE
    left_out = {"verbs"} if required else {"authority", "count"}
    found = {key: getattr(rule, name) for key, name in KEYS.items() if key not in left_out}
    found["when"] = _in_reading_order(rule.conditions)
    return {key: value for key, value in found.items() if value != ""}


def _in_reading_order(plain: Any) -> Any:
    """Field before operator before value, which PostgreSQL does not keep."""
    try:
        return conditions.read(plain).as_json()
    except conditions.Unreadable:
        return plain


def lines_of(entry: Mapping[str, Any] | None) -> list[str]:
    """One entry as lines of a file, to be compared; none for no entry."""
    return _dumped(dict(entry)).splitlines() if entry else []


def read(text: str) -> list[dict[str, Any]]:
    """The entries of a file, each with known keys of the right type and a name of its own.

    Raises `ValidationError` with every sentence there is to say.
    """
    whole = _loaded(text)
    if not isinstance(whole, dict):
        raise _wrong(["The file is no mapping. It begins with `version: 1` and `rules:`."])
    mistakes = [
        f"“{shown(key)}” has no place in the file.{closest(key, ['version', 'rules'])}"
        for key in whole
        if key not in ("version", "rules")
    ]
    if whole.get("version") != VERSION or isinstance(whole.get("version"), bool):
        mistakes.append(f"It must say `version: {VERSION}`.")
    rules = whole.get("rules")
    if not isinstance(rules, list):
        raise _wrong([*mistakes, "`rules` must be a list; `rules: []` ends all that are in git."])
    if len(rules) > RULES_AT_MOST:
        raise _wrong([*mistakes, f"It has {len(rules):,} rules; {RULES_AT_MOST} are the most."])
    for number, entry in enumerate(rules):
        mistakes += _mistakes(entry, f"rules[{number}]")
    names = [entry.get("name") for entry in rules if isinstance(entry, dict)]
    doubled = dict.fromkeys(n for n in names if isinstance(n, str) and names.count(n) > 1)
    mistakes += [f"Two rules are named “{shown(name)}”." for name in doubled]
    if mistakes:
        raise _wrong(mistakes)
    return rules


def _mistakes(entry: Any, where: str) -> list[str]:
    if not isinstance(entry, dict):
        return [f"{where}: This is no mapping. Begin it with `name:`."]
    found = [
        f"{where}: “{shown(key)}” has no place in a rule.{closest(key, list(KEYS))}"
        for key in entry
        if key not in KEYS
    ]
    found += [f"{where}: It has no {key}." for key in _DEMANDED if key not in entry]
    for key, value in entry.items():
        kind, words = _TYPES.get(key, (str, "text"))
        wrong = not isinstance(value, kind) or (kind is int and isinstance(value, bool))
        if key in KEYS and wrong:
            found.append(f"{where}: {key} must be {words}.")
    verbs = entry.get("verbs")
    if isinstance(verbs, list) and not all(isinstance(verb, str) for verb in verbs):
        found.append(f"{where}: verbs must be a list of words.")
    return found


def _loaded(text: str) -> Any:
    if len(text.encode(errors="replace")) > BYTES_AT_MOST:
        raise _wrong([f"The file is larger than {BYTES_AT_MOST // 1024} KiB. Split the rules."])
    try:
        _bounded(text)
        return yaml.load(text, Loader=_Plain)  # noqa: S506 a safe loader, made safer
    except (yaml.MarkedYAMLError, yaml.reader.ReaderError) as problem:
        raise _wrong([_told(problem)]) from problem


def _bounded(text: str) -> None:
    """Refuse what is too deep, too much, or more than plain, before anything is built of it."""
    depth = nodes = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        opens = isinstance(event, yaml.CollectionStartEvent)
        depth += opens - isinstance(event, yaml.CollectionEndEvent)
        nodes += 1
        fancy = isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None)
        if fancy or getattr(event, "tag", None):
            told = "Anchors, aliases and tags are not read. Write it out."
        elif depth > DEPTH_AT_MOST:
            told = f"It is nested more than {DEPTH_AT_MOST} deep."
        elif nodes > NODES_AT_MOST:
            told = f"It has more than {NODES_AT_MOST:,} parts. Split the rules."
        else:
            continue
        mark: Any = event.start_mark
        raise yaml.MarkedYAMLError(problem=told, problem_mark=mark)


def _told(problem: Exception) -> str:
    mark = getattr(problem, "problem_mark", None)
    said = getattr(problem, "problem", None) or str(problem).partition("\n")[0]
    sentence = said[:1].upper() + said[1:].rstrip(".") + "."
    return f"Line {mark.line + 1}: {sentence}" if mark else f"It is no YAML: {sentence}"


def _dumped(data: Any) -> str:
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100))


def _wrong(sentences: list[str]) -> ValidationError:
    return ValidationError({"yaml": sentences[:20]})
