"""Every row that decides something, as it stands: what the ledger is verified against."""

from collections.abc import Iterator

import changes.queries
import incidents.queries
from catalog.models import User
from changes.queries import kept_answers
from ledger import catalogue, verify

KEPT: tuple[verify.Rows, ...] = (changes.queries.kept_digests, catalogue.row_digests)
ROWS: tuple[verify.Rows | verify.Kept, ...] = (
    changes.queries.row_digests,
    incidents.queries.row_digests,
    *map(verify.Kept, KEPT),
)


ANSWERS: tuple[verify.Comparison, ...] = (kept_answers.faults,)


def newest_user() -> Iterator[tuple[str, str]]:
    """(ref, digest) of the user made last."""
    user = User.objects.order_by("-pk")[0]
    yield catalogue.ref_of(user), catalogue.digest(user)
