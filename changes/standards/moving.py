"""What becomes of an approved template: published, suspended, reinstated, retired."""

from datetime import datetime
from typing import Any

from django.db import transaction

from catalog.models import User
from changes.lifecycle import suspending
from changes.lifecycle.fields import demand_text
from changes.models import Template, TemplateVersion
from changes.queries import templates as found
from changes.standards.deciding import demand
from changes.states import TEMPLATE_MOVES
from ledger import rows


@transaction.atomic
def publish(*, slug: str, actor: User, now: datetime) -> Template:
    """Let standard changes be made from it."""
    return _move("publish", slug, actor=actor, now=now, sets={"counted_from": now}, says={})


@transaction.atomic
def suspend(*, slug: str, reason: str, actor: User, now: datetime) -> Template:
    """Stop its changes from starting until it is reinstated."""
    demand_text("reason", reason, "Say why changes made from it must not start.")
    row = found.by_slug(slug, lock=True)
    demand("suspend", row, actor=actor)
    suspending.suspend(row, reason=reason.strip(), actor=actor, now=now)
    return row


@transaction.atomic
def reinstate(*, slug: str, comment: str, actor: User, now: datetime) -> Template:
    """Let its changes start again, which takes an approval; earlier uses do not count any more."""
    demand_text("comment", comment, "Say what was found, and why it may be used again.")
    return _move(
        "reinstate",
        slug,
        actor=actor,
        now=now,
        sets={"suspended_at": None, "suspension": "", "counted_from": now},
        says={"comment": comment.strip()},
    )


@transaction.atomic
def retire(*, slug: str, actor: User, now: datetime) -> Template:
    """End it for good; what is submitted already finishes. A proposal that is open lapses."""
    row = found.by_slug(slug, lock=True)
    demand("retire", row, actor=actor)
    says: dict[str, Any] = {}
    proposed = found.open_proposal(row)
    if proposed is not None:
        proposed.verdict, proposed.comment = TemplateVersion.Verdict.WITHDRAWN, "Retired."
        proposed.decided_at, proposed.decided_by = now, actor
        proposed.save(update_fields=["verdict", "comment", "decided_at", "decided_by"])
        says = rows.told({proposed.ref: proposed})
    return _move("retire", slug, actor=actor, now=now, sets={}, says=says)


def _move(
    verb: str,
    slug: str,
    *,
    actor: User,
    now: datetime,
    sets: dict[str, Any],
    says: dict[str, Any],
) -> Template:
    row = found.by_slug(slug, lock=True)
    demand(verb, row, actor=actor)
    source, row.state = row.state, TEMPLATE_MOVES[verb][1]
    for name, value in sets.items():
        setattr(row, name, value)
    row.save(update_fields=["state", *sets])
    told = {"from": str(source), "to": str(row.state), **says}
    suspending.record(row, PAST[verb], actor=actor, now=now, says=told)
    return row


PAST = {"publish": "published", "reinstate": "reinstated", "retire": "retired"}
