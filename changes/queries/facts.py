"""Facts for the rules, gathered in one statement."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from catalog import statements
from catalog.models import User
from changes.models import Change
from changes.policies import facts as f
from changes.queries import facts_people, facts_rows, facts_sql, kept, live_sql, owed
from changes.states import Kind
from ledger.keys import SealedKey


class NoSuchPlace(LookupError):
    """The catalogue knows no such service or environment."""

    def __init__(self, *, service: str, environment: str) -> None:
        self.service, self.environment = service, environment
        super().__init__(f"There is no service {service} or no environment {environment}.")


def of_change(*, change_id: int, actor: User, now: datetime) -> f.Facts:
    """The facts about a change, seen by `actor`. Raises LookupError when there is none."""
    row = _one(facts_sql.OF_CHANGE, actor=actor, now=now, change=change_id, kind=Kind.NORMAL)
    if row is None:
        raise LookupError(f"There is no change CHG-{change_id}.")
    *_, rules, runs, tasks, standing, stamp = row
    live, settled = row[: facts_rows.LIVE], facts_rows.settled(row)
    if not connection.in_atomic_block:
        kept.remember(stamp, actor=actor.pk, change=live[0], settled=settled, now=now)
    return _alone(live, settled, rules, runs, tasks, standing, actor=actor, now=now)


def of(change: Change, *, actor: User, now: datetime) -> f.Facts:
    """`of_change` of a row read with its place, for less where what seldom changes is remembered.

    Also inside a transaction, if that has written none of it. One statement, or two; see Note
    [What the gate remembers].
    """
    place = {"service": change.service.slug, "environment": change.environment.slug}
    known = kept.recall_place(actor=actor.pk, **place)
    asked = {**place, "change": change.pk, "actor": actor.pk, "now": now}
    there = at_place(asked, known) if known else None
    row = live_part(live_sql.LIVE_OF_CHANGE_ALONE, there, known) if known and there else None
    if row is None:
        return of_change(change_id=change.pk, actor=actor, now=now)
    live, settled, more = row
    return _alone(live, settled, *more, actor=actor, now=now)


def _alone(
    live: list[Any],
    settled: list[Any],
    rules: Any,
    runs: Any,
    tasks: Any,
    standing: list[Any],
    *,
    actor: User,
    now: datetime,
) -> f.Facts:
    """The facts of a change that is asked about by itself, with its checks and tasks."""
    known = with_names(facts_rows.facts(live, settled, actor=actor), now=now)
    known = facts_rows.with_tasks(known, tasks)
    known = facts_people.with_standing(known, live, standing, actor=actor)
    return facts_rows.with_checks(known, rules or (), runs or ())


def at_gate(
    *,
    service: str,
    environment: str,
    change: int | None,
    revision: str,
    actor: User,
    now: datetime,
    key_purpose: str,
) -> tuple[f.Facts, SealedKey | None]:
    """The facts for a pipeline's question, with the key in use for a purpose, if there is one.

    `ref` is "" when no change fits. Raises `NoSuchPlace`.
    """
    row = _one(
        facts_sql.OF_REVISION_AT_GATE if change is None else facts_sql.OF_CHANGE_AT_GATE,
        actor=actor,
        now=now,
        service=service,
        environment=environment,
        change=change,
        revision=revision,
        kind=Kind.NORMAL,
        key_purpose=key_purpose,
    )
    if row is None:
        raise NoSuchPlace(service=service, environment=environment)
    return _facts(row, actor=actor, now=now), row[-1]


def at_place(asked: Mapping[str, Any], known: kept.Here) -> dict[str, Any] | None:
    """What is asked, of a place by what is remembered of it; None where that is not enough."""
    place = known.place
    if place[facts_rows.AT_MOST] is not None:  # who runs there is counted at every question
        return None
    here = {"service_id": place[0], "tier": place[2], "environment_id": place[6]}
    claim = 0 if place[facts_rows.APART] == "environment" else place[0]
    return {**asked, **here, "claim": claim, "stamp": known.stamp}


def live_part(
    sql: str, there: dict[str, Any], known: kept.Here
) -> tuple[list[Any], list[Any], list[Any]] | None:
    """The live part, the settled one as it is remembered, and what else the statement told.

    None where that is not enough, or out of date.
    """
    row = parts_of(sql, there)
    if row is None:
        return None
    surely, (stamp, unusual, *more) = row[: facts_rows.SURELY], row[facts_rows.SURELY :]
    settled = None if unusual else kept.settled(known, stamp, change=surely[0])
    return None if settled is None else ([*surely, *facts_rows.NOTHING], settled, more)


def of_place(
    *,
    service: str,
    environment: str,
    kind: str,
    actor: User,
    now: datetime,
    category: str = "",
    risk: str = "low",
) -> f.Facts:
    """What holds on a service in an environment, with no saved change in mind.

    `kind`, `category` and `risk` are those of a change yet to be written: windows look at them.
    Raises `NoSuchPlace`.
    """
    row = _one(
        facts_sql.OF_PLACE,
        actor=actor,
        now=now,
        service=service,
        environment=environment,
        kind=kind,
        category=category,
        risk=risk,
    )
    if row is None:
        raise NoSuchPlace(service=service, environment=environment)
    return replace(_facts(row, actor=actor, now=now), kind=Kind(kind))


def _one(sql: str, *, actor: User, now: datetime, **parameters: Any) -> list[Any] | None:
    asked = {"actor": actor.pk, "now": now, "category": "", "risk": "low", **parameters}
    return parts_of(sql, asked)


def parts_of(sql: str, asked: Mapping[str, Any]) -> list[Any] | None:
    """The parts of the statement's one row, which comes as JSON."""
    found = statements.text(sql, asked)
    parts: list[Any] | None = orjson.loads(found) if found else None
    return parts


def _facts(row: list[Any], *, actor: User, now: datetime) -> f.Facts:
    known = facts_rows.facts(row[: facts_rows.LIVE], facts_rows.settled(row), actor=actor)
    return with_names(known, now=now)


def with_names(facts: f.Facts, *, now: datetime) -> f.Facts:
    """With who could give what is overdue: only asked where something is."""
    if not facts.overdue_reviews:
        return facts
    return replace(facts, overdue_reviews=owed.named(facts.overdue_reviews, now=now))
