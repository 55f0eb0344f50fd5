"""What the rules look at: one change, who asks, and what surrounds it, as plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from changes.policies.canary_facts import CanaryFacts
from changes.policies.needs import AUTHORITY_WORDS as AUTHORITY_WORDS
from changes.policies.needs import Authority as Authority
from changes.policies.needs import Need as Need
from changes.policies.standing_facts import Away, StandsFor
from changes.policies.template_facts import TemplateFacts
from changes.policies.work_facts import CheckRuleFacts, CheckRunFacts, TaskFacts
from changes.states import Kind, Outcome, State
from changes.windows import Interval, Window

if TYPE_CHECKING:
    from changes.policies.custom.rule import RuleSet


@dataclass(frozen=True, slots=True)
class VoteCast:
    """One person's vote in the current round, and the authorities they held when they cast it.

    `on_behalf_of` is whose authority it was where somebody stood in, and "" otherwise.
    """

    voter: str
    decision: str
    authorities: frozenset[str]
    plan_digest: str
    on_behalf_of: str = ""


@dataclass(frozen=True, slots=True)
class ActorFacts:
    """Who asks, seen from this change. `voted` is theirs in the current round, "" when none.

    `voted_through` is who voted for them. On leave they are until `away_until`.
    """

    username: str
    is_robot: bool = False
    is_active: bool = True
    is_author: bool = False
    is_last_editor: bool = False
    is_implementer: bool = False
    in_team: bool = False
    is_change_manager: bool = False
    is_auditor: bool = False
    authorities: frozenset[str] = frozenset()
    voted: str = ""
    voted_through: str = ""
    away_until: datetime | None = None
    stands_for: tuple[StandsFor, ...] = ()


@dataclass(frozen=True, slots=True)
class HoldFacts:
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """An incident; `service` is the one it hurts where the change's own service only needs that,
    and `declared_on` the one it was declared on where it only touches what it hurts.
    """

    ref: str
    severity: int
    is_open: bool
    declared_at: datetime
    commander: str = ""
    service: str = ""
    declared_on: str = ""


@dataclass(frozen=True, slots=True)
class RollbackFacts:
    """What an emergency change takes back: `confirmed` where that caused the incident it answers,
    `as_written` where the plan is the way back that was agreed to.
    """

    cause: str
    confirmed: bool = False
    as_written: bool = False
    has_implementer: bool = True


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """The latest report of one named validation check."""

    name: str
    passed: bool


@dataclass(frozen=True, slots=True)
class OverdueReview:
    """A change of this service whose retroactive votes, or review, are late.

    `people` are some who could give what it `owes` (votes or review), by username.
    """

    ref: str
    due_at: datetime
    owes: str = "votes"
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rival:
    """Another change that is scheduled or running where this one is planned.

    `by` is who answers for it: whoever started it, else its implementer or author.
    """

    ref: str
    kind: Kind
    is_running: bool
    planned: Interval
    by: str
    service: str


@dataclass(frozen=True, slots=True)
class LockFacts:
    """An environment taken by hand. `change` is the ref of the one it was taken for, or ""."""

    by: str
    reason: str
    until: datetime
    change: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a change stands in the queue of its environment.

    `waits` whether it has a place; `has_come` whether room is kept for it; `before` counts the
    changes that asked first and that nothing but others keeps waiting.
    """

    waits: bool = False
    has_come: bool = False
    before: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """How many changes an environment lets run at once, and who else runs there or is about to."""

    at_most: int
    holders: tuple[Rival, ...] = ()


@dataclass(frozen=True, slots=True)
class BudgetFacts:
    """The error budget of a service of which least is left, in percent of it."""

    name: str
    remaining_percent: float
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class OverrideFacts:
    """A confirmed override: the freezes it opens by ref, `period` the time in which it does.

    `place` is the ref of its change, or the words for a service in an environment.
    """

    ref: str
    place: str
    windows: frozenset[str]
    period: Interval
    requested_by: str
    confirmed_by: str
    reason: str
    review_due_at: datetime
    reviewed: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a rule may look at. Instants are aware.

    `filled` names the plan fields that hold text. `candidates` maps the key of a need to the people
    who could vote for it, `holders` to how many hold it; it is None where nobody asked (only
    `submit` needs it). `away` are those on leave who would have been asked. `change` is "" when
    the question is about no change at all.

    `one_at_a_time` is what the environment keeps apart: service, environment or nothing. `rivals`
    hold that place from now on, earliest first; `room` is None where any number may run.

    `canary` is known of a change with steps that runs or is validated; `deployment_failed` is said
    by whoever finishes it so.
    """

    ref: str
    kind: Kind
    state: State
    service: str
    environment: str
    tier: int
    environment_is_open: bool
    team: str = ""
    zone: str = "UTC"
    change_service: str = ""
    change_environment: str = ""
    category: str = ""
    risk_level: str = "low"
    risk_score: int = 0
    rollout: str = ""
    rollback_proof: str = ""
    has_test_evidence: bool = False
    author_teams: frozenset[str] = frozenset()
    service_is_active: bool = True
    filled: frozenset[str] = frozenset()
    planned: Interval | None = None
    started_at: datetime | None = None
    plan_digest: str = ""
    revision: str = ""
    artifact: str = ""
    hold: HoldFacts | None = None
    outcome: Outcome | None = None
    rolled_back: bool = False
    broke_glass_at: datetime | None = None
    retroactively_approved: bool = False
    review_done: bool = False
    unauthorised: bool = False
    template: TemplateFacts | None = None
    incident: IncidentFacts | None = None
    rollback: RollbackFacts | None = None
    needs: tuple[Need, ...] = ()
    votes: tuple[VoteCast, ...] = ()
    excluded_voters: frozenset[str] = frozenset()
    candidates: Mapping[str, frozenset[str]] | None = None
    holders: Mapping[str, int] = field(default_factory=dict)
    away: tuple[Away, ...] = ()
    windows: tuple[Window, ...] = ()
    overrides: tuple[OverrideFacts, ...] = ()
    open_incidents: tuple[IncidentFacts, ...] = ()
    overdue_reviews: tuple[OverdueReview, ...] = ()
    error_budget: BudgetFacts | None = None
    required_checks: tuple[str, ...] = ()
    checks: tuple[CheckFacts, ...] = ()
    check_rules: tuple[CheckRuleFacts, ...] = ()
    check_runs: tuple[CheckRunFacts, ...] = ()
    tasks: tuple[TaskFacts, ...] = ()
    canary: CanaryFacts | None = None
    deployment_failed: bool = False
    one_at_a_time: str = "nothing"
    rivals: tuple[Rival, ...] = ()
    lock: LockFacts | None = None
    room: Room | None = None
    turn: Turn = Turn()
    actor: ActorFacts = field(default_factory=lambda: ActorFacts(username=""))
    custom_rules: "RuleSet | None" = None

    @property
    def takes_back_the_cause(self) -> bool:
        """See Note [Rollbacks of a cause] in `changes.policies.rollbacks`."""
        back = self.rollback
        return (
            back is not None and self.kind is Kind.EMERGENCY and back.confirmed and back.as_written
        )
