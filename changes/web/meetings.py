"""Meetings of the CAB as pages: those ahead and over, and one of them, from which it is held."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from changes import meetings
from changes.models import Board, Meeting
from changes.queries import meetings as found
from changes.shown.timeline import lines
from changes.web.buttons import Button
from changes.web.reader import reader
from changes.web.verb_forms import VerbForm, text_field
from ledger import timeline
from ledger.decision import Decision, Refused

AHEAD: Final = (Meeting.State.FILLING, Meeting.State.CLOSED, Meeting.State.RUNNING)
EVENTS_SHOWN: Final = 30
CORRECTING: Final = "Correct the minutes"


class AddForm(VerbForm):
    change = forms.CharField(
        max_length=24,
        error_messages={"required": "Name the change."},
        widget=forms.TextInput(attrs={"placeholder": "CHG-", "size": 12}),
    )
    reason = text_field(
        "Why it cannot wait", "Asked once the agenda is closed.", rows=2, required=False
    )


class MinutesForm(VerbForm):
    minutes = text_field("Minutes", rows=2, required=False)


class DeferForm(VerbForm):
    minutes = text_field("What is missing, so that the next meeting can decide", rows=2)


class LineForm(VerbForm):
    text = text_field(
        "Minutes", "Kept for ever; what is wrong is corrected by another line.", rows=2
    )


Deed = tuple[str, str, type[VerbForm], Callable[..., Any], dict[str, Any]]
#: By the word in the address: the rule's verb, the label, what it asks, and what is called.
OF_MEETING: Final[dict[str, Deed]] = {
    "close-agenda": ("close_agenda", "Close the agenda", VerbForm, meetings.close_agenda, {}),
    "start": ("start", "Start the meeting", VerbForm, meetings.start, {}),
    "complete": (
        "complete",
        "Approve all that have their votes",
        VerbForm,
        meetings.complete,
        {},
    ),
    "end": ("end", "End the meeting", VerbForm, meetings.end, {}),
    "add": ("add", "Add a change", AddForm, meetings.add, {}),
}
OF_ITEM: Final[dict[str, Deed]] = {
    "begin": ("begin_item", "Begin", VerbForm, meetings.begin_item, {}),
    "approve": (
        "approve_item",
        "Approved",
        MinutesForm,
        meetings.close_item,
        {"outcome": "approved"},
    ),
    "reject": (
        "reject_item",
        "Rejected",
        MinutesForm,
        meetings.close_item,
        {"outcome": "rejected"},
    ),
    "withdraw": (
        "withdraw_item",
        "Asks for nothing any more",
        MinutesForm,
        meetings.close_item,
        {"outcome": "withdrawn"},
    ),
    "defer": ("defer_item", "Defer", DeferForm, meetings.defer_item, {}),
    "write": ("write", "Write minutes", LineForm, meetings.write, {}),
}


@login_required
@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Meetings ahead, the next first, and those that are over."""
    ahead = found.listed().filter(state__in=AHEAD).order_by("starts_at")[: found.LISTED]
    over = found.listed().exclude(state__in=AHEAD)[: found.LISTED]
    context = {
        "section": "changes",
        "ahead": ahead,
        "over": over,
        "boards": Board.objects.filter(is_active=True).select_related("group", "chair"),
    }
    return render(request, "changes/meetings.html", context)


@login_required
@require_safe
def one(request: HttpRequest, ref: str) -> HttpResponse:
    """One meeting: its agenda, whose votes are in, and what may be said of each item."""
    return _page(request, ref)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def say(request: HttpRequest, ref: str, word: str) -> HttpResponse:
    """Say something of a meeting, and go back to it."""
    return _say(request, ref, OF_MEETING, word, change="")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def say_of_item(request: HttpRequest, ref: str, change: str, word: str) -> HttpResponse:
    """Say something of an item, and go back to it."""
    return _say(request, ref, OF_ITEM, word, change=change.upper())


def _say(
    request: HttpRequest, ref: str, deeds: Mapping[str, Deed], word: str, *, change: str
) -> HttpResponse:
    if word not in deeds:
        raise Http404
    at = f"#item-{change}" if change else ""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("meeting", args=[ref.upper()]) + at)
    _, _, shape, call, given = deeds[word]
    form = shape(request.POST, verb=_form_name(word, change))
    named = {"change": change} if change else {}
    refused: Decision | None = None
    try:
        if form.is_valid():
            said = {**form.cleaned_data, **given, **named}
            call(ref=ref, actor=reader(request), now=timezone.now(), **said)
            messages.success(request, f"{deeds[word][1]}{': ' + change if change else ''}.")
            redirect = HttpResponseRedirect(reverse("meeting", args=[ref.upper()]) + at)
            redirect.status_code = 303
            return redirect
    except ValidationError as wrong:
        if hasattr(wrong, "error_dict"):
            form.take(wrong)
        else:
            form.add_error(None, wrong)
    except Refused as problem:
        refused = problem.decision
    except found.NoSuchMeeting as missing:
        raise Http404(str(missing)) from None
    return _page(request, ref, opened={(change, word): form}, refused=refused, status=422)


def _page(
    request: HttpRequest,
    ref: str,
    *,
    opened: Mapping[tuple[str, str], VerbForm] | None = None,
    refused: Decision | None = None,
    status: int = 200,
) -> HttpResponse:
    now, opened = timezone.now(), opened or {}
    try:
        row = found.by_ref(ref)
    except found.NoSuchMeeting as missing:
        raise Http404(str(missing)) from None
    items = found.agenda(row)
    of_meeting, of_items = found.decisions(row, actor=reader(request), now=now, items=items)
    if refused is not None:
        status = 403 if refused.is_about_who else 409
    events = timeline.events_of(subject=row.ref).order_by("-position")[:EVENTS_SHOWN]
    context = {
        "section": "changes",
        "meeting": row,
        "items": [
            {
                "item": item,
                "timer": _timer(item, now=now),
                "verbs": _buttons(row, OF_ITEM, of_items[item.row.pk], item, opened=opened),
            }
            for item in items
        ],
        "verbs": _buttons(row, OF_MEETING, of_meeting, None, opened=opened),
        "ready": [item.facts.change for item in items if found.is_ready(item)],
        "refused": {"label": "This", "reasons": refused.reasons} if refused else None,
        "events": lines(list(events)),
        "members": found.members(row.board),
    }
    return render(request, "changes/meeting.html", context, status=status)


def _timer(item: found.Shown, *, now: datetime) -> dict[str, Any] | None:
    """How long an item has been talked about, or was."""
    row = item.row
    if row.started_at is None:
        return None
    until = row.ended_at or now
    seconds = max(int((until - row.started_at).total_seconds()), 0)
    return {
        "started_at": row.started_at,
        "seconds": seconds,
        "words": f"{seconds // 60} min {seconds % 60:02} s",
        "runs": row.ended_at is None,
    }


def _buttons(
    row: Meeting,
    deeds: Mapping[str, Deed],
    decided: Mapping[str, Decision],
    item: found.Shown | None,
    *,
    opened: Mapping[tuple[str, str], VerbForm],
) -> list[Button]:
    """What can be said; what the state of the meeting alone puts out of reach is left out."""
    shown = []
    change = item.facts.change if item is not None else ""
    for word, (verb, label, shape, _, _) in deeds.items():
        decision = decided[verb]
        if "wrong_state" in decision.codes:
            continue
        form = opened.get((change, word)) or shape(verb=_form_name(word, change))
        where = ("meeting-item-verb", [row.ref, change, word])
        if not change:
            where = ("meeting-verb", [row.ref, word])
        shown.append(
            Button(
                name=_form_name(word, change),
                label=CORRECTING if word == "write" and row.ended_at else label,
                allowed=decision.allowed,
                reasons=decision.reasons,
                warnings=(),
                url=reverse(where[0], args=where[1]),
                primary=decision.allowed and word in ("start", "end"),
                fields=list(form),
                wrong=[str(one) for one in form.non_field_errors()],
                open=(change, word) in opened,
            )
        )
    return shown


def _form_name(word: str, change: str) -> str:
    return f"{word}-{change}" if change else word
