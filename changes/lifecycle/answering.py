"""What an emergency change did for the incident it answers, linked when it ends well.

What somebody said of it before stands: this only fills in what nobody has said.
"""

from datetime import datetime

from catalog.models import User
from changes.models import Change, IncidentLink, Rollback
from changes.states import Kind, Outcome
from incidents.models import Incident
from ledger import refs, rows, timeline

LINKED = "incident.linked"
WELL = frozenset({Outcome.SUCCESSFUL, Outcome.SUCCESSFUL_WITH_ISSUES})
Relation = IncidentLink.Relation


def link_remedy(change: Change, *, actor: User, now: datetime) -> None:
    """A rollback that ended well mitigates its incident, and any other answer fixes it."""
    if change.kind != Kind.EMERGENCY or change.incident is None or change.outcome not in WELL:
        return
    question = IncidentLink.Question.REMEDY
    if IncidentLink.objects.filter(
        incident=change.incident, change=change, question=question
    ).exists():
        return
    took_back = Rollback.objects.filter(change=change).values_list("cause_id", flat=True).first()
    row = IncidentLink.objects.create(
        incident=change.incident,
        change=change,
        question=question,
        relation=Relation.MITIGATED_BY if took_back else Relation.FIXES,
        certainty=IncidentLink.Certainty.PROBABLE,
        note=f"It took back CHG-{took_back}, and ended well."
        if took_back
        else "It answered the incident, and ended well.",
        decided_at=now,
        decided_by=actor,
    )
    record(row, change, change.incident, before="", now=now)


def record(
    row: IncidentLink, change: Change, incident: Incident, *, before: str, now: datetime
) -> None:
    """The event of a link that was written, on the timelines of both."""
    service = incident.service
    about = [
        change.ref,
        refs.of_service(service.slug),
        refs.of_team(service.owner_team.slug),
        refs.of_service(change.service.slug),
        refs.of_team(change.team.slug),
    ]
    timeline.record(
        subject=incident.ref,
        verb=LINKED,
        actor=row.decider,
        at=now,
        about=list(dict.fromkeys(about)),
        data={
            "change": change.ref,
            "incident": incident.ref,
            "question": row.question,
            "relation": row.relation,
            "before": before or None,
            "certainty": row.certainty,
            "note": row.note,
            **({"weighed": row.weighed} if row.weighed else {}),
            "rows": {row.ref: rows.digest(row)},
        },
    )
