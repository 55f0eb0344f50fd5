"""The clocks of an emergency in words: what is owed, by when, and what happens meanwhile. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from changes.policies.owed import Duty, Owes


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock; `url` is where what is owed is given, `who` some who could give it."""

    ref: str
    title: str
    service: str
    what: str
    due_at: datetime
    overdue: bool
    url: str
    who: tuple[str, ...] = ()

    @property
    def tone(self) -> str:
        return "stop" if self.overdue else "wait"


WHAT = {Owes.VOTES: "Retroactive votes", Owes.REVIEW: "The review"}
_WHERE = {Owes.VOTES: "vote", Owes.REVIEW: "verb-review"}


def clocks(
    duties: Iterable[Duty], *, title: str, service: str, voters: Sequence[str] = (), now: datetime
) -> list[Clock]:
    """The clocks of one change."""
    return [
        Clock(
            ref=duty.ref,
            title=title,
            service=service,
            what=WHAT[duty.owes],
            due_at=duty.due_at,
            overdue=duty.is_overdue(now),
            url=f"/changes/{duty.ref}#{_WHERE[duty.owes]}",
            who=tuple(voters) if duty.owes is Owes.VOTES else (),
        )
        for duty in duties
    ]
