"""The check “Invoke REST API”: `check` answers at once, `callback` once it is decided.

# Note [Nothing but a yes is a yes]
Azure Pipelines lets a stage go when an expression holds of what `check` answers, and asks again
while it does not. So every answer is 200 with a word, also while the database is away (`away`):
`approved` only where the gate said so. What is wrong with the question itself is an error, which
fails it.
"""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from rest_framework.exceptions import ValidationError

from catalog.json_body import json_object
from catalog.models.token import Scope
from catalog.wire import taken
from changes import gate, waiting_runs
from changes.doors.azure.answers import said
from changes.doors.azure.shapes import CheckAsked, place_of
from changes.doors.identity import Caller, caller, shown_by
from changes.models import AzureHost, DoorMapping
from changes.queries import NoSuchChange
from changes.queries.refs import number_of
from changes.waiting_runs import azure
from ledger.decision import Reason

WORDS = {"allow": "approved", "wait": "pending", "deny": "rejected"}
SPARE = timedelta(minutes=2)
NOT_MAPPED = Reason(
    "not_mapped",
    "Nobody has said which service and environment this pipeline and stage stand for.",
    "Ask a change manager to add the mapping in Tidegate’s admin, under Door mappings.",
    source="door mappings",
)


@csrf_exempt
@require_POST
def check(request: HttpRequest) -> JsonResponse:
    """May this stage go now? Asks the gate, which records its answer; starts no change."""
    who, given = _asked(request)
    place = place_of(given, reach=who.reach)
    if place is None:
        return JsonResponse(said("rejected", (NOT_MAPPED,)))
    service, environment, template = place
    question = gate.Question(
        service=service.slug,
        environment=environment.slug,
        revision=given["revision"],
        artifact=given["artifact"],
        change=given["change"],
        pipeline_url=given["url"],
        run_id=given["run_id"],
        open_template=template,
    )
    answer = gate.ask(question, actor=who.user, now=timezone.now(), reach=who.reach)
    told = said(WORDS[answer.decision], answer.reasons)
    return JsonResponse(told | {"change": answer.change or None, "decision_id": answer.id})


@csrf_exempt
@require_POST
def callback(request: HttpRequest) -> JsonResponse:
    """Keep a check that waits to be told; it is told when the gate has decided."""
    who, given = _asked(request)
    place = place_of(given, reach=who.reach)
    if place is not None:
        service, environment, _ = place
        team = service.owner_team.slug
        who.reach.demand(service=service.slug, team=team, environment=environment.slug)
    hosts = AzureHost.objects.filter(is_active=True).values_list("host", flat=True)
    try:
        job = azure.job(request.headers, hosts=hosts)
    except azure.Misread as wrong:
        raise ValidationError({wrong.header: [str(wrong)]}) from None
    run = waiting_runs.arrive(
        waiting_runs.Arrival(
            vendor=DoorMapping.Vendor.AZURE,
            key=job.key,
            project=given["pipeline"] or given["service"],
            stage=given["stage"] or given["environment"],
            run_id=given["run_id"],
            revision=given["revision"],
            artifact=given["artifact"],
            change=given["change"],
            pipeline_url=given["url"],
            service=place[0] if place else None,
            environment=place[1] if place else None,
            place=job.as_place(),
            waits_for=timedelta(minutes=given["timeout_minutes"]) - SPARE,
            lent=job.token,
        ),
        actor=who.user,
        token=who.token,
        now=timezone.now(),
    )
    return JsonResponse({"status": "kept" if run else "kept_before", "run": run and run.ref})


def _asked(request: HttpRequest) -> tuple[Caller, dict[str, Any]]:
    """Who asks, and what; raises what is worded as a problem."""
    shown = shown_by(request.headers.get("Authorization", ""))
    who = caller(shown, now=timezone.now())
    who.demand(Scope.GATE)
    given = taken(CheckAsked, json_object(request))
    try:
        if given["change"]:
            number_of(given["change"])
    except NoSuchChange as problem:
        raise ValidationError({"change": [str(problem)]}) from None
    return who, given
