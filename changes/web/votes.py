"""Voting on a change."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from changes import approvals
from changes.models import Vote
from changes.policies.confirmed import CODE
from changes.queries import NoSuchChange
from changes.queries.refs import known_ref
from changes.shown import confirming
from changes.states import State
from changes.web.detail import change_page, to_page
from changes.web.reader import no_such_change, reader
from changes.web.verb_forms import VoteForm
from ledger.decision import Refused

SAID = {
    Vote.Word.APPROVE: "You approved {ref}.",
    Vote.Word.REJECT: "You rejected {ref}. It is back in planning.",
    Vote.Word.ABSTAIN: "You abstained from {ref}.",
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cast(request: HttpRequest, ref: str) -> HttpResponse:
    """Cast one vote on the plan the voter looked at."""
    if request.method != "POST":
        return to_page(ref, at="vote")
    again = confirming.answered(request, about=known_ref(ref))
    if again is not None:
        return again
    form = VoteForm(request.POST, verb="vote")
    try:
        if not form.is_valid():
            return change_page(request, ref=ref, opened={"vote": form}, status=422)
        vote = approvals.vote(
            ref=ref,
            decision=request.POST.get("decision", ""),
            comment=form.cleaned_data["comment"],
            seen=form.cleaned_data["seen"] or None,
            actor=reader(request),
            now=timezone.now(),
            authenticated_by=confirming.authenticated_by(request),
        )
    except ValidationError as wrong:
        form.take(wrong)
        return change_page(request, ref=ref, opened={"vote": form}, status=422)
    except Refused as refused:
        if CODE in refused.decision.codes:
            return confirming.page(request, about=refused.ref)
        seen = form.cleaned_data["seen"]
        return change_page(request, ref=ref, opened={"vote": form}, refused=refused, seen=seen)
    except NoSuchChange as missing:
        return no_such_change(request, ref=missing.ref)
    messages.success(request, _flash(vote))
    return to_page(ref)


def _flash(vote: Vote) -> str:
    said = SAID[Vote.Word(vote.decision)].format(ref=vote.change.ref)
    settled = vote.decision == Vote.Word.APPROVE and vote.change.state == State.SCHEDULED
    return f"{said} That was the last vote: it is scheduled." if settled else said
