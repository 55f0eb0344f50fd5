"""Everything that stands behind one change, read once for its evidence pack."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count

from changes.models import (
    Change,
    Check,
    Deployment,
    GateAnswer,
    Override,
    PlanVersion,
    Requirement,
    RolloutStep,
    Task,
    TemplateVersion,
    Vote,
)
from changes.queries.overrides import JOINED
from changes.queries.refs import by_ref, with_people
from changes.queries.whole import PEOPLE
from incidents.models import Incident
from ledger import timeline
from ledger.models import Delivery, Event
from ledger.one_view import one_view
from ledger.seals.proofs import Inclusion, inclusions

FOLLOWED_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Sent:
    """How many messages about a change went to one receiver, and what became of them."""

    receiver: str
    channel: str
    status: str
    count: int


@dataclass(frozen=True, slots=True)
class Pack:
    """Rows in the order they came about. `events` are those that name the change, the gate's too;
    `followed` the SEV-1 and SEV-2 on its service in the 24 hours after it started; `sealed` where
    events stand in seals, by id.
    """

    change: Change
    affected: list[str]
    versions: list[PlanVersion]
    votes: list[Vote]
    requirements: list[Requirement]
    tasks: list[Task]
    checks: list[Check]
    deployments: list[Deployment]
    steps: list[RolloutStep]
    overrides: list[Override]
    events: list[Event]
    answers: list[GateAnswer]
    followed: list[Incident]
    sent: list[Sent]
    sealed: dict[int, Inclusion]
    template_version: TemplateVersion | None


def pack(*, ref: str) -> Pack:
    """The rows behind a change, in one view of the database. Raises `NoSuchChange`."""
    with one_view():
        return _pack(ref=ref)


def _pack(*, ref: str) -> Pack:
    """Seventeen statements and one for a canary, or fewer where nothing is to be looked up."""
    change = with_people(by_ref(ref=ref), PEOPLE)
    events = list(timeline.about(ref=change.ref))
    return Pack(
        change=change,
        affected=list(change.also_affects.order_by("slug").values_list("slug", flat=True)),
        versions=list(change.plan_versions.select_related("written_by").order_by("version")),
        votes=list(change.votes.select_related("voter", "on_behalf_of").order_by("id")),
        requirements=list(change.requirements.order_by("round", "id")),
        tasks=list(change.tasks.select_related("assignee", "ended_by").order_by("number")),
        checks=list(change.checks.select_related("reported_by").order_by("id")),
        deployments=list(change.deployments.select_related("reported_by").order_by("id")),
        steps=list(change.rollout_steps.order_by("id")) if change.canary_steps else [],
        overrides=list(change.overrides.select_related(*JOINED).order_by("id")),
        events=events,
        answers=_answers(events),
        followed=_followed(change),
        sent=_sent(events),
        sealed=inclusions(events=events),
        template_version=_template_version(change),
    )


def _template_version(change: Change) -> TemplateVersion | None:
    """The words its template had when it was filed, and who agreed to them."""
    if change.template_id is None:
        return None
    rows = TemplateVersion.objects.select_related("template", "proposed_by", "decided_by")
    return rows.filter(template=change.template_id, number=change.template_version).first()


def _answers(events: list[Event]) -> list[GateAnswer]:
    """What the gate answered, as its events name it: by key, however many answers there are."""
    named = [event.data.get("decision_id") for event in events if event.verb.startswith("gate.")]
    keys = [UUID(key) for key in named if key]
    return list(GateAnswer.objects.filter(pk__in=keys).order_by("at", "id"))


def _followed(change: Change) -> list[Incident]:
    if change.started_at is None:
        return []
    rows = Incident.objects.filter(
        service_id=change.service_id,
        severity__lte=2,
        declared_at__gte=change.started_at,
        declared_at__lt=change.started_at + FOLLOWED_WITHIN,
    )
    return list(rows.order_by("declared_at", "id"))


def _sent(events: list[Event]) -> list[Sent]:
    """Messages by receiver. Never the address: one of a webhook may hold a secret."""
    rows = Delivery.objects.filter(event__in=[event.pk for event in events])
    counted = rows.values_list(
        "subscription__name",
        "subscription__channel",
        "letter__to__username",
        "reply__channel",
        "status",
    ).annotate(Count("id"))
    return [
        Sent(
            name or person or ("reply" if tool else "callback"),
            "email" if person else channel or tool or "webhook",
            *rest,
        )
        for name, channel, person, tool, *rest in counted.order_by(
            "subscription__name", "letter__to__username", "reply__channel", "status"
        )
    ]
