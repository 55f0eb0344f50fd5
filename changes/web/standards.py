"""The standard catalogue as pages: all templates, one with its versions, and deciding on them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from changes import standards
from changes.models import Template, TemplateVersion
from changes.queries import templates as found
from changes.shown.templates import LOOKS, Line, former, said, went
from changes.shown.timeline import lines
from changes.standards.deciding import decisions
from changes.web import standard_forms as asks
from changes.web.buttons import Button
from changes.web.reader import reader
from changes.web.verb_forms import VerbForm
from ledger import timeline
from ledger.decision import Decision, Refused

EVENTS_SHOWN: Final = 30
LABELS: Final = {
    "approve": "Approve",
    "send_back": "Send back",
    "withdraw": "Withdraw the proposal",
    "publish": "Publish",
    "propose": "Propose another version",
    "reinstate": "Reinstate",
    "suspend": "Suspend",
    "retire": "Retire",
}
FORMS: Final[dict[str, type[VerbForm]]] = {
    "approve": asks.ApproveForm,
    "send_back": asks.SendBackForm,
    "withdraw": asks.WithdrawForm,
    "suspend": asks.SuspendForm,
    "reinstate": asks.ReinstateForm,
}
CALLS: Final[dict[str, Callable[..., Template]]] = {
    "approve": standards.approve,
    "send_back": standards.send_back,
    "withdraw": standards.withdraw,
    "publish": standards.publish,
    "suspend": standards.suspend,
    "reinstate": standards.reinstate,
    "retire": standards.retire,
}
SAID: Final = {
    "approve": "Approved version {version} of {slug}.",
    "send_back": "Sent the proposal for {slug} back.",
    "withdraw": "Withdrew the proposal for {slug}.",
    "publish": "Published {slug}. Standard changes can be made from it.",
    "suspend": "Suspended {slug}. Changes made from it do not start.",
    "reinstate": "Reinstated {slug}. Changes made from it can start again.",
    "retire": "Retired {slug}.",
}
PRIMARY: Final = frozenset({"approve", "publish", "reinstate"})


@login_required
@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """All templates with how they did; those that wait for a decision first."""
    rows = list(Template.objects.prefetch_related("services"))
    records = found.records(rows)
    proposed = set(TemplateVersion.objects.filter(verdict="").values_list("template", flat=True))
    shown = sorted(rows, key=lambda row: (row.state == Template.State.RETIRED, row.slug))
    context = {
        "section": "changes",
        "templates": [Line(row, records[row.pk]) for row in shown],
        "proposed": [row for row in shown if row.pk in proposed],
        "propose_url": reverse("template-propose"),
    }
    return render(request, "changes/templates.html", context)


@login_required
@require_safe
def one(request: HttpRequest, slug: str) -> HttpResponse:
    """One template: what it says, how it went, what is proposed, and every version."""
    return _page(request, slug)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def say(request: HttpRequest, slug: str, verb: str) -> HttpResponse:
    """Say a verb of a template, and go back to its page."""
    if verb not in CALLS:
        raise Http404
    if request.method != "POST":
        return HttpResponseRedirect(reverse("template", args=[slug]))
    form = FORMS.get(verb, VerbForm)(request.POST, verb=verb)
    try:
        if form.is_valid():
            row = CALLS[verb](
                slug=slug, actor=reader(request), now=timezone.now(), **form.cleaned_data
            )
            messages.success(request, SAID[verb].format(slug=row.slug, version=row.version))
            return to_page(row)
    except ValidationError as wrong:
        form.take(wrong)
    except Refused as refused:
        return _page(request, slug, opened={verb: form}, refused=refused.decision)
    except found.NoSuchTemplate as missing:
        raise Http404(str(missing)) from None
    return _page(request, slug, opened={verb: form}, status=422)


def to_page(row: Template) -> HttpResponse:
    redirect = HttpResponseRedirect(reverse("template", args=[row.slug]))
    redirect.status_code = 303
    return redirect


def _page(
    request: HttpRequest,
    slug: str,
    *,
    opened: Mapping[str, VerbForm] | None = None,
    refused: Decision | None = None,
    status: int = 200,
) -> HttpResponse:
    try:
        row = found.by_slug(slug)
    except found.NoSuchTemplate as missing:
        raise Http404(str(missing)) from None
    if refused is not None:
        status = 403 if refused.is_about_who else 409
    versions = found.versions(row)
    proposal = next((one for one in versions if not one.verdict), None)
    events = timeline.events_of(subject=f"template:{row.slug}").order_by("-position")
    context = {
        "section": "changes",
        "template": row,
        "record": Line(row, found.records([row])[row.pk]),
        "words": said(found.words_of(row)),
        "proposal": _version(proposal, versions, row) if proposal else None,
        "versions": [_version(one, versions, row) for one in versions if one.verdict],
        "compared": _compared(request, versions),
        "numbers": sorted(one.number for one in versions if one.number),
        "uses": [(use, *went(use)) for use in found.uses(row)],
        "verbs": _buttons(row, proposal, request, opened=opened or {}),
        "refused": _refused(refused),
        "events": lines(list(events[:EVENTS_SHOWN])),
    }
    return render(request, "changes/template.html", context, status=status)


def _version(one: TemplateVersion, among: list[TemplateVersion], row: Template) -> dict[str, Any]:
    """A version or proposal with its evidence, and what it changes in the one before."""
    before = former(one, among)
    unkept = before is None and not one.number and row.state not in ("draft", "proposed")
    was = found.words_of(row) if unkept else before.says if before else None
    return {
        "row": one,
        "look": LOOKS[one.verdict],
        "label": one.label,
        "evidence": [(change, *went(change)) for change in found.evidence(one.evidence)],
        "changes": said(one.says, before=was) if was is not None else [],
        "first": was is None,
    }


def _compared(request: HttpRequest, versions: list[TemplateVersion]) -> dict[str, Any] | None:
    """Two versions that the address names, compared."""
    numbered = {str(one.number): one for one in versions if one.number}
    first = numbered.get(request.GET.get("from", ""))
    second = numbered.get(request.GET.get("to", ""))
    if first is None or second is None:
        return None
    changes = said(second.says, before=first.says)
    return {"from": first.number, "to": second.number, "changes": changes}


def _buttons(
    row: Template,
    proposal: TemplateVersion | None,
    request: HttpRequest,
    *,
    opened: Mapping[str, VerbForm],
) -> list[Button]:
    """What can be said of it; what its state alone puts out of reach is left out."""
    shown: list[Button] = []
    decided = decisions(row, actor=reader(request))
    for verb, label in LABELS.items():
        decision = decided[verb]
        if "wrong_state" in decision.codes:
            continue
        form = opened.get(verb)
        if form is None and verb in FORMS:
            form = FORMS[verb](verb=verb, initial={"proposal": proposal.pk} if proposal else None)
        primary = decision.allowed and verb in PRIMARY
        there = f"{reverse('template-propose')}?template={row.slug}" if verb == "propose" else ""
        shown.append(
            Button(
                name=verb,
                label="Propose it" if verb == "propose" and row.state == "draft" else label,
                allowed=decision.allowed,
                reasons=decision.reasons,
                warnings=(),
                url=reverse("template-verb", args=[row.slug, verb]),
                primary=primary and not any(one.primary for one in shown),
                fields=list(form) if form is not None and verb in FORMS else [],
                wrong=[str(one) for one in form.non_field_errors()] if form is not None else [],
                open=verb in opened,
                href=there,
            )
        )
    return shown


def _refused(decision: Decision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    return {"label": LABELS[decision.verb], "reasons": decision.reasons}
