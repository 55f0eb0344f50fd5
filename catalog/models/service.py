"""Services and what they depend on."""

from django.db import models

from catalog.models.team import Team


class Service(models.Model):
    """Something a team runs for others; tier 1 hurts most when it is down."""

    slug = models.SlugField(unique=True, max_length=80)
    name = models.CharField(max_length=120)
    tier = models.PositiveSmallIntegerField(
        choices=[
            (1, "Tier 1: critical"),
            (2, "Tier 2: important"),
            (3, "Tier 3: normal"),
            (4, "Tier 4: minor"),
        ],
        default=3,
    )
    owner_team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="services")
    depends_on = models.ManyToManyField(
        "self", through="ServiceDependency", symmetrical=False, related_name="dependents"
    )
    is_active = models.BooleanField(
        default=True, help_text="A service that is not active takes no new changes."
    )

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(tier__gte=1, tier__lte=4), name="service_tier_is_one_to_four"
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class ServiceDependency(models.Model):
    """`service` needs `needs` to work."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="needs_rows")
    needs = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="needed_by_rows", db_index=False
    )

    class Meta:
        verbose_name_plural = "service dependencies"
        constraints = [
            models.UniqueConstraint(fields=["service", "needs"], name="dependency_is_named_once"),
            models.CheckConstraint(
                condition=~models.Q(service=models.F("needs")),
                name="service_does_not_depend_on_itself",
            ),
        ]
        indexes = [models.Index(fields=["needs", "service"], name="dependency_by_what_is_needed")]

    def __str__(self) -> str:
        return f"{self.service} needs {self.needs}"
