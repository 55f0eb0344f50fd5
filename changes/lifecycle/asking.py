"""Asking for approval: the requirements of a round, and whose turn it is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from catalog import writing
from changes.lifecycle import deadlines, telling
from changes.lifecycle.moving import record
from changes.models import Change, Requirement
from changes.policies import Facts, filling
from changes.policies.facts import Need
from changes.policies.needs import among
from changes.queries.agreement import need_of
from changes.queries.evidence import could_fill


def told_of(need: Need) -> dict[str, Any]:
    """A requirement as events tell it; what it does not say is left out."""
    told = {"authority": str(need.authority), "count": need.count, "rule": need.rule}
    more = {"group": need.group, "people": sorted(need.people), "percent": need.percent}
    more |= {"stage": need.stage if need.stage > 1 else None}
    return told | {name: value for name, value in more.items() if value}


def require(
    change: Change, needs: Sequence[Need], *, turn: int, now: datetime
) -> list[Requirement]:
    """Keep what a round asks. Those of the first stage are asked at once."""
    asked = filling.asked(needs, [[] for _ in needs])
    known = deadlines.known() if needs else deadlines.Known({}, {})
    rows = [
        Requirement(
            change=change,
            round=turn,
            authority=need.authority,
            count=need.count,
            rule=need.rule,
            percent=need.percent,
            group=need.group,
            people=sorted(need.people),
            stage=need.stage,
            asked_at=now if need in asked else None,
            **deadlines.following(need, known),
        )
        for need in needs
    ]
    writing.insert(*rows)
    deadlines.keep([row for row in rows if row.asked_at], known, now=now)
    return rows


def could_vote(facts: Facts) -> set[str]:
    """The people who could fill a requirement of the first stage: they are asked at once."""
    first = filling.asked(facts.needs, [[] for _ in facts.needs])
    candidates = facts.candidates or {}
    return {name for need in first for name in among(need, candidates)}


def ask_next(change: Change, *, facts: Facts, now: datetime) -> None:
    """Ask those whose stage has come by the votes that are in, and record that they were."""
    asked = filling.asked(facts.needs, filling.approvals(facts))
    if all(need.stage == 1 for need in asked):
        return
    waiting = Requirement.objects.filter(
        change=change, round=change.approval_round, asked_at__isnull=True, stage__gt=1
    )
    rows = [row for row in waiting.order_by("id") if need_of(row) in asked]
    for row in rows:
        row.asked_at = now
    if rows:
        Requirement.objects.bulk_update(rows, ["asked_at"])
        deadlines.keep(rows, deadlines.known(), now=now)
        says = {"requirements": [told_of(need_of(row)) for row in rows]}
        record(change, "ask", actor=None, now=now, says=says, written=rows)
        newly = replace(facts, needs=tuple(need_of(row) for row in rows))
        could = could_fill(newly, change=change, now=now)
        names = {name for some in could.vote.values() for name in some}
        telling.ask_for_votes(change, names, actor=change.author, now=now, anew=False)
