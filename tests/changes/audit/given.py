"""A morning with one change of every sort an auditor asks about."""

from changes import deployments
from changes.audit import population
from changes.deployments import Report
from changes.models import Change, Window
from changes.queries.population import Population
from changes.states import Kind, State
from tests import living
from tests.changes.overrides.staged import managers, overridden
from tests.living import at, change_at, person, say


def lived() -> dict[str, Change]:
    """By name; all but `waiting` started, or ended, within ten hours of nine."""
    managers()
    change, _ = overridden()
    Window.objects.update(is_active=False)
    say("cancel", change, minutes=50, reason="Not needed.")
    unproved = change_at(State.SCHEDULED, service=living.service("payments-api"))
    report = Report(status="started", at=at(60), change=unproved.ref)
    deployments.report(report, actor=person("ci"), now=at(61))
    return {
        "overridden": change,
        "unproved": unproved,
        "closed": change_at(State.CLOSED, title="=HYPERLINK(1)"),
        "emergency": change_at(State.CLOSED, kind=Kind.EMERGENCY),
        "waiting": change_at(State.SCHEDULED),
    }


def whole(**narrowed: str) -> Population:
    """Everything that was lived."""
    return population(since=at(-60), until=at(600), **narrowed)
