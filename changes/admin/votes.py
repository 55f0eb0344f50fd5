"""Voting at the desk: on one change with its evidence beside, or on several from the queue.

A vote is cast by `approvals` with the signed-in user, like everywhere; here nothing is decided.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from catalog.actors import actor_of
from catalog.models import User
from changes import approvals
from changes.admin.evidence import Desk, desk
from changes.models import Vote
from changes.policies.confirmed import CODE
from changes.queries import NoSuchChange
from changes.queries.refs import known_ref
from changes.shown import confirming
from changes.states import State
from ledger.decision import Reason, Refused

AT_MOST = 20
COMMENT_AT_MOST = 4000
SAID = {Vote.Word.APPROVE: "You approved {ref}.", Vote.Word.REJECT: "You rejected {ref}."}


class VoteForm(forms.Form):
    """The words of a vote, and on which changes it is cast."""

    decision = forms.ChoiceField(
        choices=[(Vote.Word.APPROVE, "Approve"), (Vote.Word.REJECT, "Reject")],
        error_messages={
            "required": "Choose approve or reject.",
            "invalid_choice": "“%(value)s” is no vote. Choose approve or reject.",
        },
    )
    comment = forms.CharField(
        required=False,
        max_length=COMMENT_AT_MOST,
        label_suffix="",
        help_text="A rejection says why, so that the author can mend it. Everybody reads it.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        """A rejection without a comment is refused before any vote is cast."""
        given = super().clean() or self.cleaned_data
        if given.get("decision") == Vote.Word.REJECT and not given.get("comment", "").strip():
            raise ValidationError({"comment": "Say why, so that the author can mend it."})
        return given


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one vote."""

    ref: str
    cast: bool
    sentence: str
    reasons: list[Reason] = field(default_factory=list)
    who: bool = False

    @property
    def asks_again(self) -> bool:
        """Whether nothing is missing but that the voter confirms who they are."""
        return [reason.code for reason in self.reasons] == [CODE]


def desk_view(site: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """One change with everything an approver needs, and the vote."""
    if not site.has_view_permission(request):
        raise PermissionDenied
    reader, now = actor_of(request), timezone.now()
    ref = f"CHG-{object_id}"
    again = confirming.answered(request, about=known_ref(ref))
    if again is not None:
        return again
    posted = VoteForm(request.POST) if request.method == "POST" else None
    result = None
    if posted is not None and posted.is_valid():
        result = _cast(request, ref, posted, seen=request.POST.get("seen"), now=now)
        if result.asks_again:
            return confirming.page(request, about=ref)
        if result.cast:
            messages.success(request, result.sentence)
            return HttpResponseRedirect(request.path)
    try:
        shown = desk(ref=ref, reader=reader, now=now)
    except NoSuchChange:
        messages.warning(request, f"There is no change {ref}.")
        return HttpResponseRedirect(reverse("admin:changes_change_changelist"))
    context = {
        **_context(site, request, title=f"{shown.change.ref} {shown.change.title}"),
        "desk": shown,
        "form": posted or VoteForm(),
        "result": result,
    }
    status = _status([result] if result else [], wrong=posted is not None)
    return TemplateResponse(request, "admin/changes/change/desk.html", context, status=status)


def several_view(site: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """The changes chosen in the queue with their evidence, one comment for all, and the results."""
    if not site.has_view_permission(request):
        raise PermissionDenied
    again = confirming.answered(request, about="")
    if again is not None:
        return again
    reader, now = actor_of(request), timezone.now()
    asked = request.POST if request.method == "POST" else request.GET
    refs = [f"CHG-{number}" for number in dict.fromkeys(asked.getlist("change"))][:AT_MOST]
    form = VoteForm(request.POST if request.method == "POST" else None, initial=asked.dict())
    results: list[Result] = []
    if request.method == "POST" and form.is_valid():
        results = [
            _cast(request, ref, form, seen=request.POST.get(f"seen-{ref}"), now=now) for ref in refs
        ]
    left = [result.ref for result in results if result.asks_again]
    if left:
        return _asked_again(request, results, left=left)
    desks, unknown = ([], []) if results else _desks(refs, reader=reader, now=now)
    context = {
        **_context(site, request, title=_title(asked.get("decision", ""))),
        "form": form,
        "decision": asked.get("decision", ""),
        "desks": desks,
        "votable": [one for one in desks if one.vote.allowed],
        "unknown": unknown,
        "results": results,
    }
    status = _status(results, wrong=request.method == "POST" and not results)
    return TemplateResponse(request, "admin/changes/change/vote.html", context, status=status)


def _asked_again(request: HttpRequest, results: list[Result], *, left: list[str]) -> HttpResponse:
    """Ask who votes once more, for the changes that are left; what was done with others is said."""
    for result in results:
        if result.ref not in left:
            level = messages.SUCCESS if result.cast else messages.WARNING
            reasons = " ".join(reason.message for reason in result.reasons)
            messages.add_message(request, level, f"{result.ref}: {result.sentence} {reasons}")
    instead = {"change": [ref.removeprefix("CHG-") for ref in left]}
    return confirming.page(request, about=left[0] if len(left) == 1 else "", instead=instead)


def _cast(
    request: HttpRequest, ref: str, form: VoteForm, *, seen: str | None, now: datetime
) -> Result:
    """One vote in its own transaction: what was refused leaves the others alone."""
    given = form.cleaned_data
    try:
        vote = approvals.vote(
            ref=ref,
            decision=given["decision"],
            comment=given["comment"].strip(),
            actor=actor_of(request),
            now=now,
            seen=seen or None,
            authenticated_by=confirming.authenticated_by(request),
        )
    except Refused as refused:
        decision = refused.decision
        return Result(ref, False, "Refused.", list(decision.reasons), decision.is_about_who)
    except NoSuchChange as missing:
        return Result(ref, False, f"{missing}.".replace("..", "."))
    sentence = SAID[Vote.Word(vote.decision)].format(ref=ref)
    return Result(ref, True, f"{sentence} {_settled(vote)}".strip())


def _settled(vote: Vote) -> str:
    """What the vote led to, where it led somewhere."""
    change = vote.change
    if change.state == State.SCHEDULED:
        return "That was the last vote: it is scheduled."
    if change.state == State.PLANNING:
        return "It is back in planning."
    return "It was the vote owed since the glass was broken." if _was_owed(vote) else ""


def _was_owed(vote: Vote) -> bool:
    return vote.change.retroactively_approved_at == vote.cast_at


def _desks(refs: list[str], *, reader: User, now: datetime) -> tuple[list[Desk], list[str]]:
    found: list[Desk] = []
    unknown: list[str] = []
    for ref in refs:
        try:
            found.append(desk(ref=ref, reader=reader, now=now))
        except NoSuchChange:
            unknown.append(ref)
    return found, unknown


def _status(results: list[Result], *, wrong: bool) -> int:
    """200 when something was cast or only looked at; else 422, 403 or 409 as the API says it."""
    if any(result.cast for result in results) or not (results or wrong):
        return 200
    if not results:
        return 422
    return 403 if any(result.who for result in results) else 409


def _title(decision: str) -> str:
    words = {"approve": "Approve changes", "reject": "Reject changes"}
    return words.get(decision, "Vote on changes")


def _context(site: ModelAdmin, request: HttpRequest, *, title: str) -> dict[str, Any]:
    return {
        **site.admin_site.each_context(request),
        "is_nav_sidebar_enabled": False,
        "title": title,
        "opts": site.opts,
        "media": site.media,
        "queue_url": reverse("admin:changes_change_changelist"),
    }
