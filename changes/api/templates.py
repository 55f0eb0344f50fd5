"""`/templates`: the standard catalogue; propose, decide, publish, suspend, reinstate, retire."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, answers
from catalog.models import Service
from catalog.wire import asked, taken
from changes import standards
from changes.api.places import Listing, page_of
from changes.api.template_shapes import (
    Approved,
    Proposed,
    Reinstated,
    SentBack,
    Suspended,
    TemplatesAsked,
    TemplateShown,
    TemplateWhole,
    shown,
    whole,
)
from changes.api.verbs import Nothing
from changes.api.view import SCOPES, ApiView, demand_whole_reach
from changes.models import Template
from changes.queries import templates as found
from changes.queries.names import there_is_no
from changes.standards.deciding import decisions
from ledger.idempotency import idempotent

EXAMPLE = OpenApiExample(
    "Proposing a template",
    request_only=True,
    value={
        "slug": "restart-service",
        "why": "Done twice a week, node by node; it never failed.",
        "evidence": ["CHG-1042", "CHG-1017"],
        "name": "Restart a service",
        "title": "Restart a service",
        "description": "Restart the nodes of one service, one after the other.",
        "implementation_plan": "The pipeline drains, restarts and awaits health of each node.",
        "test_plan": "The pipeline's own check of health, node by node.",
        "rollback_plan": "Nothing changes: stop, and call whoever is on call.",
        "rollout": "rolling",
        "locked": ["implementation_plan", "test_plan", "rollback_plan"],
    },
)
NOT_WORDS = frozenset({"slug", "why", "evidence", "services"})
VERBS: dict[str, tuple[Callable[..., Template], Any, str]] = {
    "approve": (standards.approve, Approved, "Agree to the words somebody else proposed."),
    "send_back": (standards.send_back, SentBack, "Refuse the proposed words, and say why."),
    "withdraw": (standards.withdraw, Nothing, "Take your proposal back."),
    "publish": (standards.publish, Nothing, "Let standard changes be made from it."),
    "suspend": (standards.suspend, Suspended, "Stop what was made from it from starting."),
    "reinstate": (standards.reinstate, Reinstated, "Let what was made from it start again."),
    "retire": (standards.retire, Nothing, "End it; what is submitted already finishes."),
}


class Templates(Listing):
    """The standard catalogue."""

    permission_classes = SCOPES

    @extend_schema(
        operation_id="templates_list",
        parameters=[TemplatesAsked],
        responses=answers({200: page_of(TemplateShown)}, *READING),
    )
    def get(self, request: Request) -> Response:
        """List the templates of standard changes, with how each went in the last year."""
        given = asked(TemplatesAsked, request.query_params)
        rows = Template.objects.prefetch_related("services")
        if "state" in given:
            rows = rows.filter(state=given["state"])
        return self.pages(request, rows, _shown)

    @extend_schema(
        operation_id="templates_propose",
        parameters=[IDEMPOTENCY_KEY],
        request=Proposed,
        responses=answers({201: TemplateWhole}, *WRITING),
        examples=[EXAMPLE],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Propose a template, or other words for one in use until they are approved."""
        demand_whole_reach(request, "write templates", why="templates may serve all")
        given = taken(Proposed, request.data)
        services = _services(given["services"]) if "services" in given else None
        proposal = standards.propose(
            standards.Asked(
                slug=given["slug"],
                why=given["why"],
                words={name: value for name, value in given.items() if name not in NOT_WORDS},
                services=services,
                evidence=tuple(given.get("evidence", ())),
            ),
            actor=actor_of(request),
            now=timezone.now(),
        )
        return _answer(request, proposal.template, status=201)


class OneTemplate(ApiView):
    """One template."""

    @extend_schema(
        operation_id="templates_read", responses=answers({200: TemplateWhole}, *READING, 404)
    )
    def get(self, request: Request, slug: str) -> Response:
        """Read a template with every version, and what you may say of it."""
        return _answer(request, found.by_slug(slug))


def endpoint(verb: str) -> Any:
    """The view of one verb, with its own words in the document."""
    says, words, summary = VERBS[verb]

    @extend_schema(
        operation_id=f"templates_{verb}",
        summary=summary,
        parameters=[IDEMPOTENCY_KEY],
        request=words,
        responses=answers({200: TemplateWhole}, *WRITING, 404),
    )
    @idempotent
    def post(self: ApiView, request: Request, slug: str) -> Response:
        demand_whole_reach(request, "write templates", why="templates may serve all")
        given = taken(words, request.data)
        row = says(slug=slug, actor=actor_of(request), now=timezone.now(), **given)
        return _answer(request, row)

    name = "".join(part.capitalize() for part in verb.split("_"))
    made = type(f"{name}Template", (ApiView,), {"post": post, "__doc__": summary})
    return made.as_view()  # type: ignore[attr-defined]


def _shown(rows: list[Template]) -> list[dict[str, Any]]:
    records = found.records(rows)
    return [shown(row, records[row.pk]) for row in rows]


def _answer(request: Request, row: Template, *, status: int = 200) -> Response:
    fresh = found.by_slug(row.slug)
    versions = found.versions(fresh)
    refs = sorted({ref for one in versions for ref in one.evidence})
    changes = {change.ref: change for change in found.evidence(refs)}
    said = decisions(fresh, actor=actor_of(request))
    record = found.records([fresh])[fresh.pk]
    return Response(whole(fresh, record, versions, changes, said), status=status)


def _services(slugs: list[str]) -> list[Service]:
    rows = {one.slug: one for one in Service.objects.filter(slug__in=slugs)}
    unknown = [there_is_no("service", slug) for slug in slugs if slug not in rows]
    if unknown:
        raise ValidationError({"services": unknown})
    return [rows[slug] for slug in dict.fromkeys(slugs)]
