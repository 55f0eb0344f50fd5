"""What the risk of a change rests on, as plain values."""

from dataclasses import dataclass, field
from datetime import datetime

from changes.risk.history import History
from changes.risk.levels import Thresholds


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the score rests on.

    `dependents` counts the services that need this one: directly, through one other, through two,
    and so on. `rollback_proof` is rehearsed, automated, or "" where nobody tried it. The planned
    period is in the zone of the owner team. `holiday` names the one that begins within a day of
    its end, `overlapping` counts the changes scheduled or running there meanwhile.
    """

    kind: str
    tier: int
    category: str
    rollout: str
    production: bool
    dependents: tuple[int, ...]
    has_rollback_plan: bool
    has_test_plan: bool
    rollback_proof: str = ""
    has_test_evidence: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    holiday: str = ""
    overlapping: int = 0
    history: History = field(default_factory=History)
    thresholds: Thresholds = field(default_factory=Thresholds)
