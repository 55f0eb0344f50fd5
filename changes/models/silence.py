"""Silences: what a change makes Alertmanager keep to itself while it is being implemented."""

from datetime import timedelta

from django.db import models
from django.db.models import Q

from changes.models.change import Change
from changes.models.choices import slugs


class AlertmanagerServer(models.Model):
    """An Alertmanager in which changes that start silence the alerts of their service.

    Empty lists match all. The labels are what alerts there call service and environment; without a
    label for the environment, a silence holds in all of them.
    """

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    base_url = models.CharField(
        "address",
        max_length=300,
        help_text="Such as https://alertmanager.example.org. An address inside needs its network "
        "in WEBHOOK_ALLOWED_NETWORKS.",
    )
    sealed_bearer = models.TextField(
        blank=True, editable=False, help_text="The bearer token it asks for, encrypted."
    )
    services = slugs()
    environments = slugs()
    service_label = models.CharField(max_length=80, default="service")
    environment_label = models.CharField(max_length=80, blank=True, default="")
    longest = models.DurationField(
        default=timedelta(hours=2), help_text="A silence ends then, whatever becomes of its change."
    )
    is_active = models.BooleanField("active", default=True)

    class Meta:
        ordering = ["slug"]
        verbose_name = "Alertmanager server"
        constraints = [
            models.CheckConstraint(
                name="silences_have_an_end",
                condition=Q(longest__gt=timedelta(), longest__lte=timedelta(days=1)),
            )
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def ref(self) -> str:
        """`alertmanager:main`: how the ledger names it."""
        return f"alertmanager:{self.slug}"


class Silence(models.Model):
    """One silence of one change in one Alertmanager; written by `changes.silences` alone."""

    class State(models.TextChoices):
        WANTED = "wanted", "To be set"
        SET = "set", "Set"
        LIFTED = "lifted", "Lifted"
        GIVEN_UP = "given_up", "Given up"

    change = models.ForeignKey(
        Change, on_delete=models.PROTECT, related_name="silences", db_index=False
    )
    server = models.ForeignKey(
        AlertmanagerServer, on_delete=models.PROTECT, related_name="silences"
    )
    state = models.CharField(max_length=8, choices=State, default=State.WANTED)
    number = models.CharField("id there", max_length=80, blank=True)
    ends_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due_at"], name="silence_due", condition=Q(due_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["change", "server"], name="change_is_silenced_once_in_a_server"
            ),
            models.CheckConstraint(
                name="silence_that_is_set_has_its_id",
                condition=~Q(state="set") | ~Q(number=""),
            ),
            models.CheckConstraint(
                name="silence_that_is_over_is_not_due",
                condition=~Q(state__in=["lifted", "given_up"]) | Q(due_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"CHG-{self.change_id} in {self.server_id}"
