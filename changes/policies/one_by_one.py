"""The rules of a verb one by one: what each asks, and what it objects to. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from changes.policies import retrying
from changes.policies.custom import Effect, Mode
from changes.policies.facts import Facts
from changes.policies.verbs import RULES
from changes.policies.wrong_state import right_state
from ledger.decision import Reason


@dataclass(frozen=True, slots=True)
class Held:
    """A rule by the first sentence of its docstring; it holds when it has no objection."""

    name: str
    reasons: tuple[Reason, ...]

    @property
    def holds(self) -> bool:
        return not self.reasons


def one_by_one(verb: str, facts: Facts, *, now: datetime) -> list[Held]:
    """Every rule that `policies.may` asks about what holds at `now`, in its order."""
    state = Held("Its state allows it", tuple(right_state(verb, facts)))
    facts = retrying.as_scheduled(verb, facts)
    asked = [Held(_name(rule), tuple(rule(facts, now))) for rule in RULES[verb]]
    asked += _custom(verb, facts, now=now)
    return asked if verb == "explain" else [state, *asked]


def _custom(verb: str, facts: Facts, *, now: datetime) -> Iterator[Held]:
    """The enforced rules of one's own that deny, by name."""
    for rule in facts.custom_rules.of(verb) if facts.custom_rules else ():
        if rule.effect is Effect.DENY and rule.mode is Mode.ENFORCE:
            met = (rule.reason(facts, now=now),) if rule.matches(facts, now) else ()
            yield Held(f"{rule.name} (policy rule, version {rule.version})", met)


def _name(rule: Callable[..., object]) -> str:
    """The first sentence of a rule's docstring, without its full stop."""
    return str(rule.__doc__).strip().partition("\n")[0].partition(". ")[0].rstrip(".")
