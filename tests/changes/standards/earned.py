"""Templates that lived: proposed with evidence, approved, published."""

from typing import Any

from changes import standards
from changes.models import Change, Template
from changes.states import Kind, State
from tests.living import PLAN, at, change_at, file, person, say

WORDS: dict[str, Any] = {
    "name": "Restart",
    **{name: PLAN[name] for name in ("title", "description", "implementation_plan", "test_plan")},
    "rollback_plan": PLAN["rollback_plan"],
    "rollout": "rolling",
    "locked": ["implementation_plan", "rollback_plan"],
}
SLUG = "restart"


def evidence() -> Change:
    """A normal change that was closed."""
    return change_at(State.CLOSED)


def asked(
    *refs: str, slug: str = SLUG, why: str = "It always goes well.", **words: Any
) -> standards.Asked:
    return standards.Asked(slug, why, words or WORDS, evidence=refs)


def propose(*refs: str, by: str = "engineer", minutes: float = 130, **given: Any) -> Any:
    """Somebody proposes it; with a closed change as evidence where none is named."""
    found = refs or (evidence().ref,)
    return standards.propose(asked(*found, **given), actor=person(by), now=at(minutes))


def tell(verb: str, *, by: str, minutes: float, slug: str = SLUG, **more: Any) -> Template:
    """One verb of a template, said by a role."""
    return getattr(standards, verb)(slug=slug, actor=person(by), now=at(minutes), **more)


def published(**words: Any) -> Template:
    """The template `restart`, proposed by the engineer at 130, published at 140 minutes."""
    propose(**(WORDS | words))
    tell("approve", by="cab-1", minutes=135)
    return tell("publish", by="manager", minutes=140)


def used(template: Template, outcome: str, *, minutes: float = 150) -> Change:
    """A change made from it, lived to its end from `minutes` on."""
    change = file(
        kind=Kind.STANDARD,
        template=template,
        minutes=minutes,
        planned_start_at=at(minutes),
        planned_end_at=at(minutes + 60),
        implementation_plan=template.implementation_plan,
        rollback_plan=template.rollback_plan,
        title=template.title,
    )
    say("submit", change, minutes=minutes + 1)
    say("start", change, minutes=minutes + 2)
    if outcome == "successful":
        say("finish", change, minutes=minutes + 3)
    else:
        say("roll_back", change, minutes=minutes + 3, note="Errors.")
        say("review", change, by="owner", minutes=minutes + 4, text="A node was broken.")
    say("close", change, minutes=minutes + 5, outcome=outcome, note="So it went.")
    return change


def planned(template: Template, *, minutes: float = 150) -> Change:
    """A change made from it that waits for its time, an hour from then."""
    change = file(
        kind=Kind.STANDARD,
        template=template,
        minutes=minutes,
        planned_start_at=at(minutes + 60),
        planned_end_at=at(minutes + 600),
        implementation_plan=template.implementation_plan,
        rollback_plan=template.rollback_plan,
    )
    return say("submit", change, minutes=minutes + 1)
