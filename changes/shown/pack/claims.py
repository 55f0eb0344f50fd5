"""What a change claims of itself, as the points of a control ask for it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from changes.models import Requirement, Vote
from changes.policies.filling import fill
from changes.queries.agreement import involved_in, need_of
from changes.queries.packs import Pack
from changes.shown.pack.proofs import Proof
from changes.states import Kind


@dataclass(frozen=True, slots=True)
class Approval:
    """Whether a plan was agreed to as the rules asked, and in words how."""

    holds: bool
    words: str
    approvers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claims:
    """`passed`, `failed` and `missing` are names of checks by their last report."""

    pack: Pack
    approval: Approval
    passed: tuple[str, ...]
    failed: tuple[str, ...]
    missing: tuple[str, ...]
    broken: tuple[str, ...]

    @property
    def fields(self) -> dict[str, object]:
        """The plan as it last stood, by field."""
        return dict(self.pack.versions[-1].fields) if self.pack.versions else {}

    def says(self, name: str) -> bool:
        """Whether a field of the plan says something."""
        return bool(str(self.fields.get(name) or "").strip())


def claims(pack: Pack, proofs: Sequence[Proof]) -> Claims:
    """What the rows of a pack show."""
    last = {check.name: check for check in pack.checks}
    return Claims(
        pack=pack,
        approval=approval(pack),
        passed=tuple(sorted(name for name, check in last.items() if check.passed)),
        failed=tuple(sorted(name for name, check in last.items() if not check.passed)),
        missing=tuple(name for name in pack.change.required_checks if name not in last),
        broken=tuple(fault for proof in proofs for fault in proof.faults),
    )


def approval(pack: Pack) -> Approval:
    """Who agreed to the plan as it stands, and whether that is all who were asked."""
    change = pack.change
    if change.kind == Kind.STANDARD and change.approved_at and change.template:
        return Approval(True, f"{_template(pack)}; nobody was asked")
    seats = filled(pack)
    agreed = [vote for vote in pack.votes if counts(vote, pack)]
    names = tuple(sorted(vote.voter.username for vote in agreed))
    lacking = sum(row.count - len(seats.get(row.pk, ())) for row in _asked(pack))
    if not (change.approved_at or change.retroactively_approved_at):
        broke = " after the glass was broken" if change.broke_glass_at else ""
        return Approval(False, f"it has not been approved{broke}", names)
    if not names or lacking:
        return Approval(False, f"{lacking or 1} of the votes asked for cannot be shown", names)
    late = " after the fact, for the glass was broken" if change.broke_glass_at else ""
    words = f"{', '.join(names)} approved plan {change.plan_digest[:12]}{late}"
    return Approval(True, words, names)


def counts(vote: Vote, pack: Pack) -> bool:
    """Whether a vote approves the plan as it stands and is not that of somebody involved."""
    change = pack.change
    involved = {key for key in involved_in(change) if key}
    return (
        vote.decision == Vote.Word.APPROVE
        and vote.round == change.approval_round
        and vote.plan_digest == change.plan_digest
        and not {vote.voter_id, vote.on_behalf_of_id} & involved
    )


def filled(pack: Pack) -> dict[int, list[str]]:
    """By the key of each requirement of the round that counts: who fills it, nobody twice."""
    asked = _asked(pack)
    people = {
        vote.voter.username: frozenset(vote.authorities)
        for vote in pack.votes
        if counts(vote, pack)
    }
    seats = fill([need_of(row) for row in asked], people)
    return {row.pk: names for row, names in zip(asked, seats, strict=True)}


def _asked(pack: Pack) -> list[Requirement]:
    return [row for row in pack.requirements if row.round == pack.change.approval_round]


def _template(pack: Pack) -> str:
    """How the template it was made from had been agreed to."""
    slug = pack.change.template.slug if pack.change.template else ""
    version = pack.template_version
    if version is None or version.decided_by is None:
        return f"its template {slug} was published beforehand"
    return (
        f"version {version.number} of its template {slug} was approved beforehand by "
        f"{version.decided_by.username}"
    )
