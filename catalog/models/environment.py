"""Environments: where services run."""

from django.db import models


class Environment(models.Model):
    """A place to deploy to: whether it is open when no window speaks, and how much goes on at once.

    `one_at_a_time` says what may not be done to it at the same time by two normal changes;
    `max_running` how many changes may be implemented in it at once, of all services together.
    """

    class Default(models.TextChoices):
        OPEN = "open", "Open unless a freeze says no"
        CLOSED = "closed", "Closed unless a maintenance window says yes"

    class OneAtATime(models.TextChoices):
        SERVICE = "service", "One change of a service at a time"
        ENVIRONMENT = "environment", "One change at a time, whatever its service"
        NOTHING = "nothing", "Changes may overlap; they are only warned"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    default = models.CharField(max_length=6, choices=Default, default=Default.OPEN)
    one_at_a_time = models.CharField(
        max_length=11, choices=OneAtATime, default=OneAtATime.SERVICE, db_default="service"
    )
    max_running = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Changes implemented at once; empty means no limit."
    )
    demands_reauthentication = models.BooleanField(
        "approvers confirm who they are",
        default=False,
        db_default=False,
        help_text="Who approves gives their password, and code, again. API tokens cannot approve.",
    )

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(default__in=["open", "closed"]),
                name="environment_is_open_or_closed",
            ),
            models.CheckConstraint(
                condition=models.Q(one_at_a_time__in=["service", "environment", "nothing"]),
                name="environment_says_what_happens_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(max_running__gte=1), name="environment_lets_at_least_one_run"
            ),
        ]

    def __str__(self) -> str:
        return self.slug
