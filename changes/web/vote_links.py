"""The page a letter's link opens: the change with its evidence, and the vote. Looking says nothing.

See Note [A link opens, a person votes] in `changes/lifecycle/vote_links.py`.
"""

from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from changes.lifecycle import vote_links
from changes.lifecycle.vote_links import ForgedLink, VoteLink
from changes.models import Change, Vote
from changes.queries.voting import wanted
from changes.shown.plan import DID
from changes.web.detail import change_page
from changes.web.reader import reader

FORGED: Final = (
    "This is no link of ours",
    "It is cut short, or somebody changed it. Open the link of the letter once more, whole.",
)
LAPSED: Final = (
    "This link has run out",
    "Links in letters are good for seven days. The change itself says whether your vote is wanted.",
)
OF_ANOTHER: Final = (
    "This link was sent to somebody else",
    "Votes are personal. If it was sent to you, sign out and sign in with your own account.",
)


@login_required
@require_safe
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Show the change a letter asked a vote on, to the person it was written to."""
    try:
        link = vote_links.read(token)
    except ForgedLink:
        return _not_opened(request, FORGED, status=404)
    if link.person != reader(request).pk:
        return _not_opened(request, OF_ANOTHER, status=403)
    if link.expires_at <= timezone.now():
        return _not_opened(request, LAPSED, status=410, ref=f"CHG-{link.change}")
    change = Change.objects.filter(pk=link.change).first()
    if change is None:
        return _not_opened(request, FORGED, status=404)
    return change_page(
        request, ref=change.ref, seen=link.plan_digest, letter=_since_the_letter(change, link)
    )


def _since_the_letter(change: Change, link: VoteLink) -> str:
    """What happened after the letter was written, in a sentence; empty where nothing did."""
    answered = Vote.objects.filter(change=change, voter=link.person, round=link.round).first()
    if answered is not None and change.approval_round == link.round:
        return f"You have answered this letter: you {DID[answered.decision]}."
    if not wanted().filter(pk=change.pk).exists():
        return f"No vote is asked any more: {change.ref} is {change.get_state_display().lower()}."
    if change.plan_digest != link.plan_digest:
        return (
            "The plan was changed after the letter was written; what changed is marked. "
            "A vote counts for the plan as it stands here."
        )
    if change.approval_round != link.round:
        return "It was submitted anew after the letter was written, with the same plan."
    return ""


def _not_opened(
    request: HttpRequest, said: tuple[str, str], *, status: int, ref: str = ""
) -> HttpResponse:
    heading, words = said
    context = {"section": "changes", "heading": heading, "words": words, "ref": ref}
    return render(request, "changes/vote_link.html", context, status=status)
