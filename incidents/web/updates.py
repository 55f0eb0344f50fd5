"""Updates of an incident: a part of the war room, and a page of its own."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from catalog.actors import actor_of
from incidents import lifecycle, policies, queries
from incidents import updates as publishing
from incidents.models import Component, Incident, Update
from incidents.updates.publishing import LONGEST_MESSAGE
from incidents.web.forms import VerbForm

SHOWN_AT_MOST = 50


class UpdateForm(VerbForm):
    """An update, prefilled from how the incident stands."""

    verb = "publish"
    status = forms.ChoiceField(choices=Update.Status.choices)
    message = forms.CharField(
        max_length=LONGEST_MESSAGE,
        label="What is said",
        error_messages={"required": "Say what is known."},
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    public = forms.BooleanField(
        required=False,
        label="For everybody: put it on the status page",
        help_text="Otherwise the house alone hears it.",
    )
    title = forms.CharField(
        required=False,
        max_length=200,
        label="Title for the public",
        help_text="The incident's own title stays inside.",
    )
    components = forms.ModelMultipleChoiceField(
        Component.objects.filter(is_shown=True),
        to_field_name="slug",
        required=False,
        label="Affected, for the public",
        widget=forms.CheckboxSelectMultiple,
    )
    next_update_at = forms.DateTimeField(
        required=False,
        label="Next update by",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    may_stand = forms.BooleanField(
        required=False,
        label="It may stand: publish it all the same",
        help_text="The timeline keeps the words and your name.",
    )

    def without_leave(self) -> "UpdateForm":
        """The form before anything was found that needs leave to stand."""
        del self.fields["may_stand"]
        return self


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def updates(request: HttpRequest, ref: str) -> HttpResponse:
    """What was said of an incident and when the next is due; publishing one."""
    incident = _found(ref)
    if request.method != "POST":
        return _shown(request, incident, _prefilled(incident))
    form = UpdateForm(request.POST)
    try:
        if not form.is_valid():
            return _shown(request, incident, form.without_leave(), status=422)
        given = form.cleaned_data | {
            "components": [one.slug for one in form.cleaned_data["components"]]
        }
        publishing.publish(ref=incident.ref, **given, actor=actor_of(request), now=timezone.now())
    except ValidationError as wrong:
        form.take(wrong)
        if not isinstance(wrong, publishing.InsideWords) and not form.cleaned_data["may_stand"]:
            form.without_leave()
        return _shown(request, incident, form, status=422)
    if request.headers.get("HX-Request"):
        return _shown(request, incident, _prefilled(incident))
    messages.success(request, f"Published an update of {incident.ref}.")
    redirect = HttpResponseRedirect(reverse("incident-updates", args=[incident.ref]))
    redirect.status_code = 303
    return redirect


def _prefilled(incident: Incident) -> UpdateForm:
    draft = publishing.draft(incident, now=timezone.now())
    return UpdateForm(
        initial={
            "status": draft.status,
            "message": draft.message,
            "title": draft.title,
            "components": list(draft.components),
            "next_update_at": draft.next_update_at,
        }
    ).without_leave()


def _shown(
    request: HttpRequest, incident: Incident, form: UpdateForm, *, status: int = 200
) -> HttpResponse:
    standing = lifecycle.standing(actor=actor_of(request), incident=incident)
    decision = policies.may("update", standing)
    due_at = publishing.due_at(incident)
    context: dict[str, Any] = {
        "section": "incidents",
        "incident": incident,
        "form": form,
        "publish": decision,
        "due_at": due_at,
        "overdue": due_at is not None and due_at < timezone.now(),
        "updates": incident.updates.select_related("published_by").order_by("-id")[:SHOWN_AT_MOST],
    }
    part = bool(request.headers.get("HX-Request"))
    template = "incidents/updates_part.html" if part else "incidents/updates.html"
    # htmx shows nothing of an answer that is an error.
    return render(request, template, context, status=200 if part else status)


def _found(ref: str) -> Incident:
    try:
        return queries.by_ref(ref.upper())
    except Incident.DoesNotExist:
        raise Http404(f"There is no incident {ref}.") from None
