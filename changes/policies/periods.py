"""Rules about time: the planned period, freezes, maintenance windows, holds and open incidents.

# Note [In flight]
Work that stops half-way is often worse than work that goes on. A window says what becomes of a
change that is implementing already: by `finish` its next deployments pass, through a freeze that
began meanwhile and after the maintenance window it was started in has closed; by `stop` they do
not. Nothing is stopped that runs: the gate denies the next step, and what is there is rolled back.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from changes import windows
from changes.policies import overridden
from changes.policies.facts import Facts, IncidentFacts
from changes.policies.reasons import moment
from changes.states import Kind, State
from changes.windows import Effect, InFlight, Interval, Level, Window
from ledger.decision import Reason

GATING_SEVERITY = 2
MOST_TOLD = 3


def inside_planned_period(facts: Facts, now: datetime) -> Iterator[Reason]:
    """A change is deployed between its planned start and its planned end."""
    if facts.planned is None or now in facts.planned:
        return
    early = now < facts.planned.starts_at
    if early:
        yield Reason(
            "outside_planned_period",
            f"{facts.ref} is planned from {moment(facts.planned.starts_at, facts.zone, now=now)}.",
            "Come back then, or revise the planned start.",
            until=facts.planned.starts_at,
            source="planned period",
        )
    else:
        ended = moment(facts.planned.ends_at, facts.zone, now=now)
        yield Reason(
            "outside_planned_period",
            f"The planned period of {facts.ref} ended {ended}.",
            _after_its_period(facts),
            source="planned period",
        )


def _after_its_period(facts: Facts) -> str:
    if facts.state is State.IMPLEMENTING:
        ends = f"Finish {facts.ref} or roll it back"
    elif facts.started_at is not None:
        ends = f"Close {facts.ref}"
    else:
        return f"Revise {facts.ref} and plan a period that lies ahead."
    return f"{ends}; file a new change for what is left to deploy."


def no_freeze_holds(facts: Facts, now: datetime) -> Iterator[Reason]:
    """No blocking freeze covers this instant. Emergency changes skip the calendar."""
    if facts.kind is Kind.EMERGENCY:
        return
    freezes = _stopping(facts)
    opens = windows.frozen_until(freezes, now)
    for one in windows.in_force(freezes, now):
        why = f" ({one.reason})" if one.reason else ""
        too = ", also for running changes" if facts.state is State.IMPLEMENTING else ""
        ends = moment(one.interval.ends_at, one.zone, now=now)
        yield Reason(
            "freeze_active",
            f"{facts.environment} is frozen for {facts.service} until {ends}{too}: "
            f"{one.name}{why}.",
            f"{_instead(facts, opens, one.zone)}, or answer an open incident with an emergency "
            "change.",
            until=opens,
            source=f"window {one.name}",
        )


def _freezes(facts: Facts) -> Sequence[Window]:
    return windows.blocking_freezes(facts.windows)


def _stopping(facts: Facts) -> Sequence[Window]:
    """The freezes that stop this change, which may be running."""
    freezes = _freezes(facts)
    if facts.state is not State.IMPLEMENTING:
        return freezes
    return [one for one in freezes if not _lets_finish(one, facts)]


def _lets_finish(window: Window, facts: Facts) -> bool:
    """See Note [In flight]."""
    return facts.state is State.IMPLEMENTING and window.in_flight is InFlight.FINISH


def _instead(facts: Facts, opens: datetime | None, zone: str) -> str:
    if facts.state is State.IMPLEMENTING:
        wait = f"go on after {moment(opens, zone)}" if opens else "ask a change manager to end it"
        return f"Roll {facts.ref} back, {wait}"
    if opens is None:
        return "Ask a change manager to end it"
    return f"Plan it after {moment(opens, zone)}"


def freezes_that_let_finish(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Freezes that hold, but not for a change that is running already."""
    if facts.kind is Kind.EMERGENCY or facts.state is not State.IMPLEMENTING:
        return
    sparing = [one for one in _freezes(facts) if _lets_finish(one, facts)]
    for one in windows.in_force(sparing, now):
        yield Reason(
            "freeze_active",
            f"{one.name} holds until {moment(one.interval.ends_at, one.zone, now=now)}; "
            f"{facts.ref} is running and may finish.",
            f"Finish {facts.ref} or roll it back; no other change starts.",
            until=one.interval.ends_at,
            source=f"window {one.name}",
        )


def freezes_that_warn(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Freezes that only warn are shown, and stop nothing."""
    for one in windows.in_force(facts.windows, now):
        if one.level is Level.WARN and one.effect is Effect.FREEZE:
            yield Reason(
                "freeze_active",
                f"{one.name} advises against changes until "
                f"{moment(one.interval.ends_at, one.zone, now=now)}.",
                "Go on only if it cannot wait.",
                until=one.interval.ends_at,
                source=f"window {one.name}",
            )


def planned_period_meets_no_freeze(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Said while planning: the period touches a freeze, so the start may be refused then."""
    if facts.kind is Kind.EMERGENCY or facts.planned is None:
        return
    for one in windows.occurrences(_freezes(facts), facts.planned)[:MOST_TOLD]:
        yield Reason(
            "freeze_active",
            f"The planned period meets “{one.name}” "
            f"({moment(one.interval.starts_at, one.zone, now=now)} to "
            f"{moment(one.interval.ends_at, one.zone, now=now)}).",
            "Plan it outside the freeze; while it holds, the gate refuses.",
            source=f"window {one.name}",
        )


def closed_environment_has_a_window(facts: Facts, now: datetime) -> Iterator[Reason]:
    """An environment that is closed by default opens only in maintenance windows."""
    if facts.environment_is_open or facts.kind is Kind.EMERGENCY:
        return
    openings = windows.openings(facts.windows)
    if windows.in_force(openings, now) or _began_inside(openings, facts):
        return
    following = windows.next_maintenance(openings, now)
    yield Reason(
        "outside_maintenance_window",
        f"{facts.environment} is closed outside maintenance windows.",
        f"Wait for “{following.name}” at {moment(following.interval.starts_at, following.zone)}."
        if following
        else "Ask a change manager to open a maintenance window; none is planned.",
        until=following.interval.starts_at if following else None,
        source=f"environment {facts.environment}",
    )


def shuts(facts: Facts, *, now: datetime, before: datetime) -> Iterator[datetime]:
    """When what is allowed now ends: at the next freeze, at the end of the opening or override."""
    if facts.kind is Kind.EMERGENCY:
        return
    freezes = _stopping(facts)
    freeze = windows.next_freeze(freezes, Interval(now, before))
    if freeze is not None:
        yield freeze.interval.starts_at
    openings = windows.openings(facts.windows)
    if not facts.environment_is_open and not _began_inside(openings, facts):
        yield windows.open_until(openings, now) or now
    yield from overridden.overrides_end(facts, now=now)


def _began_inside(openings: Sequence[Window], facts: Facts) -> bool:
    """Whether it was started in a maintenance window that lets it finish; see Note [In flight]."""
    if facts.started_at is None:
        return False
    sparing = [one for one in openings if _lets_finish(one, facts)]
    return bool(windows.in_force(sparing, facts.started_at))


def not_on_hold(facts: Facts, now: datetime) -> Iterator[Reason]:
    """A held change does not move."""
    if facts.hold is not None:
        yield Reason(
            "on_hold",
            f"{facts.hold.by} put it on hold {moment(facts.hold.at, facts.zone, now=now)}: "
            f"{facts.hold.reason}",
            f"Resume {facts.ref} first, or cancel it.",
            source="hold",
        )


def on_hold(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Only a held change can be resumed."""
    if facts.hold is None:
        yield Reason(
            "wrong_state",
            "It is not on hold.",
            "Nothing needs to be resumed.",
            source="hold",
        )


def service_has_no_open_major_incident(facts: Facts, now: datetime) -> Iterator[Reason]:
    """While a SEV-1 or SEV-2 is open on it or what it needs, only changes that answer it start."""
    answered = facts.incident.ref if facts.incident else ""
    for incident in facts.open_incidents:
        if incident.severity <= GATING_SEVERITY and incident.ref != answered:
            yield Reason(
                "incident_open",
                f"{incident.ref} (SEV-{incident.severity}) is open on {_hurt(incident, facts)} "
                f"since {moment(incident.declared_at, facts.zone, now=now)}.",
                f"Resolve {incident.ref}, or answer it with an emergency change.",
                source=incident.ref,
            )


def _hurt(incident: IncidentFacts, facts: Facts) -> str:
    """`refunds`, or `ledger, which refunds needs,`, or `vault and touches refunds`."""
    hurt = incident.service or facts.service
    which = f"{hurt}, which {facts.service} needs," if incident.service else hurt
    return f"{incident.declared_on} and touches {which}" if incident.declared_on else which


def error_budget_is_left(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Once the error budget of a service is spent, normal changes wait until it has recovered."""
    budget = facts.error_budget
    if facts.kind is Kind.NORMAL and budget is not None and budget.remaining_percent <= 0:
        yield Reason(
            "error_budget_spent",
            f"{facts.service} has spent its error budget: {budget.remaining_percent:g} % of "
            f"{budget.name} is left, measured {moment(budget.measured_at, facts.zone, now=now)}.",
            "Wait until it has recovered; a standard change, or an emergency that answers an "
            "incident, may go.",
            source=f"error budget {budget.name}",
        )
