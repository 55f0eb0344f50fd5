"""Policy rules out to a file and in from one: all or nothing, in one transaction.

# Note [Kept in git]
What a file names is marked as kept in git. A rule that is so marked and that the file leaves out
is deactivated, never deleted. Rules made in the admin, which no file ever named, are left alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes.models import PolicyRule
from changes.rulebook import policy, policy_file
from ledger.keeping import demand_change_manager


class Did(StrEnum):
    CREATED = "created"
    EDITED = "edited"
    ENDED = "ended"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one rule; `diff` is a unified diff of what files say of it, "" for none."""

    name: str
    did: Did
    version: int
    diff: str


def export() -> str:
    """The file that says every rule there is, by name."""
    return policy_file.written(PolicyRule.objects.all())


@transaction.atomic
def take_in(text: str, *, actor: User, now: datetime, dry_run: bool = False) -> list[Step]:
    """Let the rules be as a file says; see Note [Kept in git]. A dry run writes nothing.

    Answers a step for each rule, by name; the same file again changes nothing. Raises
    `ValidationError` (`yaml`) with a sentence for every mistake, and `Refused` when `actor` is no
    change manager.
    """
    demand_change_manager("import policy rules", actor=actor, ref="", what="policy rules")
    entries = policy_file.read(text)
    rows = {row.name: row for row in PolicyRule.objects.select_for_update().order_by("id")}
    steps, mistakes = [], []
    for number, entry in enumerate(entries):
        try:
            with transaction.atomic():
                steps.append(_take(entry, rows.get(entry["name"]), actor=actor, now=now))
        except ValidationError as wrong:
            where = f"rules[{number}] “{entry['name'][:100]}”"
            mistakes += [f"{where}: {sentence}" for sentence in _sentences(wrong)]
    if mistakes:
        raise ValidationError({"yaml": mistakes[:20]})
    named = {entry["name"] for entry in entries}
    steps += [
        _end(row, actor=actor, now=now)
        for row in rows.values()
        if row.managed_in == policy.GIT and row.is_active and row.name not in named
    ]
    if dry_run:
        transaction.set_rollback(True)
    return sorted(steps, key=lambda step: step.name)


def _take(entry: dict[str, Any], row: PolicyRule | None, *, actor: User, now: datetime) -> Step:
    before = policy_file.entry_of(row) if row else None
    version = row.version if row else 0
    rule, blank = row or PolicyRule(), PolicyRule()
    for key, name in policy_file.KEYS.items():
        setattr(rule, name, entry.get(key, getattr(blank, name)))
    saved = policy.save(rule, actor=actor, now=now, managed_in=policy.GIT)
    if saved.version == version:
        return Step(saved.name, Did.UNCHANGED, version, "")
    did = Did.EDITED if row else Did.CREATED
    diff = _diff(before, policy_file.entry_of(saved))
    return Step(saved.name, did, saved.version, diff or "now kept in git\n")


def _end(row: PolicyRule, *, actor: User, now: datetime) -> Step:
    before = policy_file.entry_of(row)
    row.is_active = False
    policy.save(row, actor=actor, now=now, managed_in=policy.GIT)
    return Step(row.name, Did.ENDED, row.version, _diff(before, policy_file.entry_of(row)))


def _diff(before: dict[str, Any] | None, after: dict[str, Any]) -> str:
    lines = unified_diff(
        policy_file.lines_of(before), policy_file.lines_of(after), lineterm="", n=2
    )
    return "".join(f"{line}\n" for line in list(lines)[2:])


def _sentences(wrong: ValidationError) -> Iterator[str]:
    for field, sentences in wrong.message_dict.items():
        key = next((key for key, name in policy_file.KEYS.items() if name == field), field)
        yield from (f"{key}: {sentence}" for sentence in sentences)
