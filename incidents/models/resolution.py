"""How it is known that service is restored: figures that must be green, and what is owed after."""

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from incidents.models.incident import Incident


class ResolutionCheck(models.Model):
    """A figure in Prometheus that must be green before an incident is resolved.

    Without services it is asked of every service. In the query `$service` and `$environment` stand
    for the incident's own. See Note [Verified before it is resolved] in
    `incidents.policies.resolution`.
    """

    class Comparison(models.TextChoices):
        BELOW = "<", "<"
        AT_MOST = "<=", "<="
        ABOVE = ">", ">"
        AT_LEAST = ">=", ">="

    name = models.CharField(max_length=80, unique=True, help_text="Such as error-rate.")
    is_active = models.BooleanField("active", default=True)
    services = ArrayField(models.SlugField(max_length=80), default=list, blank=True)
    base_url = models.CharField(
        "Prometheus",
        max_length=300,
        help_text="Such as https://prometheus.example.org. An address inside needs its network in "
        "WEBHOOK_ALLOWED_NETWORKS.",
    )
    query = models.TextField(max_length=4000, help_text="PromQL whose answer is one number.")
    comparison = models.CharField(max_length=2, choices=Comparison, default=Comparison.BELOW)
    threshold = models.FloatField()
    apart = models.DurationField(
        default=timedelta(minutes=15),
        help_text="How long it must stay green: two looks so far apart, and none red between.",
    )
    timeout_seconds = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="resolution_check_looks_twice", condition=Q(apart__gt=timedelta())
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        """How the ledger names it: `resolution-check:3`."""
        return f"resolution-check:{self.pk}"


class ResolutionWatch(models.Model):
    """What a check has shown of one incident: since when it is green, and the newest look.

    Written by `incidents.resolution` alone; what it showed goes into the event of the resolution.
    """

    incident = models.ForeignKey(
        Incident, on_delete=models.CASCADE, related_name="resolution_watches", db_index=False
    )
    check_row = models.ForeignKey(ResolutionCheck, on_delete=models.PROTECT, related_name="watches")
    due_at = models.DateTimeField()
    green_since = models.DateTimeField(null=True, blank=True)
    first_value = models.FloatField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    last_value = models.FloatField(null=True, blank=True)
    word = models.CharField(max_length=16, blank=True)
    said = models.CharField(max_length=300, blank=True)
    looks = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["incident", "check_row"]
        indexes = [models.Index(fields=["due_at"], name="resolution_watch_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "check_row"], name="incident_is_watched_once_by_a_check"
            ),
            models.CheckConstraint(
                name="watch_is_green_until_its_newest_look",
                condition=Q(green_since__isnull=True) | Q(green_since__lte=F("last_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"INC-{self.incident_id} {self.check_row_id}"


class PostmortemDuty(models.Model):
    """A postmortem that an incident owes since it was resolved, by when, and where it stands."""

    LONGEST_ADDRESS = 500

    incident = models.OneToOneField(
        Incident, on_delete=models.PROTECT, related_name="postmortem_duty"
    )
    since = models.DateTimeField()
    due_at = models.DateTimeField()
    address = models.CharField(max_length=LONGEST_ADDRESS, blank=True, default="", db_default="")
    written_at = models.DateTimeField(null=True, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )

    class Meta:
        ordering = ["due_at"]
        indexes = [
            models.Index(fields=["due_at"], name="postmortem_owed", condition=Q(written_at=None))
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(address="", written_at=None, written_by=None)
                | Q(Q(written_at__isnull=False) & ~Q(address="")),
                name="written_postmortem_says_where_and_when",
            ),
            models.CheckConstraint(
                name="postmortem_is_due_after_it_is_owed", condition=Q(due_at__gt=F("since"))
            ),
        ]

    def __str__(self) -> str:
        return f"INC-{self.incident_id}"

    @property
    def ref(self) -> str:
        """How the ledger names it: `INC-7 postmortem`."""
        return f"INC-{self.incident_id} postmortem"
