"""The verbs of a change as buttons, and saying them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from changes import lifecycle
from changes.queries import NoSuchChange
from changes.states import State
from changes.web import verb_forms as asks
from changes.web.detail import change_page, to_page
from changes.web.reader import no_such_change, reader
from changes.web.verb_forms import VerbForm
from ledger.decision import Refused


@dataclass(frozen=True, slots=True)
class Said:
    """How a verb is said: what it asks, what the lifecycle calls it, what is said afterwards."""

    call: Callable[..., Any]
    flash: str
    form: type[VerbForm] = VerbForm


VERBS: dict[str, Said] = {
    "submit": Said(lifecycle.submit, "Submitted {ref} for approval."),
    "start": Said(lifecycle.start, "Started {ref}. Its clock is running."),
    "break_glass": Said(
        lifecycle.break_glass,
        "Broke the glass: {ref} has started. The emergency CAB votes within 24 hours.",
        asks.BreakGlassForm,
    ),
    "retry": Said(lifecycle.retry, "Started {ref} again. What had passed is checked anew."),
    "finish": Said(lifecycle.finish, "Finished {ref}. Now it is validated."),
    "roll_back": Said(lifecycle.roll_back, "Rolled {ref} back.", asks.RollBackForm),
    "review": Said(lifecycle.review, "Reviewed {ref}.", asks.ReviewForm),
    "check": Said(lifecycle.report_check, "Reported the check on {ref}.", asks.CheckForm),
    "close": Said(lifecycle.close, "Closed {ref}.", asks.CloseForm),
    "revise": Said(lifecycle.revise, "Took {ref} back to planning. Its votes lapsed."),
    "hold": Said(lifecycle.hold, "Put {ref} on hold.", asks.HoldForm),
    "resume": Said(lifecycle.resume, "Resumed {ref}."),
    "cancel": Said(lifecycle.cancel, "Cancelled {ref}.", asks.CancelForm),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def say(request: HttpRequest, ref: str, verb: str) -> HttpResponse:
    """Say one verb of one change, and go back to its page."""
    said = VERBS.get(verb)
    if said is None:
        raise Http404
    if request.method != "POST":
        return to_page(ref, at=f"verb-{verb}")
    form = said.form(request.POST, verb=verb)
    try:
        if form.is_valid():
            done = said.call(
                ref=ref, actor=reader(request), now=timezone.now(), **form.cleaned_data
            )
            messages.success(request, _flash(said, done, ref=ref.upper()))
            return to_page(ref.upper())
        return change_page(request, ref=ref, opened={verb: form}, status=422)
    except ValidationError as wrong:
        form.take(wrong)
        return change_page(request, ref=ref, opened={verb: form}, status=422)
    except Refused as refused:
        return change_page(request, ref=ref, opened={verb: form}, refused=refused)
    except NoSuchChange as missing:
        return no_such_change(request, ref=missing.ref)


def _flash(said: Said, done: object, *, ref: str) -> str:
    """What is said afterwards; a standard change is scheduled by submitting it."""
    if said.call is lifecycle.submit and getattr(done, "state", "") == State.SCHEDULED:
        return f"Submitted {ref}. Its template was approved beforehand: it is scheduled."
    return said.flash.format(ref=ref)
