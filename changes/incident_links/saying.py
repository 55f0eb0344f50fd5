"""Saying what a change has to do with an incident; see Note [What an incident is held against]."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes import suspects
from changes.lifecycle import answering, suspending
from changes.lifecycle.fields import demand_text
from changes.models import Change, IncidentLink
from changes.policies import linking
from changes.policies.linking import CAUSES, Case
from changes.policies.reach import EVERYWHERE, Reach
from changes.queries.refs import locked
from incidents import lifecycle as incidents
from incidents import queries
from incidents.models import Incident
from ledger.decision import Decision, Refused

LINKED = answering.LINKED
Certainty = IncidentLink.Certainty
Question = IncidentLink.Question
Relation = IncidentLink.Relation
ASK_WHY = frozenset({Relation.CAUSED, Relation.DISMISSED})


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says: of a change, by its ref, to an incident, by its ref.

    Without `certainty` a suspicion is possible, and all else certain.
    """

    change: str
    incident: str
    relation: str
    certainty: str = ""
    note: str = ""


@transaction.atomic
def link(said: Said, *, actor: User, now: datetime, reach: Reach = EVERYWHERE) -> IncidentLink:
    """Say it, in place of what was said before; saying the same again changes nothing.

    Raises `Refused`, `ValidationError` for each wrong word, `NoSuchChange` and
    `Incident.DoesNotExist`.
    """
    certainty = _words(said)
    change = locked(ref=said.change)
    incident = queries.by_ref(said.incident.strip().upper())
    reach.demand(
        service=incident.service.slug, team=incident.service.owner_team.slug, ref=incident.ref
    )
    decision = linking.may_link(case_of(said.relation, change, incident, actor=actor))
    if not decision.allowed:
        raise Refused(decision, ref=incident.ref)
    question = Question.CAUSE if said.relation in CAUSES else Question.REMEDY
    row = IncidentLink.objects.filter(
        incident=incident, change=change, question=question
    ).first() or IncidentLink(incident=incident, change=change, question=question)
    before = row.relation
    if (before, row.certainty, row.note) == (said.relation, certainty, said.note.strip()):
        return row
    row.relation, row.certainty, row.note = said.relation, certainty, said.note.strip()
    row.decided_at, row.decided_by = now, actor
    row.weighed = (
        suspects.of_incident(incident, now=now, named=change.pk).seen_of(change.pk)
        if question == Question.CAUSE
        else {}
    )
    row.save()
    answering.record(row, change, incident, before=before, now=now)
    if row.relation == Relation.CAUSED and change.template_id:
        suspending.judge(template=change.template_id, now=now)
    return row


def may_decide(incident: Incident, *, actor: User) -> Decision:
    """Whether the actor may say what caused it, of a change that may have."""
    return may_say(Relation.CAUSED, incident, actor=actor)


def may_say(relation: str, incident: Incident, *, actor: User) -> Decision:
    """Whether the actor may say it of a change that may have caused it."""
    return linking.may_link(_case(relation, incident, actor=actor))


def case_of(relation: str, change: Change, incident: Incident, *, actor: User) -> Case:
    """What the rules look at."""
    asked = _case(relation, incident, actor=actor)
    return replace(
        asked,
        change=change.ref,
        started_at=change.started_at,
        answers=change.incident_id == incident.pk,
    )


def _case(relation: str, incident: Incident, *, actor: User) -> Case:
    """Of no change in particular: one that started just when it began."""
    standing = incidents.standing(actor=actor, incident=incident)
    onset = suspects.onset_of(incident)
    return Case(
        relation=relation,
        incident=incident.ref,
        change="it",
        began_at=onset,
        started_at=onset,
        username=actor.username,
        responds=standing.responds,
        reports=standing.reported,
        is_active=actor.is_active,
        is_robot=actor.is_robot,
        is_auditor=standing.is_auditor,
    )


def _words(said: Said) -> str:
    """The certainty that is meant; raises `ValidationError` for a word that is none."""
    if said.relation not in Relation.values:
        known = ", ".join(Relation.values)
        raise ValidationError(
            {"relation": f"“{said.relation}” is no relation. Use one of: {known}."}
        )
    if said.certainty and said.certainty not in Certainty.values:
        known = ", ".join(Certainty.values)
        raise ValidationError(
            {"certainty": f"“{said.certainty}” is no certainty. Use one of: {known}."}
        )
    if said.relation in ASK_WHY or said.note:
        demand_text("note", said.note, "Say what shows it.")
    usual = Certainty.POSSIBLE if said.relation == Relation.SUSPECT else Certainty.CERTAIN
    return said.certainty or usual
