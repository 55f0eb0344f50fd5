"""Approval rules, and the requirements they become when a change is submitted."""

from typing import Any

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
    GROUP = "group", "A named group"
    PEOPLE = "people", "Anyone in a list"


#: Those that say by themselves who is meant; a policy rule may require these.
OFFICES = [choice for choice in AuthorityWord.choices if choice[0] not in ("group", "people")]
STAGES_AT_MOST = 9
PEOPLE_AT_MOST = 50


def usernames() -> Any:
    """People by name, so that what is kept says who was meant."""
    names = models.CharField(max_length=150)
    return ArrayField(names, default=list, db_default=[], blank=True)


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
    percent = models.PositiveSmallIntegerField(
        "or per cent",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="Instead of a number: of everybody who holds the authority when the change is "
        "submitted, rounded up, one at least.",
    )
    group = models.CharField(
        max_length=150, blank=True, default="", db_default="", help_text="Of a named group: which."
    )
    people = usernames()
    stage = models.PositiveSmallIntegerField(
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(STAGES_AT_MOST)],
        help_text="Who is of a later stage is asked when the earlier ones have agreed.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="approval_rule_asks_for_somebody", condition=models.Q(count__gte=1)
            ),
            models.CheckConstraint(
                name="approval_rule_asks_for_a_share_of_a_hundred",
                condition=models.Q(percent=None) | models.Q(percent__gte=1, percent__lte=100),
            ),
            models.CheckConstraint(
                name="approval_rule_names_its_group",
                condition=models.Q(authority="group") & ~models.Q(group="")
                | ~models.Q(authority="group") & models.Q(group=""),
            ),
            models.CheckConstraint(
                name="approval_rule_names_its_people",
                condition=models.Q(authority="people") & ~models.Q(people=[])
                | ~models.Q(authority="people") & models.Q(people=[]),
            ),
            models.CheckConstraint(
                name="approval_rule_stage_is_counted_from_one", condition=models.Q(stage__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Requirement(models.Model):
    """What one rule asked of one round of approval, kept as it stood then.

    `count` is a number also where the rule asked for `percent`. `asked_at` is when its stage came.
    From `escalated_at` on `next_authority` may fill it too. Since `gap_found_at` there are too few
    people left who could.
    """

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="requirements")
    round = models.PositiveIntegerField()
    authority = models.CharField(max_length=16, choices=AuthorityWord)
    count = models.PositiveSmallIntegerField()
    rule = models.CharField(max_length=120)
    percent = models.PositiveSmallIntegerField(null=True)
    group = models.CharField(max_length=150, default="", db_default="")
    people = usernames()
    stage = models.PositiveSmallIntegerField(default=1, db_default=1)
    asked_at = models.DateTimeField(null=True)
    next_authority = models.CharField(
        max_length=16, choices=AuthorityWord, default="", db_default=""
    )
    next_group = models.CharField(max_length=150, default="", db_default="")
    escalated_at = models.DateTimeField(null=True)
    gap_found_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["change", "round", "id"]
        indexes = [models.Index(fields=["change", "round"], name="requirement_of_round")]

    def __str__(self) -> str:
        return f"{self.count} × {self.authority}"
