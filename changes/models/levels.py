"""From which score a change is of which risk."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

HIGHEST = 200


class RiskThreshold(models.Model):
    """One level and the score it begins at; low is what lies below the first."""

    class Level(models.TextChoices):
        MEDIUM = "medium", "Medium"
        HIGH = "high", "High"

    level = models.CharField(max_length=9, choices=Level, unique=True, editable=False)
    from_score = models.PositiveSmallIntegerField(
        "from",
        validators=[MinValueValidator(1), MaxValueValidator(HIGHEST)],
        help_text="The lowest score of this level.",
    )

    class Meta:
        ordering = ["from_score"]
        constraints = [
            models.CheckConstraint(
                name="risk_level_begins_above_nothing",
                condition=Q(from_score__gte=1, from_score__lte=HIGHEST),
            ),
            models.CheckConstraint(
                name="risk_threshold_is_of_a_level", condition=Q(level__in=["medium", "high"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()} from {self.from_score}"

    @property
    def ref(self) -> str:
        """How the ledger names it: `risk-level:high`."""
        return f"risk-level:{self.level}"
