"""Every row that decides something, as it stands: what the ledger is verified against.

# Note [What is not compared]
Places in the queue and conflicts are written anew every few seconds from what is compared here, and
let nothing through by themselves; backtests, feeds, letters and what came in decide nothing; how
changes went is counted again from them (`rebuild_track_records`). When a token was last used is
left out.
"""

from collections.abc import Iterator

import changes.queries
import incidents.queries
from catalog.models import User
from changes.queries import kept_answers, kept_reservations
from incidents import complaints, error_budgets
from incidents.intake import mappings, topics
from incidents.status_page import components
from incidents.updates import recorded as updates
from ledger import catalogue, issued_tokens, verify
from ledger.inbox import sources

KEPT: tuple[verify.Kept, ...] = (
    *(verify.Kept(kind, rows) for kind, rows in changes.queries.KEPT.items()),
    *(verify.Kept(kind, rows) for kind, rows in incidents.queries.KEPT.items()),
    verify.Kept("catalogue", catalogue.row_digests),
    verify.Kept("error budgets", error_budgets.row_digests),
    verify.Kept("components of the status page", components.row_digests),
    verify.Kept("updates of incidents", updates.row_digests),
    verify.Kept("API tokens", issued_tokens.row_digests),
    verify.Kept("sources", sources.row_digests),
    verify.Kept("signal mappings", mappings.row_digests),
    verify.Kept("SNS topics", topics.row_digests),
    verify.Kept("complaints", complaints.row_digests),
    verify.Kept("trusted issuers", catalogue.trust_digests),
)
ROWS: tuple[verify.Rows | verify.Kept, ...] = (
    changes.queries.row_digests,
    incidents.queries.row_digests,
    *KEPT,
)


ANSWERS: tuple[verify.Comparison, ...] = (kept_answers.faults, kept_reservations.faults)


def newest_user() -> Iterator[tuple[str, str]]:
    """(ref, digest) of the user made last."""
    user = User.objects.order_by("-pk")[0]
    yield catalogue.ref_of(user), catalogue.digest(user)
