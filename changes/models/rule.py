"""Approval rules, and the requirements they become when a change is submitted."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from changes.models.change import Change
from changes.models.choices import Category, KindWord, RiskWord, slugs


class AuthorityWord(models.TextChoices):
    PEER = "peer", "Peer of the owner team"
    SERVICE_OWNER = "service_owner", "Service owner"
    CAB = "cab", "CAB"
    CHANGE_MANAGER = "change_manager", "Change manager"
    ECAB = "ecab", "Emergency CAB"


class ApprovalRule(models.Model):
    """Who must agree to which changes: every rule that matches applies, an empty one to all."""

    name = models.CharField(max_length=120, unique=True)
    is_active = models.BooleanField("active", default=True)
    kinds = ArrayField(models.CharField(max_length=9, choices=KindWord), default=list, blank=True)
    risk_at_least = models.CharField(max_length=6, choices=RiskWord, default=RiskWord.LOW)
    environments = slugs()
    teams = slugs()
    tiers = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    categories = ArrayField(
        models.CharField(max_length=16, choices=Category), default=list, blank=True
    )
    authority = models.CharField(max_length=16, choices=AuthorityWord)
    count = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text="How many distinct people.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="approval_rule_asks_for_somebody", condition=models.Q(count__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Requirement(models.Model):
    """What one rule asked of one round of approval, kept as it stood then."""

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="requirements")
    round = models.PositiveIntegerField()
    authority = models.CharField(max_length=16, choices=AuthorityWord)
    count = models.PositiveSmallIntegerField()
    rule = models.CharField(max_length=120)

    class Meta:
        ordering = ["change", "round", "id"]
        indexes = [models.Index(fields=["change", "round"], name="requirement_of_round")]

    def __str__(self) -> str:
        return f"{self.count} × {self.authority}"
