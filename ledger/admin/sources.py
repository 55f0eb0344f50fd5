"""Sources in the admin: made and given keys that are shown once, and ended."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Max, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from catalog.actors import actor_of
from ledger import timeline
from ledger.admin.events import ReadOnlyAdmin
from ledger.inbox import refusing, sources
from ledger.inbox.vendors import Proof, known
from ledger.models import Source, SourceKey

_WHAT = {
    Proof.KEY: "key",
    Proof.SIGNATURE: "signing secret",
    Proof.EITHER: "key or signing secret",
}
REFUSED_SHOWN = 10
_SHOWN_ONCE = "Copy the {what} of “{name}” now; it is not shown again: {key}"


def _vendors() -> list[tuple[str, str]]:
    return sorted((one.word, one.label) for one in known().values())


class SourceForm(ModelForm):
    """What a source is, and how much it may send."""

    vendor = forms.ChoiceField(choices=_vendors)
    secret = forms.CharField(
        required=False,
        label="Secret of the tool",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Where the tool makes the secret with which it signs (Zendesk, Sentry), give it "
        "here: kept encrypted and never shown. Left empty, one is made for you to paste there.",
    )

    class Meta:
        model = Source
        fields = ("slug", "name", "vendor", *sources.EDITABLE[1:])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        vendor = given.get("vendor") or self.instance.vendor
        if vendor in known():
            sources.refuse_secret(given.get("secret", ""), vendor=vendor)
        return given


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    form = SourceForm
    list_display = ("slug", "name", "vendor", "per_minute", "is_active", "last_received_at")
    list_filter = ("vendor", "is_active")
    search_fields = ("slug", "name")
    autocomplete_fields = ("service",)
    actions = ("rotate",)
    told = ("address", "keys_told", "refused_lately", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        return super().get_queryset(request).annotate(last=Max("messages__received_at"))

    def get_fields(self, request: HttpRequest, obj: Source | None = None) -> tuple[str, ...]:
        asked = (*SourceForm.Meta.fields, "secret")
        return (*asked, *self.told) if obj else asked

    def get_readonly_fields(
        self, request: HttpRequest, obj: Source | None = None
    ) -> tuple[str, ...]:
        """Its address and its vendor stay what it was made as."""
        return ("slug", "vendor", *self.told) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Source | None = None) -> bool:
        """Never: it is disabled, and its messages go on saying whose they are."""
        return False

    def save_model(self, request: HttpRequest, obj: Source, form: ModelForm, change: bool) -> None:
        """Save on the record; a new source is given a key, shown this once."""
        given = {name: form.cleaned_data[name] for name in form.fields}
        actor, now = actor_of(request), timezone.now()
        secret = given.pop("secret", "")
        if change:
            sources.edit(source=obj, actor=actor, now=now, **given)
            if secret:
                sources.rotate(source=obj, actor=actor, now=now, secret=secret)
            return
        made, key = sources.make(actor=actor, now=now, secret=secret, **given)
        obj.pk = made.pk
        if not secret:
            self._show(request, made, key)

    @admin.action(description="Give the selected sources another key", permissions=["change"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        for source in queryset:
            key = sources.rotate(source=source, actor=actor_of(request), now=timezone.now())
            self._show(request, source, key)

    def _show(self, request: HttpRequest, source: Source, key: str) -> None:
        what = _WHAT[known()[source.vendor].proof]
        self.message_user(
            request, _SHOWN_ONCE.format(what=what, name=source.name, key=key), messages.WARNING
        )

    @admin.display(description="last message", ordering="last")
    def last_received_at(self, source: Any) -> Any:
        """When a message that is still kept came last."""
        return source.last

    @admin.display(description="address")
    def address(self, source: Source) -> str:
        """Where the tool sends to."""
        return f"/hooks/{source.slug}"

    @admin.display(description="refused lately")
    def refused_lately(self, source: Source) -> str:
        """The messages that were too large, the newest first: what was in them is lost."""
        events = timeline.events_of(subject=source.ref).filter(verb=refusing.REFUSED)
        lines = [
            (f"{one.at:%Y-%m-%d %H:%M} UTC", f"{one.data['bytes']:,}", f"{one.data['at_most']:,}")
            for one in events.order_by("-position")[:REFUSED_SHOWN]
        ]
        listed = format_html_join("", "<li>{}: {} bytes, of {} at most</li>", lines)
        return format_html("<ul>{}</ul>", listed) if lines else "None."

    @admin.display(description="keys")
    def keys_told(self, source: Source) -> str:
        """What each key begins with, and how long it is good."""
        lines = ((key.prefix, _standing(key)) for key in source.keys.all())
        listed = format_html_join("", "<li><code>{}…</code> {}</li>", lines)
        return format_html("<ul>{}</ul>", listed)


@admin.register(SourceKey)
class SourceKeyAdmin(ReadOnlyAdmin):
    """Keys, to end one at once."""

    list_display = ("prefix", "source", "standing", "created_at", "expires_at", "revoked_at")
    list_select_related = ("source",)
    list_filter = ("source",)
    actions = ("revoke",)
    fields = ("source", "prefix", "created_at", "expires_at", "revoked_at")

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whoever may change sources may end their keys."""
        return request.user.has_perm("ledger.change_source")

    @admin.action(description="Revoke the selected keys at once", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[SourceKey]) -> None:
        for key in queryset:
            sources.revoke(key=key, actor=actor_of(request), now=timezone.now())
        self.message_user(request, f"Revoked {queryset.count()} keys.")

    @admin.display(description="standing")
    def standing(self, key: SourceKey) -> str:
        return _standing(key)


def _standing(key: SourceKey) -> str:
    now = timezone.now()
    if key.revoked_at:
        return f"revoked {key.revoked_at:%Y-%m-%d %H:%M} UTC"
    if key.expires_at is None:
        return "good"
    told = f"{key.expires_at:%Y-%m-%d %H:%M} UTC"
    return f"expired {told}" if key.expires_at <= now else f"good until {told}"
