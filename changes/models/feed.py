"""Calendar feeds: addresses at which a calendar client reads what is planned."""

from django.conf import settings
from django.db import models


class Feed(models.Model):
    """What one secret address shows; only the SHA-256 of its secret is kept.

    It shows changes and windows of everything, or of a team, a service, an environment.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="feeds"
    )
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, help_text="The first characters, to recognise it by.")
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    team = models.SlugField(blank=True, db_index=False)
    service = models.SlugField(max_length=80, blank=True, db_index=False)
    environment = models.SlugField(blank=True, db_index=False)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def ref(self) -> str:
        """`FEED-3`: what the ledger calls it."""
        return f"FEED-{self.pk}"

    @property
    def shows(self) -> str:
        """`checkout, production`: what it is narrowed to; empty for everything."""
        team = f"team {self.team}" if self.team else ""
        return ", ".join(one for one in (team, self.service, self.environment) if one)
