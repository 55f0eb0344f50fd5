"""Environments: where services run."""

from django.db import models


class Environment(models.Model):
    """A place to deploy to, and whether it is open when no window speaks."""

    class Default(models.TextChoices):
        OPEN = "open", "Open unless a freeze says no"
        CLOSED = "closed", "Closed unless a maintenance window says yes"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    default = models.CharField(max_length=6, choices=Default, default=Default.OPEN)

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(default__in=["open", "closed"]),
                name="environment_is_open_or_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.slug
