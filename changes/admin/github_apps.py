"""GitHub apps in the admin, with “try it”."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from catalog.models import User
from changes.models import GithubApp
from changes.rulebook import github_apps
from changes.waiting_runs import github
from ledger.admin.kept import KeptAdmin, KeptForm
from ledger.channels.failures import NotSent
from ledger.models import Source


class GithubAppForm(KeptForm):
    """As which app we answer, and the key that proves it."""

    key = forms.CharField(
        required=False,
        label="Private key",
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
        help_text="The text of the .pem file that GitHub made. Kept encrypted and never shown. "
        "Left empty, the one it has stays.",
    )

    class Meta:
        model = GithubApp
        fields = github_apps.EDITABLE
        help_texts = {"source": "Where its webhooks come in: /hooks/ and its slug."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sources = Source.objects.filter(vendor=github_apps.VENDOR)
        self._choices("source", sources)
        self._choices("robot", User.objects.filter(is_robot=True, is_active=True))

    def _choices(self, name: str, rows: Any) -> None:
        if name in self.fields:
            self.fields[name].queryset = rows  # type: ignore[attr-defined]

    def _key(self) -> str | None:
        return self.cleaned_data.get("key") or None

    def ask(self) -> None:
        github_apps.check(self.instance, key=self._key(), actor=self.actor)

    def write(self) -> None:
        github_apps.save(self.instance, key=self._key(), actor=self.actor, now=timezone.now())


@admin.register(GithubApp)
class GithubAppAdmin(KeptAdmin):
    form = GithubAppForm
    change_form_template = "admin/changes/githubapp/change_form.html"
    list_display = ("slug", "app_id", "api_url", "source", "robot", "is_active")
    list_select_related = ("source", "robot")
    fieldsets = (
        ("As GitHub knows it", {"fields": ("slug", "app_id", "key", "api_url")}),
        ("Here", {"fields": ("source", "robot", "is_active")}),
    )

    def ref_of(self, row: Any) -> str:
        return str(row.ref)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.try_view)
        return [path("<int:key>/try/", view, name="changes_githubapp_try"), *super().get_urls()]

    def try_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """Ask GitHub once who we are to it; nothing is recorded."""
        row = GithubApp.objects.filter(pk=key).first()
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        if request.method == "POST":
            try:
                named = github.introduced(row, now=timezone.now())
                self.message_user(request, f"GitHub knows it as “{named}”.", messages.SUCCESS)
            except NotSent as problem:
                self.message_user(request, str(problem), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:changes_githubapp_change", args=[row.pk]))
