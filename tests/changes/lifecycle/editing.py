"""How tests edit a change."""

from changes import lifecycle
from changes.models import Change
from tests.living import at, person


def edit(change: Change, *, by: str = "engineer", minutes: float = 20, **fields: object) -> Change:
    edition = fields.pop("edition", None)
    return lifecycle.edit(
        ref=change.ref, fields=fields, actor=person(by), now=at(minutes), edition=edition
    )
