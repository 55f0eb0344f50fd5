"""What has been decided, before it is written down and given."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from catalog.models import User
from changes import permits
from changes.gate.words import Answer
from changes.permits import Permit
from ledger.keys import SigningKeyPair
from ledger.timeline import Record


@dataclass(frozen=True, slots=True)
class Permitted:
    """A permit, what it is to be signed with, and when it was decided on.

    What it permits holds until `holds_until`, as far as is known: longer than the permit, mostly.
    """

    permit: Permit
    pair: SigningKeyPair
    now: datetime
    holds_until: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """What the gate says to `asked_by`, and the record of it; None where that is written already.

    To be given only once the record is written. Signing does not wait for that: it takes as long
    as deciding, and is not written down.
    """

    unsigned: Answer
    permitted: Permitted | None
    asked_by: User
    record: Record | None

    def answer(self) -> Answer:
        """What is said, with the permit signed."""
        return replace(self.unsigned, permit=self._signed()) if self.permitted else self.unsigned

    def as_json(self) -> dict[str, Any]:
        """The wire shape of the answer, with the permit signed."""
        said = self.unsigned.as_json()
        return {**said, "permit": self._signed()} if self.permitted else said

    def _signed(self) -> str:
        given = self.permitted
        return permits.sign(given.permit, now=given.now, pair=given.pair) if given else ""
