"""How messages are read, with “try it”, and topics of SNS, which a person confirms."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from catalog.actors import actor_of
from incidents.intake import fields, mappings, told, topics
from incidents.models import Complaint, SignalMapping, SnsTopic
from ledger.admin.events import ReadOnlyAdmin
from ledger.admin.kept import KeptAdmin, KeptForm, said_by
from ledger.decision import Refused
from ledger.inbox import Unreadable
from ledger.models import Source

TRY = "_try"
LONGEST_SAMPLE = 512_000
TRIED = "Tried, and nothing is saved: what was found stands above the button."


class SignalMappingForm(KeptForm):
    """Where in a message is what, and a message to try it on."""

    sample = forms.CharField(
        required=False,
        max_length=LONGEST_SAMPLE,
        label="A message",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text="Paste a body as the tool sends it, or a CloudEvent, and press “Try it”. It is "
        "not kept.",
    )
    tried: fields.Read | None = None

    class Meta:
        model = SignalMapping
        fields = mappings.EDITABLE
        widgets = {"severity_words": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "source" in self.fields:
            words = (mappings.JSON, mappings.CLOUDEVENTS)
            self.fields["source"].queryset = Source.objects.filter(vendor__in=words)  # type: ignore[attr-defined]

    def ask(self) -> None:
        """Ask the writer; and where it is only tried, say what it finds instead of saving it."""
        mappings.check(self.instance, actor=self.actor)
        if TRY in self.data:
            self._try()
            self.add_error(None, TRIED)

    def write(self) -> None:
        mappings.save(self.instance, actor=self.actor, now=timezone.now())

    def _try(self) -> None:
        now = timezone.now()
        try:
            value = told.json_of(self.cleaned_data.get("sample", "").encode())
            self.tried = fields.read(self.instance, value, received_at=now)
        except Unreadable as why:
            self.add_error("sample", str(why))


@admin.register(SignalMapping)
class SignalMappingAdmin(KeptAdmin):
    form = SignalMappingForm
    change_form_template = "admin/incidents/signalmapping/change_form.html"
    list_display = ("source", "event_type", "key", "title", "status", "is_ignored", "is_active")
    list_display_links = ("source", "event_type")
    list_filter = ("source", "is_active")
    list_select_related = ("source",)
    fieldsets = (
        (
            "Whose messages",
            {"fields": ("source", "event_type", "is_ignored", "is_active", "each")},
        ),
        (
            "What an alert is",
            {
                "description": "A path such as alert.name, alerts.0.name or /alert/name; or a "
                "constant after =, such as =checkout.",
                "fields": ("key", "title", "body", "occurrence", "group", "labels", "link"),
            },
        ),
        (
            "Whether it fires",
            {"fields": ("status", "resolved_words", "acknowledged_words", "firing_words")},
        ),
        (
            "Where, how badly and since when",
            {
                "fields": (
                    "service",
                    "environment",
                    "severity",
                    "severity_words",
                    "started_at",
                    "ended_at",
                )
            },
        ),
        ("Try it", {"fields": ("sample",)}),
    )

    def ref_of(self, row: Any) -> str:
        return str(row.ref)


@admin.register(SnsTopic)
class SnsTopicAdmin(ReadOnlyAdmin):
    """Topics that ask to be confirmed. Confirming asks Amazon's address, once."""

    list_display = ("arn", "source", "state", "asked_at", "confirmed_at", "confirmed_by")
    list_filter = ("state", "source")
    list_select_related = ("source", "confirmed_by")
    fields = ("arn", "source", "state", "asked_at", "confirmed_at", "confirmed_by")
    actions = ("confirm",)

    def has_confirm_permission(self, request: HttpRequest) -> bool:
        """Whoever may change topics may confirm them."""
        return request.user.has_perm("incidents.change_snstopic")

    @admin.action(description="Confirm the selected topics", permissions=["confirm"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[SnsTopic]) -> None:
        for topic in queryset.select_related("source"):
            try:
                topics.confirm(topic=topic, actor=actor_of(request), now=timezone.now())
            except Refused as refused:
                self.message_user(request, f"{topic}: {said_by(refused)}", messages.ERROR)
            else:
                self.message_user(request, f"Confirmed {topic}.", messages.SUCCESS)


@admin.register(Complaint)
class ComplaintAdmin(ReadOnlyAdmin):
    """What people said, to be read."""

    list_display = ("reported_at", "subject", "service", "said_by", "affected", "reported_by")
    list_filter = ("service",)
    list_select_related = ("service", "reported_by")
    search_fields = ("subject", "said_by", "message_id")
    show_full_result_count = False
