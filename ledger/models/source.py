"""Sources: the tools outside that may send messages in, and the keys by which each is known."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from catalog.models import Service

MONTH = 43_200  # minutes


class Source(models.Model):
    """One tool that sends messages. `vendor` says how they are proved, and who reads them."""

    slug = models.SlugField(
        max_length=80, unique=True, help_text="Part of its address: what follows /hooks/."
    )
    name = models.CharField(max_length=120)
    vendor = models.SlugField(max_length=40)
    per_minute = models.PositiveIntegerField(
        "messages a minute",
        default=600,
        validators=[MinValueValidator(1), MaxValueValidator(60_000)],
        help_text="More are refused until the minute is over; the sender is told when.",
    )
    is_active = models.BooleanField(default=True, help_text="Otherwise it is refused.")
    expected_every_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MONTH)],
        help_text="When it says nothing for so long, that is an alert. Empty: it may be silent.",
    )
    alerts_end_after_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MONTH)],
        help_text="An alert not heard of for so long has ended. For tools that never say so.",
    )
    service = models.ForeignKey(
        Service,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Whose team hears of it when it falls silent, or sends what is too large to "
        "take: the alert is one of this service. Empty: it is only listed.",
    )
    created_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                name="source_may_send_something", condition=Q(per_minute__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def ref(self) -> str:
        """`source:github-shop`: what the ledger calls it."""
        return f"source:{self.slug}"


class SourceKey(models.Model):
    """One key of a source. Several are good at a time, so that a tool can be given another one.

    A key that is shown is found by its digest, and kept nowhere; a secret that signs must be read
    again, so it is sealed.
    """

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="keys")
    prefix = models.CharField(max_length=12, editable=False)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    sealed_secret = models.BinaryField(default=bytes, editable=False)
    created_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["source", "id"]

    def __str__(self) -> str:
        return f"{self.prefix}…"
