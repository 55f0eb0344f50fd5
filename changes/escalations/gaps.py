"""Votes that nobody is left to give: people left, went on leave or changed group.

# Note [Gaps that open later]
That a requirement can be filled is demanded when a change is submitted; people move on afterwards.
So every few minutes the changes that wait are looked at again: with what everybody holds now, read
once for each authority and team and not for each change, and one by one, locked, where something
differs from what was told. A gap is told once, and once more when it has closed.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Prefetch

from catalog.models import User
from catalog.roles import CHANGE_MANAGERS
from changes.lifecycle import locked_facts, telling
from changes.lifecycle.asking import told_of
from changes.lifecycle.moving import record
from changes.models import Change, Requirement, Vote
from changes.policies import filling
from changes.policies.facts import Need
from changes.queries.agreement import Known, involved_in, need_of, who_could
from changes.queries.evidence import could_fill
from changes.queries.refs import by_ref
from changes.queries.voting import current, wanted

AT_ONCE = 500


def look_for_gaps(*, now: datetime, limit: int) -> int:
    """Tell of gaps that opened or closed, of at most `limit` changes; answers of how many."""
    told = 0
    for ref in _differing(now=now):
        if told == limit:
            return told
        told += _look(ref=ref, now=now)
    return told


def _differing(*, now: datetime) -> Iterator[str]:
    """Refs of waiting changes whose gaps are perhaps others than what was told."""
    asked = current(Requirement.objects.order_by("id"))
    cast = current(Vote.objects.select_related("voter", "on_behalf_of").order_by("id"))
    rows = (
        wanted()
        .select_related("service__owner_team", "incident__commander")
        .order_by("pk")
        .prefetch_related(
            Prefetch("requirements", asked, to_attr="asked"),
            Prefetch("votes", cast, to_attr="cast"),
        )
    )
    known: Known = {}
    for change in rows.iterator(chunk_size=AT_ONCE):
        short = {need.rule for need, _ in _short_now(change, known, now=now)}
        if short != {row.rule for row in change.asked if row.gap_found_at}:
            yield change.ref


def _short_now(change: Any, known: Known, *, now: datetime) -> list[tuple[Need, int]]:
    """The gaps of a change read with what it has `asked` and who has `cast` votes."""
    needs = [need_of(row) for row in change.asked]
    commander = change.incident.commander if change.incident else None
    involved = {key for key in involved_in(change) if key}
    could = who_could(
        needs,
        team=change.service.owner_team.slug,
        commander=commander.username if commander else "",
        involved=involved,
        now=now,
        known=known,
    )
    approved = {
        vote.voter.username: frozenset(vote.authorities)
        for vote in change.cast
        if vote.decision == Vote.Word.APPROVE
        and vote.plan_digest == change.plan_digest
        and not {vote.voter_id, vote.on_behalf_of_id} & involved
    }
    spoken = {vote.voter.username for vote in change.cast}
    spoken |= {vote.on_behalf_of.username for vote in change.cast if vote.on_behalf_of}
    free = {key: names - spoken for key, names in could.vote.items()}
    return _short(needs, approved, free)


def _short(
    needs: Iterable[Need],
    approved: Mapping[str, frozenset[str]],
    free: Mapping[str, frozenset[str]],
) -> list[tuple[Need, int]]:
    """The needs that those who approved and those who still could do not fill together."""
    people = dict(approved)
    for key, names in free.items():
        for name in names - approved.keys():
            people[name] = people.get(name, frozenset()) | {key}
    asked = list(needs)
    return filling.missing(asked, filling.fill(asked, people))


@transaction.atomic
def _look(*, ref: str, now: datetime) -> bool:
    """Look at one change with its row locked, and tell what is another than it was."""
    author = by_ref(ref=ref).author
    change, facts = locked_facts(ref=ref, actor=author, now=now)
    if not wanted().filter(pk=change.pk).exists():
        return False
    could = could_fill(facts, change=change, now=now)
    found = _short(facts.needs, filling.approvers(facts), could.vote)
    short = {need.rule: (need, lacking) for need, lacking in found}
    rows = Requirement.objects.filter(change=change, round=change.approval_round).order_by("id")
    opened = [row for row in rows if row.rule in short and row.gap_found_at is None]
    closed = [row for row in rows if row.rule not in short and row.gap_found_at is not None]
    for row in (*opened, *closed):
        row.gap_found_at = now if row.rule in short else None
        row.save(update_fields=["gap_found_at"])
    if closed:
        _record(change, "close_gap", closed, "It can be filled again.", now=now)
    if opened:
        words = _words([short[row.rule] for row in opened], [one.username for one in could.away])
        _record(change, "find_gap", opened, words, now=now)
        telling.tell_of_gap(change, _stewards(author), words, now=now)
    return bool(opened or closed)


def _record(
    change: Change, verb: str, rows: list[Requirement], words: str, *, now: datetime
) -> None:
    says = {"note": words, "requirements": [told_of(need_of(row)) for row in rows]}
    record(change, verb, actor=None, now=now, says=says, written=rows)


def _words(short: list[tuple[Need, int]], away: list[str]) -> str:
    gaps = [
        f"“{need.rule}” asks {need.asks} for {need.count}, and {lacking} can no longer be found"
        for need, lacking in short
    ]
    leave = f" On leave: {', '.join(away)}." if away else ""
    return f"{'; '.join(gaps)}.{leave}"


def _stewards(author: User) -> list[str]:
    """The author, and whoever may change the rule or delegate for somebody."""
    managers = User.objects.filter(groups__name=CHANGE_MANAGERS, is_active=True, is_robot=False)
    return [author.username, *managers.values_list("username", flat=True)]
