"""Proposing a template: from nothing, from a change that went well, or other words for one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from changes import standards
from changes.models import Template
from changes.models.template import FILLS, WORDS
from changes.queries import NoSuchChange, by_ref
from changes.queries import templates as found
from changes.standards.deciding import may
from changes.states import State
from changes.web.change_form import service_hints
from changes.web.reader import reader
from changes.web.standard_forms import ProposalForm
from changes.web.standards import to_page
from ledger.decision import Refused


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest) -> HttpResponse:
    """Fill in a proposal; it comes back with what is wrong beside its field."""
    row = _template(request.GET.get("template", ""))
    status, refused = 200, None
    sent = request.POST if request.method == "POST" else None
    form = ProposalForm(sent, initial=_begun(request, row), template=row)
    if form.is_bound:
        status = 422
        try:
            if form.is_valid():
                asked = form.asked()
                proposal = standards.propose(asked, actor=reader(request), now=timezone.now())
                messages.success(
                    request, f"Proposed {asked.slug}. Somebody else approves it, or sends it back."
                )
                return to_page(proposal.template)
        except ValidationError as wrong:
            form.take(wrong)
        except Refused as problem:
            refused, status = problem.decision, 403 if problem.decision.is_about_who else 409
    if refused is None and not form.is_bound:
        decision = may("propose", row, actor=reader(request))
        refused = None if decision.allowed else decision
    context = {
        "section": "changes",
        "form": form,
        "template": row,
        "refused": {"label": "Proposing this", "reasons": refused.reasons} if refused else None,
        "services": service_hints(username=reader(request).username),
    }
    return render(request, "changes/template_propose.html", context, status=status)


def _template(slug: str) -> Template | None:
    try:
        return found.by_slug(slug) if slug else None
    except found.NoSuchTemplate as missing:
        raise Http404(str(missing)) from None


def _begun(request: HttpRequest, row: Template | None) -> dict[str, Any]:
    """What the form begins with: the template's words, or those of a change."""
    if row is not None:
        services = list(row.services.order_by("slug"))
        return {**{name: getattr(row, name) for name in WORDS}, "services": services}
    try:
        change = by_ref(ref=request.GET.get("from", ""))
    except NoSuchChange:
        return {}
    closed = change.state == State.CLOSED
    return {
        **{name: getattr(change, name) for name in FILLS},
        "name": change.title[:120],
        "services": [change.service],
        "locked": ["implementation_plan", "test_plan", "rollback_plan", "category", "rollout"],
        "evidence": change.ref if closed else "",
    }
