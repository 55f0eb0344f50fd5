"""What a change claims of itself, as the points of a control ask for it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from changes.models import Requirement, Vote
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
        words = f"its template {change.template.slug} was approved beforehand; nobody was asked"
        return Approval(True, words)
    asked = [one for one in pack.requirements if one.round == change.approval_round]
    agreed = [vote for vote in pack.votes if counts(vote, pack)]
    names = tuple(sorted(vote.voter.username for vote in agreed))
    open_ = sum(max(0, one.count - len(filled_by(one, agreed))) for one in asked)
    lacking = max(open_, sum(one.count for one in asked) - len(names))
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
    involved = (change.author_id, change.last_editor_id, change.implementer_id)
    return (
        vote.decision == Vote.Word.APPROVE
        and vote.round == change.approval_round
        and vote.plan_digest == change.plan_digest
        and vote.voter_id not in involved
    )


def filled_by(requirement: Requirement, votes: Sequence[Vote]) -> list[str]:
    """Who of those who approved held the authority a requirement asks for."""
    return [vote.voter.username for vote in votes if requirement.authority in vote.authorities]
