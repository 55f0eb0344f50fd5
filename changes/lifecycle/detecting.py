"""What was deployed without leave: found, and cleared where there was leave after all.

See Note [Deployed without leave] in `changes.policies.unauthorised`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from catalog.models import User
from changes.lifecycle import drafts, telling
from changes.lifecycle.fields import demand_text
from changes.lifecycle.moving import locked_facts, move
from changes.models import Change


@transaction.atomic
def detect(
    *,
    fields: Mapping[str, Any],
    at: datetime,
    seen: Mapping[str, Any],
    actor: User,
    now: datetime,
) -> Change:
    """File what was deployed at `at` as a change that owes a review, and tell its owner team.

    `fields` as in `create`; `seen` is what the ledger keeps of it as evidence.
    """
    filed = drafts.create(fields=fields, actor=actor, now=now)
    change, facts = locked_facts(ref=filed.ref, actor=actor, now=now)
    happened = {"started_at": at, "started_by": actor, "finished_at": now, "unauthorised_at": now}
    move(
        change,
        "detect",
        facts=replace(facts, unauthorised=True),
        actor=actor,
        now=now,
        sets=happened,
        says={"seen": dict(seen)},
    )
    telling.tell_of_detection(change, now=now)
    return change


@transaction.atomic
def clear(*, ref: str, reason: str, actor: User, now: datetime) -> Change:
    """Drop what was found by mistake: there was leave for it."""
    demand_text("reason", reason, "Say what leave there was for it.")
    change, facts = locked_facts(ref=ref, actor=actor, now=now)
    ended = {"closing_note": reason, "ended_at": now, "ended_by": actor}
    move(
        change,
        "clear",
        facts=facts,
        actor=actor,
        now=now,
        sets={"unauthorised_at": None, **ended},
        says={"reason": reason},
    )
    return change
