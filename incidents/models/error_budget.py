"""Error budgets, as monitoring reports them."""

from datetime import timedelta

from django.conf import settings
from django.db import models

from catalog.models import Service

MEASURE_HOLDS = timedelta(hours=24)


class ErrorBudget(models.Model):
    """How much of a service's error budget is left, as last measured; written by `error_budgets`.

    A measure older than `MEASURE_HOLDS` counts for nothing.
    Source: *Site Reliability Engineering* (2016), ch. 3: a spent budget stops releases.
    """

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="error_budgets")
    name = models.SlugField(max_length=40, help_text="Of the objective, such as availability.")
    objective = models.CharField(
        max_length=200, help_text="In words: 99.9 % of requests succeed over 28 days."
    )
    remaining_percent = models.DecimalField(
        max_digits=7, decimal_places=2, help_text="100 untouched, 0 spent, below 0 overspent."
    )
    measured_at = models.DateTimeField()
    source_url = models.URLField(blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["service", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "name"], name="service_has_one_budget_of_a_name"
            ),
            models.CheckConstraint(
                condition=models.Q(remaining_percent__lte=100),
                name="budget_holds_a_hundred_percent_at_most",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.remaining_percent} % left"

    @property
    def ref(self) -> str:
        """How the ledger names it: `budget:checkout/availability`."""
        return f"budget:{self.service.slug}/{self.name}"
