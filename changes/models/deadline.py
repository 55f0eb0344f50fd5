"""Deadlines of votes: when those who owe one are reminded, and who is asked in addition then."""

from django.db import models
from django.db.models import F, Q

from changes.models.rule import ApprovalRule, AuthorityWord, Requirement

#: Who may be asked in addition: a list of people is written into one rule alone.
NEXT = [choice for choice in AuthorityWord.choices if choice[0] != "people"]


class ApprovalDeadline(models.Model):
    """How long those of one authority, or of one rule, may take; a rule's own goes before.

    Times count from when they are asked. Without `escalate_after` nobody else is asked.
    """

    authority = models.CharField(max_length=16, choices=AuthorityWord, blank=True)
    rule = models.ForeignKey(
        ApprovalRule,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deadlines",
        help_text="Instead of an authority: this rule alone.",
    )
    is_active = models.BooleanField("active", default=True)
    remind_after = models.DurationField(help_text="Then whoever still owes a vote is reminded.")
    escalate_after = models.DurationField(
        null=True, blank=True, help_text="Then the next authority is asked in addition."
    )
    next_authority = models.CharField(max_length=16, choices=NEXT, blank=True)
    next_group = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["authority", "rule"]
        constraints = [
            models.CheckConstraint(
                name="approval_deadline_is_of_an_authority_or_a_rule",
                condition=~Q(authority="") & Q(rule__isnull=True)
                | Q(authority="") & Q(rule__isnull=False),
            ),
            models.UniqueConstraint(
                name="authority_has_one_deadline",
                fields=["authority"],
                condition=Q(rule__isnull=True),
            ),
            models.UniqueConstraint(
                name="rule_has_one_deadline", fields=["rule"], condition=Q(rule__isnull=False)
            ),
            models.CheckConstraint(
                name="approval_deadline_escalates_after_it_reminds",
                condition=Q(escalate_after__isnull=True) | Q(escalate_after__gt=F("remind_after")),
            ),
            models.CheckConstraint(
                name="approval_deadline_says_whom_it_escalates_to",
                condition=Q(escalate_after__isnull=True, next_authority="")
                | Q(escalate_after__isnull=False) & ~Q(next_authority=""),
            ),
            models.CheckConstraint(
                name="approval_deadline_names_the_next_group",
                condition=Q(next_authority="group") & ~Q(next_group="")
                | ~Q(next_authority="group") & Q(next_group=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.rule) if self.rule else str(self.get_authority_display())

    @property
    def ref(self) -> str:
        """`DEADLINE-3`: how the ledger names it."""
        return f"DEADLINE-{self.pk}"


class VoteDue(models.Model):
    """Something to be done about a requirement at an instant; gone when it is done.

    Working state, and no evidence: what comes of it is an event.
    """

    class Act(models.TextChoices):
        REMIND = "remind", "Remind"
        ESCALATE = "escalate", "Escalate"

    requirement = models.ForeignKey(Requirement, on_delete=models.CASCADE, related_name="dues")
    act = models.CharField(max_length=8, choices=Act)
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["due_at", "id"], name="vote_due_first")]
        constraints = [
            models.UniqueConstraint(
                name="requirement_is_due_once_for_each_act", fields=["requirement", "act"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.requirement}"
