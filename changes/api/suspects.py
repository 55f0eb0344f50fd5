"""`/incidents/INC-1/suspects`: which changes it may come from, and how well that was known."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api_schema import READING, answers
from catalog.scopes import HasScope
from catalog.wire import OfPeriod, asked
from changes import suspects
from changes.api.shape_parts import instant, word
from changes.api.view import ApiView, demand_whole_reach, reach_of
from changes.models import IncidentLink
from changes.policies import suspecting
from changes.queries import incident_links as rows
from changes.queries import precision
from changes.queries.suspects import Found
from changes.suspects.ranking import Ranked
from incidents import queries as incidents
from ledger.decision import rfc3339


class ComponentShown(serializers.Serializer):
    """One addend: `points` is `weight` times `value`."""

    name = serializers.ChoiceField([*suspecting.WEIGHTS])
    weight = serializers.FloatField()
    value = serializers.FloatField(help_text="From 0 to 1.")
    points = serializers.FloatField()
    why = word("Empty where nothing is known.")


class ChangeSeen(serializers.Serializer):
    """A change as it is seen from an incident."""

    change = word()
    title = word()
    service = word()
    environment = word()
    state = word()
    outcome = word("Empty until it is closed.")
    started_at = instant(null=False)
    ended_at = instant("When it was finished, or rolled back before the incident.")


class SuspectShown(ChangeSeen):
    """A change that may have caused it."""

    place = serializers.IntegerField(help_text="From 1, the likeliest.")
    score = serializers.FloatField(help_text="The sum of the points, from 0 to 1.")
    components = ComponentShown(many=True)
    reason = word("What speaks for it, as a sentence.")
    relation = serializers.ChoiceField(
        IncidentLink.Relation.choices, allow_null=True, help_text="What somebody said of it."
    )
    decided_by = word(null=True)
    decided_at = instant()


class TooLate(ChangeSeen):
    """A change that cannot have caused it."""

    reason = word()


class SuspectsShown(serializers.Serializer):
    """Changes an incident may come from, likeliest first."""

    incident = word()
    onset_at = instant("When it began.", null=False)
    since = instant("How far back was looked.", null=False)
    version = word("Of the arithmetic.")
    suspects = SuspectShown(many=True)
    cannot_be_the_cause = TooLate(many=True, help_text="Started after it began; a day's worth.")


class Suspects(ApiView):
    """Changes an incident may come from."""

    permission_classes = (HasScope("changes:read"),)

    @extend_schema(
        operation_id="incidents_suspects",
        responses=answers({200: SuspectsShown}, *READING, 404),
    )
    def get(self, request: Request, ref: str) -> Response:
        """Rank them, with the arithmetic: the same facts always give the same order."""
        incident = incidents.by_ref(ref.strip().upper())
        reach_of(request).demand(
            service=incident.service.slug, team=incident.service.owner_team.slug, ref=incident.ref
        )
        found = suspects.of_incident(incident, now=timezone.now())
        said = {
            row.change_id: row
            for row in rows.of_incident(incident.pk)
            if row.question == IncidentLink.Question.CAUSE
        }
        return Response(
            {
                "incident": found.incident,
                "onset_at": rfc3339(found.onset_at),
                "since": rfc3339(found.since),
                "version": suspecting.VERSION,
                "suspects": [
                    _suspect(one, said.get(one.suspect.candidate.number)) for one in found.suspects
                ],
                "cannot_be_the_cause": [
                    {**_seen(one), "reason": f"It started after {found.incident} began."}
                    for one in found.too_late
                ],
            }
        )


def _suspect(ranked: Ranked, said: IncidentLink | None) -> dict[str, Any]:
    """`SuspectShown`."""
    suspect = ranked.suspect
    return {
        **_seen(Found(suspect.candidate, ranked.shown)),
        "place": suspect.place,
        "score": suspect.score,
        "components": [one.as_json() for one in suspect.components],
        "reason": suspect.reason,
        "relation": said.relation if said else None,
        "decided_by": said.decider if said else None,
        "decided_at": rfc3339(said.decided_at) if said else None,
    }


def _seen(found: Found) -> dict[str, Any]:
    """`ChangeSeen`."""
    ended = found.candidate.ended_at
    return {
        "change": f"CHG-{found.candidate.number}",
        "title": found.shown.title,
        "service": found.candidate.service,
        "environment": found.shown.environment,
        "state": found.shown.state,
        "outcome": found.shown.outcome,
        "started_at": rfc3339(found.candidate.started_at),
        "ended_at": rfc3339(ended) if ended else None,
    }


class SpanAsked(OfPeriod):
    """Which decisions: by when a cause was confirmed."""

    to_help = "Up to this instant."


class PrecisionShown(serializers.Serializer):
    """How often a confirmed cause stood at the top when it was confirmed."""

    period = serializers.DictField()
    version = word("Of the arithmetic.")
    incidents = serializers.IntegerField(help_text="With a confirmed cause that had been ranked.")
    precision_at_1 = serializers.FloatField(
        allow_null=True, help_text="The share whose first suspect was a confirmed cause."
    )
    precision_at_3 = serializers.FloatField(
        allow_null=True, help_text="The share with a confirmed cause among the first three."
    )


class PrecisionOfPeriod(ApiView):
    """How often the ranking of suspects was right."""

    permission_classes = (HasScope("changes:read"),)

    @extend_schema(
        operation_id="audit_suspects",
        parameters=[SpanAsked],
        responses=answers({200: PrecisionShown}, *READING),
    )
    def get(self, request: Request) -> Response:
        """Read how often a confirmed cause was the first suspect, or one of the first three."""
        given = asked(SpanAsked, request.query_params)
        demand_whole_reach(request, "read", why="this report counts them all")
        since, until = given["from"], given["to"]
        found = precision.of_period(since=since, until=until)
        return Response(
            {
                "period": {"from": rfc3339(since), "to": rfc3339(until)},
                "version": suspecting.VERSION,
                "incidents": found.incidents,
                "precision_at_1": found.at_1,
                "precision_at_3": found.at_3,
            }
        )
