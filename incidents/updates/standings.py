"""How an incident stands, for the messages that tell of it."""

from incidents import queries
from incidents.models import Incident
from incidents.states import OVER
from ledger.standings import Standing


def of_incident(ref: str) -> Standing | None:
    """How the incident stands now; None where there is none."""
    try:
        found = queries.by_ref(ref)
    except Incident.DoesNotExist:
        return None
    return Standing(
        ref=found.ref,
        title=found.title,
        state=str(found.get_state_display()),
        severity=found.severity,
        service=found.service.slug,
        commander=found.commander.label if found.commander else "",
        over=found.state in OVER,
    )
