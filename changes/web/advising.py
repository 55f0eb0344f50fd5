"""The advice panel: what a plan means, in the words of the form beside it. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from changes.models import Change
from changes.policies.conflicts import Group, grouped
from changes.policies.standing_facts import Away
from changes.queries.advice import Advice
from changes.risk import Risk
from changes.shown.lowering import Line, lines
from changes.shown.words import label_of, whom
from ledger.decision import Reason


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a rule would ask, and who could answer, by name."""

    authority_label: str
    rule: str
    count: int
    candidates: list[str]
    share: str = ""
    stage: int = 0


@dataclass(frozen=True, slots=True)
class Panel:
    """What changes/advice.html shows; `missing` holds {label, url} of fields still to be filled."""

    risk: Risk | None
    missing: list[dict[str, str]]
    requirements: list[Asked] = field(default_factory=list)
    standard: bool = False
    agreement: tuple[Reason, ...] = ()
    away: tuple[Away, ...] = ()
    objections: tuple[Reason, ...] = ()
    at_start: tuple[Reason, ...] = ()
    warnings: tuple[Reason, ...] = ()
    opens_at: datetime | None = None
    planned: bool = False
    conflicts: list[Group] = field(default_factory=list)
    lower: list[Line] = field(default_factory=list)
    change: Change | None = None


def panel(found: Advice, *, change: Change | None) -> Panel:
    """The advice with labels, names and places to go."""
    candidates = found.candidates or {}
    return Panel(
        risk=found.risk,
        missing=[{"label": label_of(name), "url": f"#id_{name}"} for name in found.missing],
        requirements=[
            Asked(
                whom(need),
                need.rule,
                need.count,
                sorted(candidates.get(need.key, ())),
                share=f"{need.percent} %" if need.percent else "",
                stage=need.stage if len({one.stage for one in found.needs}) > 1 else 0,
            )
            for need in found.needs
        ],
        standard=found.standard,
        agreement=found.agreement,
        away=found.away,
        objections=found.objections,
        at_start=found.at_start,
        warnings=found.warnings,
        opens_at=found.opens_at,
        planned="planned_start_at" not in found.missing,
        conflicts=grouped(found.conflicts, service=found.service, environment=found.environment),
        lower=lines(found.lower, level=str(found.risk.level)) if found.risk else [],
        change=change,
    )


def refused_context(label: str, reasons: tuple[Reason, ...]) -> dict[str, Any]:
    """What stands at the top of a page that could not do what was asked."""
    return {"label": label, "reasons": reasons}
