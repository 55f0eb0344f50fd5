"""Subscriptions in the admin; a webhook's secret is shown once, what a tool gave never."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from catalog.models import Service, Team
from ledger import lanes, subscriptions
from ledger.models import Subscription
from ledger.models.delivery import Lane
from ledger.models.subscription import verb_pattern

LANES = [(lane.value, lane.label) for lane in Lane if lane in lanes.OF_CHANNEL.values()]
_SHOWN_ONCE = "Copy the signing secret of “{}” now; it is not shown again: {}"


class SubscriptionForm(ModelForm):
    """Who is told of what."""

    secret = forms.CharField(
        required=False,
        max_length=2000,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="What the tool gave: the address of an incoming webhook of Slack or a workflow "
        "of Teams, a bot's token, a routing or API key, or apprise's address. It is sealed and "
        "shown to nobody; empty keeps what is there. A webhook is given one of ours.",
    )
    lane = forms.ChoiceField(
        required=False,
        choices=[("", "The usual one of the channel"), *LANES],
        help_text="What it is sent with; nothing holds up paging.",
    )

    class Meta:
        model = Subscription
        fields = (
            "name",
            "channel",
            "target",
            "secret",
            "base_url",
            "verbs",
            "services",
            "teams",
            "severity_at_most",
            "components",
            "lane",
            "is_active",
        )

    def clean_verbs(self) -> list[str]:
        """Refuse a verb that cannot be one, in words the array field would swallow."""
        verbs: list[str] = self.cleaned_data["verbs"]
        for verb in verbs:
            verb_pattern(verb)
        return verbs

    def clean(self) -> dict[str, Any]:
        """Refuse a target its channel cannot reach, and slugs nobody has."""
        given = super().clean() or self.cleaned_data
        channel = given.get("channel") or self.instance.channel
        if channel and (given.get("target") or given.get("is_active")):
            subscriptions.check_target(channel=channel, target=given["target"])
        subscriptions.check_base_url(given.get("base_url") or "")
        subscriptions.check_components(given.get("components"))
        if channel:
            given["lane"] = given.get("lane") or lanes.OF_CHANNEL[channel]
        if channel in subscriptions.SECRETS and (given.get("secret") or not self.instance.pk):
            self.instance.channel = channel
            subscriptions.keep_secret(self.instance, given.get("secret") or "")
        for field, model in (("services", Service), ("teams", Team)):
            asked = set(given.get(field) or ())
            known = set(model.objects.filter(slug__in=asked).values_list("slug", flat=True))
            if unknown := sorted(asked - known):
                raise ValidationError({field: f"There is no “{unknown[0]}”. Write its slug."})
        return given


@admin.register(Subscription)
class SubscriptionAdmin(admin.ModelAdmin):
    form = SubscriptionForm
    list_display = ("name", "channel", "target", "verbs", "lane", "is_active", "paused_until")
    list_filter = ("channel", "lane", "is_active")
    search_fields = ("name", "target")
    actions = ("renew_secret",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Subscription | None = None
    ) -> tuple[str, ...]:
        """The channel stays what it was made as."""
        return ("channel", "created_at", "paused_until") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Subscription | None = None) -> tuple[str, ...]:
        asked = SubscriptionForm.Meta.fields
        return (*asked, "created_at", "paused_until") if obj else asked

    def save_model(
        self, request: HttpRequest, obj: Subscription, form: ModelForm, change: bool
    ) -> None:
        """Save; a new webhook is given a secret, shown this once."""
        if change:
            super().save_model(request, obj, form, change)
            return
        obj.created_at = timezone.now()
        secret = subscriptions.give_secret(obj)
        super().save_model(request, obj, form, change)
        if secret:
            messages.warning(request, _SHOWN_ONCE.format(obj.name, secret))

    @admin.action(description="Give the selected webhooks a new secret", permissions=["change"])
    def renew_secret(self, request: HttpRequest, queryset: QuerySet[Subscription]) -> None:
        for subscription in queryset.filter(channel=Subscription.Channel.WEBHOOK):
            secret = subscriptions.give_secret(subscription)
            subscription.save(update_fields=["sealed_secret"])
            messages.warning(request, _SHOWN_ONCE.format(subscription.name, secret))
