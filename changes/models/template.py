"""Standard-change templates, every version of their words, and who approves them."""

from typing import Any, Final

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from catalog.models import Service
from changes.models.choices import Category, Rollout
from changes.states import TEMPLATE_MOVES, TemplateState

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
BOUNDS = ("closes_itself", "suspend_after_failures", "suspend_within_uses")
WORDS: Final = ("name", *FILLS, "locked", *BOUNDS)
"""What a version says, besides the services it is for."""


class Template(models.Model):
    """A pre-approved, repeatable, low-risk change: what it fills in, and what of it is locked.

    Its words are those of `version`, the one in force; before the first is approved, those being
    written. Changes made from versions before `good_from` do not start any more.
    """

    class State(models.TextChoices):
        DRAFT = TemplateState.DRAFT.value, "Draft"
        PROPOSED = TemplateState.PROPOSED.value, "Proposed"
        APPROVED = TemplateState.APPROVED.value, "Approved"
        PUBLISHED = TemplateState.PUBLISHED.value, "Published"
        SUSPENDED = TemplateState.SUSPENDED.value, "Suspended"
        RETIRED = TemplateState.RETIRED.value, "Retired"

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
    closes_itself = models.BooleanField(
        default=True,
        db_default=True,
        help_text="Once its deployment succeeded and every required check holds. Nobody undoes it.",
    )
    suspend_after_failures = models.PositiveSmallIntegerField(
        default=2,
        db_default=2,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="So many of its last uses failed or were rolled back: it is suspended.",
    )
    suspend_within_uses = models.PositiveSmallIntegerField(
        default=10,
        db_default=10,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text="How many of its last uses are looked at.",
    )
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    good_from = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    suspended_at = models.DateTimeField(null=True, blank=True, editable=False)
    suspension = models.TextField(blank=True, default="", db_default="", editable=False)
    counted_from = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["slug"]
        triggers = [
            pgtrigger.FSM(
                name="template_state_follows_moves",
                field="state",
                transitions=sorted(
                    {
                        (str(source), str(target))
                        for sources, target in TEMPLATE_MOVES.values()
                        for source in sources
                    }
                ),
            ),
            pgtrigger.Protect(name="template_is_never_deleted", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.CheckConstraint(
                name="template_state_is_known",
                condition=Q(state__in=[str(state) for state in TemplateState]),
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return f"/templates/{self.slug}"

    def clean(self) -> None:
        unknown = sorted(set(self.locked) - set(FILLS))
        if unknown:
            raise ValidationError({"locked": f"These are no template fields: {unknown}."})
        k, n = self.suspend_after_failures, self.suspend_within_uses
        if k is not None and n is not None and k > n:
            sentence = f"{k} failures are never among {n} uses: give {n} or fewer."
            raise ValidationError({"suspend_after_failures": sentence})


def _by() -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )


class TemplateVersion(models.Model):
    """Words proposed for a template; approved, they are its version `number`, kept for ever.

    Nobody proposed what was published before versions were kept.
    """

    class Verdict(models.TextChoices):
        APPROVED = "approved", "Approved"
        SENT_BACK = "sent_back", "Sent back"
        WITHDRAWN = "withdrawn", "Withdrawn"

    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(null=True, blank=True)
    says = models.JSONField()
    why = models.TextField(blank=True)
    evidence = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    proposed_by = _by()
    verdict = models.CharField(max_length=9, choices=Verdict, blank=True)
    comment = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = _by()

    class Meta:
        ordering = ["template", "-id"]
        constraints = [
            models.UniqueConstraint(
                name="template_version_is_numbered_once", fields=["template", "number"]
            ),
            models.UniqueConstraint(
                name="template_has_one_open_proposal",
                fields=["template"],
                condition=Q(verdict=""),
            ),
            models.CheckConstraint(
                name="template_version_is_numbered_when_approved",
                condition=Q(verdict="approved", number__isnull=False)
                | (~Q(verdict="approved") & Q(number__isnull=True)),
            ),
            models.CheckConstraint(
                name="template_is_approved_by_somebody_else",
                condition=~Q(verdict="approved")
                | Q(proposed_by__isnull=True)
                | (Q(decided_by__isnull=False) & ~Q(decided_by=models.F("proposed_by"))),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="decided_template_version_stays_as_it_was",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__verdict=""),
            ),
            pgtrigger.Protect(name="template_version_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.template} {f'v{self.number}' if self.number else 'proposal'}"

    @property
    def ref(self) -> str:
        """How the ledger names the row: `template:restart-service proposal 7`."""
        return f"template:{self.template.slug} proposal {self.pk}"

    @property
    def label(self) -> str:
        """`version 3`, or what became of it."""
        if self.number:
            return f"version {self.number}"
        return {"sent_back": "sent back", "withdrawn": "withdrawn"}.get(self.verdict, "proposal")


class CatalogueRule(models.Model):
    """One row: who approves templates."""

    class Approvers(models.TextChoices):
        CHANGE_MANAGERS = "change_managers", "Change managers"
        CAB = "cab", "The CAB"
        EITHER = "either", "Change managers or the CAB"

    approvers = models.CharField(
        "approved by",
        max_length=15,
        choices=Approvers,
        default=Approvers.EITHER,
        help_text="Never by whoever proposed it.",
    )

    class Meta:
        verbose_name = "rule of the standard catalogue"
        verbose_name_plural = "rule of the standard catalogue"
        constraints = [
            models.CheckConstraint(name="there_is_one_catalogue_rule", condition=Q(id=1))
        ]

    def __str__(self) -> str:
        return f"Templates are approved by: {self.get_approvers_display()}"

    @property
    def ref(self) -> str:
        """What the ledger calls it."""
        return "standard-catalogue"
