"""Letters to those whose vote is asked for, and to those whose vote counts no more.

They leave through the outbox, in the transaction of what they tell of.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from difflib import unified_diff
from typing import Any, Final

from django.conf import settings

from catalog.models import User
from changes.lifecycle import vote_links
from changes.models import Change, PlanVersion, Vote
from changes.policies import Facts
from changes.policies.reasons import moment
from changes.queries.plans import TEXTS, Difference, differences
from ledger import letters

LINES_AT_MOST: Final = 120
_INSTANTS = frozenset({"planned_start_at", "planned_end_at"})
_DID = {"approve": "approved it", "reject": "rejected it", "abstain": "abstained"}


def ask_for_votes(
    change: Change,
    names: Iterable[str],
    *,
    actor: User,
    now: datetime,
    anew: bool = True,
    why: str = "",
) -> None:
    """Write to each of these people that a vote is wanted, with the link to where it is given.

    Whoever voted on another version of the plan reads what changed since; so does whoever approved
    the round before and is not asked again, where the round is opened `anew`. Few statements,
    however many people.
    """
    asked = set(names)
    before = Vote.objects.filter(change=change, round=change.approval_round - 1)
    approved = before.filter(decision=Vote.Word.APPROVE).exclude(plan_digest=change.plan_digest)
    again = (
        set(approved.values_list("voter__username", flat=True))
        if anew and _is_again(change)
        else set()
    )
    people = letters.reachable(asked | again)
    since = _since_their_votes(change, people) if people and _is_again(change) else {}
    drafts = [
        _request(change, one, since.get(one.pk, ()), actor=actor, now=now, why=why)
        if one.username in asked
        else _lapsed(change, one, since.get(one.pk, ()), actor=actor, now=now)
        for one in people
    ]
    letters.send(drafts, subject=change.ref, at=now)


def tell_of_gap(change: Change, names: Iterable[str], words: str, *, now: datetime) -> None:
    """Write to these people that nobody is left who could give a vote, and what mends it."""
    told = [
        f"{change.ref} cannot be approved as things stand: {words}",
        "",
        "Let somebody who is away delegate, add people to the group, or change the rule and submit "
        "it again.",
        settings.TIDEGATE_URL.rstrip("/") + change.get_absolute_url(),
        "",
    ]
    heading = f"{change.ref} has nobody left to approve it: {change.title}"
    drafts = [letters.Draft(to, heading, "\n".join(told)) for to in letters.reachable(names)]
    letters.send(drafts, subject=change.ref, at=now)


def team_of(change: Change) -> list[str]:
    """The members of the team that owns the service, by username. One statement."""
    members = User.objects.filter(memberships__team_id=change.team_id)
    return list(members.values_list("username", flat=True))


def tell_of_detection(change: Change, *, now: datetime) -> None:
    """Write to the owner team that something went ahead without leave, and what it owes."""
    words = [
        f"{change.title}.",
        "",
        "No permit was used up for it, and no change was being implemented there then. "
        f"{change.ref} keeps what was seen. Write its review: what happened, why, and what will be "
        "different. It does not close without, and once the review is late the gate holds the "
        "other changes of the service.",
        f"{settings.TIDEGATE_URL.rstrip('/')}{change.get_absolute_url()}#verb-review",
        "",
    ]
    heading = f"{change.ref} went ahead without leave: {change.title}"
    people = letters.reachable(team_of(change))
    drafts = [letters.Draft(one, heading, "\n".join(words)) for one in people]
    letters.send(drafts, subject=change.ref, at=now)


def tell_that_votes_lapsed(change: Change, facts: Facts, *, actor: User, now: datetime) -> None:
    """Write to everyone who approved this round how the plan differs from what they approved."""
    approvers = [vote.voter for vote in facts.votes if vote.decision == Vote.Word.APPROVE]
    people = letters.reachable(approvers)
    since = _since_their_votes(change, people) if people else {}
    drafts = [
        _lapsed(change, one, since.get(one.pk, ()), actor=actor, now=now)
        for one in people
        if one != actor
    ]
    letters.send(drafts, subject=change.ref, at=now)


def _is_again(change: Change) -> bool:
    return change.approval_round > 1


Since = tuple[str, list[Difference]]


def _since_their_votes(change: Change, people: list[User]) -> Mapping[int, Since]:
    """For each person what they last said, and how the plan differs from the one they said it of.

    Left out is who never voted. Two statements.
    """
    votes = Vote.objects.filter(change=change, voter__in=people).order_by("id")
    last = {vote.voter_id: vote for vote in votes}
    versions: dict[str, Any] = dict(
        PlanVersion.objects.filter(
            change=change,
            digest__in={change.plan_digest, *(vote.plan_digest for vote in last.values())},
        ).values_list("digest", "fields")
    )
    now = versions.get(change.plan_digest, {})
    return {
        voter: (_DID[vote.decision], differences(versions.get(vote.plan_digest, {}), now))
        for voter, vote in last.items()
    }


def _request(
    change: Change,
    to: User,
    since: Since | tuple[()],
    *,
    actor: User,
    now: datetime,
    why: str = "",
) -> letters.Draft:
    words = [
        *([why, ""] if why else []),
        f"{actor.label} asks for your vote on {change.ref}: {change.title}",
        "",
        f"It is a {change.kind} change of {change.service.slug} in {change.environment.slug}, "
        f"of {change.risk_level} risk{_planned(change, to, now=now)}.",
        "",
        *_changed(since, to, now=now),
        f"Read it and vote here, signed in as {to.username}; opening the page says nothing yet. "
        f"The link is good until {moment(now + vote_links.GOOD_FOR, to.time_zone, now=now)}:",
        vote_links.address_for(to, change, now=now),
        "",
    ]
    heading = f"{change.ref} asks for your vote: {change.title}"
    return letters.Draft(to, heading, "\n".join(words))


def _lapsed(
    change: Change, to: User, since: Since | tuple[()], *, actor: User, now: datetime
) -> letters.Draft:
    changed = bool(since and since[1])
    did = "changed the plan of" if changed else "took back to planning"
    words = [
        f"{actor.label} {did} {change.ref}: {change.title}",
        "",
        "You had approved it. Your approval counted for the plan you read and counts no more; "
        "whoever is still needed is asked again when it is submitted.",
        "",
        *_changed(since, to, now=now),
        settings.TIDEGATE_URL.rstrip("/") + change.get_absolute_url(),
        "",
    ]
    heading = f"{change.ref} {'changed' if changed else 'was taken back'} after you approved it"
    return letters.Draft(to, f"{heading}: {change.title}", "\n".join(words))


def _planned(change: Change, to: User, *, now: datetime) -> str:
    if change.planned_start_at is None or change.planned_end_at is None:
        return ""
    starts, ends = (
        moment(at, to.time_zone, now=now) for at in (change.planned_start_at, change.planned_end_at)
    )
    return f", planned from {starts} to {ends}"


def _changed(since: Since | tuple[()], to: User, *, now: datetime) -> list[str]:
    """The paragraph that says what changed since somebody's vote; no lines where nothing did."""
    if not since or not since[1]:
        return []
    did, found = since
    told = [line for one in found for line in _told(one, to, now=now)]
    left = len(told) - LINES_AT_MOST
    more = [f"… and {left} more lines; the page shows them all."] if left > 0 else []
    return [f"What changed since you {did}:", *told[:LINES_AT_MOST], *more, ""]


def _told(one: Difference, to: User, *, now: datetime) -> list[str]:
    label = one.name.replace("_", " ").capitalize()
    if one.name not in TEXTS:
        before, after = (_short(one.name, text, to, now=now) for text in (one.before, one.after))
        return [f"  {label}: {before} → {after}"]
    lines = unified_diff(one.before.splitlines(), one.after.splitlines(), lineterm="", n=1)
    return [f"  {label}:", *(_line(line) for line in list(lines)[3:])]


def _line(line: str) -> str:
    return "    …" if line.startswith("@@") else f"    {line[:1]} {line[1:]}"


def _short(name: str, text: str, to: User, *, now: datetime) -> str:
    if not text:
        return "nothing"
    return (
        moment(datetime.fromisoformat(text), to.time_zone, now=now) if name in _INSTANTS else text
    )
