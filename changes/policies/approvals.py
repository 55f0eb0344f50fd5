"""Rules about agreement: whom a plan needs, whether they can be found, whether they agreed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from changes.policies import filling, standing_in
from changes.policies.facts import Facts, Need, OverdueReview
from changes.policies.needs import keys_of
from changes.policies.reasons import either, listed, moment
from changes.states import Kind, State
from ledger.decision import Reason

RETROACTIVE_WITHIN = timedelta(hours=24)
GLASS_SEVERITY = 2
SHOWN = 5
# In planning votes have lapsed, or are not asked yet; after implementation it is too late for them.
VOTES_COUNT = (State.AWAITING_APPROVAL, State.SCHEDULED, State.IMPLEMENTING)


def somebody_must_agree(facts: Facts, now: datetime) -> Iterator[Reason]:
    """No rule matches: nobody would look at it, so it does not move.

    Standard changes and rollbacks of a cause were agreed beforehand. Nothing is known before the
    rules were asked.
    """
    asked = facts.candidates is not None or facts.state is State.AWAITING_APPROVAL
    agreed = facts.kind is Kind.STANDARD or facts.takes_back_the_cause
    if asked and not agreed and not facts.needs:
        yield Reason(
            "no_policy",
            "No approval rule matches this change.",
            "Ask a change manager to add an approval rule that covers it.",
            source="approval rules",
        )


def needs_can_be_filled(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Enough distinct, active people hold what is needed, beside who wrote or implements it."""
    if facts.candidates is None:
        return
    for need, short in filling.gaps(facts.needs, facts.candidates, facts.excluded_voters):
        yield Reason(
            "unsatisfiable",
            f"“{need.rule}” needs {_people(need, need.count)}, and {short} cannot be found: "
            f"author, last editor and implementer do not count, {_nor_who_is_away(facts)}.",
            _find_more(facts),
            source=f"approval rule {need.rule}",
        )


def approvals_are_in(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Every requirement is filled on this very plan, while there is something to wait for."""
    if facts.state in VOTES_COUNT and not facts.broke_glass_at:
        yield from open_needs(facts)


def open_needs(facts: Facts) -> Iterator[Reason]:
    """One objection for each requirement that lacks people."""
    for need, short in filling.missing(facts.needs, filling.approvals(facts)):
        yield Reason(
            "approvals_missing",
            f"{_first(_people(need, short), need)} must still approve ({need.rule}).",
            f"Ask {need.asks} to vote on {facts.ref}.",
            source=f"approval rule {need.rule}",
        )


def stage_has_come(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Who is asked in a later stage votes when the earlier ones have agreed."""
    filled = filling.approvals(facts)
    mine = keys_of(facts.needs) & standing_in.keys_held(facts)
    if not mine or mine & keys_of(filling.asked(facts.needs, filled)):
        return
    first, _ = min(filling.missing(facts.needs, filled), key=lambda one: one[0].stage)
    held = [need for need in facts.needs if need.keys & mine]
    later = min(held, key=lambda need: need.stage)
    yield Reason(
        "stage_not_reached",
        f"{_first(later.who, later)} is asked in stage {later.stage}, and stage {first.stage} "
        f"comes first: {first.who} must still approve ({first.rule}).",
        f"Wait for that vote; ask {first.who} to vote on {facts.ref}.",
        source=f"approval rule {later.rule}",
    )


def approvals_match_the_plan(facts: Facts, now: datetime) -> Iterator[Reason]:
    """A vote counts for the plan it was cast on and no other."""
    if facts.state not in VOTES_COUNT:
        return
    stale = [
        v.voter
        for v in facts.votes
        if v.decision == "approve" and v.plan_digest != facts.plan_digest
    ]
    if stale:
        yield Reason(
            "approvals_stale",
            f"The plan changed after {listed(stale)} approved it.",
            f"Revise {facts.ref} and submit it again.",
            source="plan digest",
        )


def retroactive_approvals_are_in(facts: Facts, now: datetime) -> Iterator[Reason]:
    """After breaking glass the votes are due all the same."""
    if facts.broke_glass_at and not facts.retroactively_approved:
        yield from open_needs(facts)


def glass_may_be_broken(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Only an emergency change that answers an open SEV-1 or SEV-2 starts without its vote."""
    incident = facts.incident
    if facts.kind is not Kind.EMERGENCY:
        yield Reason(
            "incident_required",
            "Only an emergency change may start before it is approved.",
            "Wait for the approvals, or file an emergency change for the open incident.",
            source="break glass",
        )
    elif incident is None or not incident.is_open or incident.severity > GLASS_SEVERITY:
        yield Reason(
            "incident_required",
            "Breaking glass needs an open SEV-1 or SEV-2 incident.",
            "Ask the emergency CAB for its vote instead.",
            source="break glass",
        )


def no_review_is_overdue(facts: Facts, now: datetime) -> Iterator[Reason]:
    """While a retroactive approval or review is late, the service's other changes wait."""
    for review in facts.overdue_reviews:
        if review.ref != facts.ref:
            due = moment(review.due_at, facts.zone, now=now)
            yield (
                _late_review(review, facts, due)
                if review.owes == "review"
                else _late_votes(review, facts, due)
            )


def _late_votes(review: OverdueReview, facts: Facts, due: str) -> Reason:
    return Reason(
        "review_overdue",
        f"{review.ref} started without approval on {facts.service} and its retroactive "
        f"votes were due {due}.",
        f"Ask {either(review.people) or 'the emergency CAB'} to vote on {review.ref}.",
        source=review.ref,
    )


def _late_review(review: OverdueReview, facts: Facts, due: str) -> Reason:
    asked = [*review.people, "another member of the owner team"]
    return Reason(
        "review_overdue",
        f"{review.ref} has happened on {facts.service} and its review was due {due}.",
        f"Ask {either(asked)} to write the review of {review.ref}.",
        source=review.ref,
    )


def _nor_who_is_away(facts: Facts) -> str:
    if not facts.away:
        return "and nobody counts twice"
    names = [one.username for one in facts.away]
    shown = listed([*names[:SHOWN], *([f"{len(names) - SHOWN} more"] if names[SHOWN:] else [])])
    return f"nobody counts twice, and {shown} {'is' if len(names) == 1 else 'are'} on leave"


def _find_more(facts: Facts) -> str:
    delegate = "let who is away delegate, " if facts.away else ""
    return f"Add people to that group, {delegate}or change the implementer."


def _people(need: Need, count: int) -> str:
    if need.people and count > 1:
        return f"{count} of {', '.join(sorted(need.people))}"
    return need.who if count == 1 else f"{count} × {need.who}"


def _first(text: str, need: Need) -> str:
    """As the first words of a sentence; names of people stay as they are written."""
    return text if need.people else text[:1].upper() + text[1:]
