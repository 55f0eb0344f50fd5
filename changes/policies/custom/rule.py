"""A custom policy rule, and what the rules of a verb come to. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from changes.policies.custom.matching import Matches, compiled, is_timed, turns
from changes.policies.custom.tree import Group, conditions
from changes.policies.facts import AUTHORITY_WORDS, Authority, Facts, Need
from changes.states import Kind
from ledger.decision import Reason

CODE = "custom_rule"
LOOKED_AHEAD = timedelta(days=400)


class Effect(StrEnum):
    DENY = "deny"
    WARN = "warn"
    REQUIRE = "require"


class Mode(StrEnum):
    ENFORCE = "enforce"
    SHADOW = "shadow"


VERBS = ("submit", "start", "deploy", "close")
"""What a rule may be asked at. A requirement is always asked at `submit`."""


@dataclass(frozen=True, slots=True)
class CustomRule:
    """One version of a rule; `when` is its tree.

    `authority` and `count` are whom it asks for, where its effect is to require.
    """

    name: str
    version: int
    effect: Effect
    mode: Mode
    verbs: frozenset[str]
    when: Group
    message: str = ""
    remedy: str = ""
    authority: Authority = Authority.CAB
    count: int = 1
    matches: Matches = field(init=False, repr=False, compare=False)
    timed: bool = field(init=False, repr=False, compare=False)
    of_place: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "matches", compiled(self.when))
        object.__setattr__(self, "timed", is_timed(self.when))
        of_place = all(one.about.of_place for one in conditions(self.when))
        object.__setattr__(self, "of_place", of_place)

    @property
    def fields(self) -> frozenset[str]:
        """Names of what it looks at."""
        return frozenset(one.field for one in conditions(self.when))

    @property
    def source(self) -> str:
        """How a reason names it: `policy rule No risky Fridays, version 3`."""
        return f"policy rule {self.name}, version {self.version}"

    def reason(self, facts: Facts, *, now: datetime) -> Reason:
        """What it says of facts that it matches."""
        if self.effect is Effect.REQUIRE:
            who = AUTHORITY_WORDS[self.authority]
            asked = who if self.count == 1 else f"{self.count} × {who}"
            return Reason(
                CODE,
                self.message or f"It asks for the approval of {asked}.",
                self.remedy or f"Ask {who} to vote.",
                source=self.source,
            )
        return Reason(
            CODE, self.message, self.remedy, until=self.ends_at(facts, now=now), source=self.source
        )

    def ends_at(self, facts: Facts, *, now: datetime) -> datetime | None:
        """When time alone makes a rule that matches match no more; None where it never does."""
        if not self.timed:
            return None
        before = now + LOOKED_AHEAD
        return turns(self.when, self.matches, facts, now=now, before=before, to=False)

    def begins_at(self, facts: Facts, *, now: datetime, before: datetime) -> datetime | None:
        """When, before `before`, time alone makes a rule match that does not now."""
        if not self.timed:
            return None
        return turns(self.when, self.matches, facts, now=now, before=before, to=True)


@dataclass(frozen=True, slots=True)
class Said:
    """What the rules of a verb come to; `would_have` is what those in shadow mode say."""

    denials: tuple[Reason, ...] = ()
    warnings: tuple[Reason, ...] = ()
    would_have: tuple[Reason, ...] = ()


NOTHING = Said()


class RuleSet:
    """The rules in force, sorted once by the verbs they are asked at."""

    __slots__ = ("_by_verb", "fields", "rules")

    def __init__(self, rules: Iterable[CustomRule] = ()) -> None:
        self.rules = tuple(rules)
        self.fields = frozenset(name for rule in self.rules for name in rule.fields)
        self._by_verb = {
            verb: tuple(rule for rule in self.rules if verb in rule.verbs) for verb in VERBS
        }
        self._by_verb["explain"] = tuple(r for r in self._by_verb["deploy"] if r.of_place)

    def of(self, verb: str) -> tuple[CustomRule, ...]:
        """The rules asked at a verb. Where there is no change, those that need none."""
        return self._by_verb.get(verb, ())

    def say(self, verb: str, facts: Facts, *, now: datetime) -> Said:
        """What the rules asked at a verb object to, warn of, and would have said."""
        rules = self._by_verb.get(verb)
        if not rules:
            return NOTHING
        met = [rule for rule in rules if rule.matches(facts, now)]
        if not met:
            return NOTHING
        said: dict[Effect | Mode, list[Reason]] = {
            Effect.DENY: [],
            Effect.WARN: [],
            Mode.SHADOW: [],
        }
        for rule in met:
            if rule.mode is Mode.SHADOW:
                said[Mode.SHADOW].append(rule.reason(facts, now=now))
            elif rule.effect is not Effect.REQUIRE:
                said[rule.effect].append(rule.reason(facts, now=now))
        return Said(*(tuple(reasons) for reasons in said.values()))

    def needs(self, facts: Facts, *, now: datetime) -> tuple[Need, ...]:
        """Whom the matching rules ask for, by name. A standard change was agreed beforehand."""
        if facts.kind is Kind.STANDARD:
            return ()
        return tuple(
            Need(rule.authority, rule.count, f"{rule.name}, version {rule.version}")
            for rule in sorted(self.of("submit"), key=lambda rule: rule.name)
            if rule.effect is Effect.REQUIRE
            and rule.mode is Mode.ENFORCE
            and rule.matches(facts, now)
        )

    def shuts(self, facts: Facts, *, now: datetime, before: datetime) -> Iterator[datetime]:
        """When denials of a deployment begin that do not hold now, as time passes."""
        for rule in self._by_verb["deploy"]:
            if rule.effect is Effect.DENY and rule.mode is Mode.ENFORCE and rule.timed:
                begins = rule.begins_at(facts, now=now, before=before)
                if begins is not None:
                    yield begins


NO_RULES = RuleSet()
