"""Standard-change templates."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from catalog.models import Service
from changes.models.choices import Category, Rollout

FILLS = (
    "title",
    "description",
    "justification",
    "impact_analysis",
    "implementation_plan",
    "test_plan",
    "rollback_plan",
    "monitoring_plan",
    "category",
    "rollout",
    "required_checks",
)


class Template(models.Model):
    """A pre-approved, repeatable, low-risk change: what it fills in, and what of it is locked."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        SUSPENDED = "suspended", "Suspended"
        RETIRED = "retired", "Retired"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    services = models.ManyToManyField(Service, blank=True, help_text="None means every service.")
    title = models.CharField(max_length=200)
    description = models.TextField()
    justification = models.TextField(blank=True)
    impact_analysis = models.TextField("risk and impact analysis", blank=True)
    implementation_plan = models.TextField()
    test_plan = models.TextField()
    rollback_plan = models.TextField()
    monitoring_plan = models.TextField(blank=True)
    category = models.CharField(max_length=16, choices=Category, default=Category.OTHER)
    rollout = models.CharField(max_length=11, choices=Rollout, default=Rollout.ALL_AT_ONCE)
    required_checks = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    locked = ArrayField(
        models.CharField(max_length=24, choices=[(name, name) for name in FILLS]),
        default=list,
        blank=True,
        help_text="Fields nobody may change on a change made from this template.",
    )

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug

    def clean(self) -> None:
        unknown = sorted(set(self.locked) - set(FILLS))
        if unknown:
            raise ValidationError({"locked": f"These are no template fields: {unknown}."})
