"""The page of one change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from changes.models import Change
from changes.policies import Facts, standing_in
from changes.policies.conflicts import grouped
from changes.policies.retrying import begins_anew
from changes.policies.revoking import PermitGiven
from changes.queries import NoSuchChange, number_of, owed, permits, rollouts
from changes.queries.check_runs import running
from changes.queries.evidence import Evidence, evidence
from changes.queries.whole import Whole, whole
from changes.shown import plan as plans
from changes.shown.beside import links
from changes.shown.lowering import Line
from changes.shown.lowering import lines as lower_lines
from changes.shown.overrides import lines as override_lines
from changes.shown.owed import clocks
from changes.shown.requirements import Requirement, candidates, counted, requirements
from changes.shown.timeline import lines
from changes.states import State
from changes.web import check_list, rollout, task_buttons
from changes.web.answer import answer
from changes.web.buttons import LABELS, Button, buttons, shared, vote_button, without
from changes.web.reader import no_such_change, reader
from changes.web.track import track
from changes.web.verb_forms import VerbForm, VoteForm
from ledger.decision import Refused

NEWEST_EVENTS = 40
LOOKS = 60


@login_required
@require_safe
def detail(request: HttpRequest, ref: str) -> HttpResponse:
    """One change: where it stands, what can be done, and everything behind it."""
    try:
        name = f"CHG-{number_of(ref)}"
    except NoSuchChange:
        return no_such_change(request, ref=ref)
    return change_page(request, ref=ref) if ref == name else to_page(name)


def to_page(ref: str, *, at: str = "") -> HttpResponse:
    """On to the page of a change; with GET, whatever the request was."""
    fragment = f"#{at}" if at else ""
    redirect = HttpResponseRedirect(reverse("change", args=[ref]) + fragment)
    redirect.status_code = 303
    return redirect


def change_page(
    request: HttpRequest,
    *,
    ref: str,
    opened: Mapping[str, VerbForm] | None = None,
    refused: Refused | None = None,
    status: int = 200,
    seen: str = "",
    letter: str = "",
) -> HttpResponse:
    """The page as it is now, the forms that came back `opened`, what was `refused` on top.

    With the digest of a plan `seen` earlier it shows what changed since; `letter` is what to tell
    whoever followed a letter's link.
    """
    now = timezone.now()
    newest = None if request.GET.get("timeline") == "all" else NEWEST_EVENTS
    try:
        found = whole(ref=ref, actor=reader(request), now=now)
    except NoSuchChange:
        return no_such_change(request, ref=ref)
    behind = evidence(found.change, newest=newest)
    context = _context(found, behind, opened=opened or {}, now=now)
    context["letter"] = letter
    context["clocks"] = clocks(
        owed.of_change(found.change),
        title=found.change.title,
        service=found.change.service.slug,
        voters=_open_voters(context["requirements"]),
        now=now,
    )
    context["plan"] = plans.plan(
        found.change, found.votes, behind.versions, reader=reader(request).username, seen=seen
    )
    if refused is not None:
        status = 403 if refused.decision.is_about_who else 409
        context["refused"] = {
            "label": LABELS.get(refused.decision.verb, refused.decision.verb),
            "reasons": refused.decision.reasons,
        }
    return render(request, "changes/detail.html", context, status=status)


def _context(
    found: Whole, behind: Evidence, *, opened: Mapping[str, VerbForm], now: datetime
) -> dict[str, Any]:
    change, facts, back = found.change, found.facts, found.facts.rollback
    could = candidates(facts, change=change, now=now)
    asked = requirements(facts, found.votes, turn=change.approval_round, could=could)
    shown = answer(change, facts, candidates=could.vote, now=now)
    near, far = buttons(facts, now=now, opened=opened)
    common = shared(near)
    return {
        "section": "changes",
        "change": change,
        "affected": found.affected,
        "answer": shown,
        "steps": track(change, votes=counted(asked), takes_back=back.cause if back else ""),
        "takes_back": back.cause if back and facts.takes_back_the_cause else "",
        "verbs": without(near, (*shown.reasons, *common)),
        "verbs_reasons": [reason for reason in common if reason not in shown.reasons],
        "later_verbs": far,
        "requirements": asked,
        "away": could.away,
        "asking": not change.ended_at and (not change.started_at or bool(change.broke_glass_at)),
        "conflicts": grouped(
            found.conflicts, service=change.service.slug, environment=change.environment.slug
        ),
        "risk_now": found.reweighed,
        "lower": _lower(found),
        "rollout": rollout.shown(
            rollouts.rollout(change, facts, now=now, looks=LOOKS), facts, now=now
        ),
        "checks": check_list.shown(found, running(change, facts), now=now),
        "overrides": override_lines(found.overrides, now=now),
        "frozen": any(reason.code == "freeze_active" for reason in shown.reasons),
        "links": links(
            change,
            behind.deployments,
            permits=_live_permits(change, facts, now=now),
            takes_back=back.cause if back else "",
        ),
        "events": lines(behind.events),
        "earlier_events": behind.earlier_events,
        "evidence_url": reverse("change-evidence-page", args=[change.ref]),
        **task_buttons.shown(facts, now=now, opened=opened),
        **_vote(facts, near, form=opened.get("vote"), now=now),
    }


def _live_permits(change: Change, facts: Facts, *, now: datetime) -> list[PermitGiven]:
    """What the gate gave that may still start a deployment; nobody asks it for other states."""
    deployable = facts.state in (State.SCHEDULED, State.IMPLEMENTING) or begins_anew(facts)
    return permits.of_change(change, now=now) if deployable else []


def _open_voters(asked: Sequence[Requirement]) -> list[str]:
    """Who could still fill what is open."""
    return sorted({name for one in asked if one.open for name in one.candidates})


def _lower(found: Whole) -> list[Line]:
    if found.risk is None:
        return []
    form = reverse("change-edit", args=[found.change.ref])
    return lower_lines(found.lower, level=str(found.risk.level), form=form)


def _vote(
    facts: Facts, near: list[Button], *, form: VerbForm | None, now: datetime
) -> dict[str, Any]:
    """The vote is the page's primary action where no verb is."""
    vote = vote_button(facts, now=now, primary=not any(button.primary for button in near))
    shown = form if isinstance(form, VoteForm) else VoteForm(verb="vote")
    spoken_for = standing_in.cast_for(facts)[0].username if vote and vote.allowed else ""
    form_of_plan = shown.looking_at(facts.plan_digest)
    return {"vote": vote, "vote_form": form_of_plan, "vote_for": spoken_for}
