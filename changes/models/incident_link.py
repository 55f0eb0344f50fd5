"""What a change has to do with an incident, as somebody decided."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from changes.models.change import Change
from incidents.models import Incident
from ledger.timeline import SYSTEM


class IncidentLink(models.Model):
    """A change and an incident: whether it caused it, or whether it mends it.

    There is at most one row for each of the two questions; what was said before is in the ledger.
    Written by `changes.incident_links` alone.
    """

    class Question(models.TextChoices):
        CAUSE = "cause", "Cause"
        REMEDY = "remedy", "Remedy"

    class Relation(models.TextChoices):
        SUSPECT = "suspect", "Suspected of causing it"
        CAUSED = "caused", "Caused it"
        DISMISSED = "dismissed", "Did not cause it"
        FIXES = "fixes", "Fixes it"
        MITIGATED_BY = "mitigated_by", "Mitigates it"

    class Certainty(models.TextChoices):
        POSSIBLE = "possible", "Possible"
        PROBABLE = "probable", "Probable"
        CERTAIN = "certain", "Certain"

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="incident_links")
    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, related_name="change_links", db_index=False
    )
    question = models.CharField(max_length=6, choices=Question)
    relation = models.CharField(max_length=12, choices=Relation)
    certainty = models.CharField(max_length=8, choices=Certainty)
    note = models.TextField(blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty where Tidegate suspected it by itself.",
    )
    weighed = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        editable=False,
        help_text="How it was ranked as a suspect when this was decided; see changes.suspects.",
    )

    class Meta:
        ordering = ["incident", "question", "change"]
        indexes = [models.Index(fields=["decided_at"], name="incident_link_by_time")]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "change", "question"],
                name="incident_and_change_are_linked_once",
            ),
            models.CheckConstraint(
                name="link_answers_its_question",
                condition=Q(question="cause", relation__in=["suspect", "caused", "dismissed"])
                | Q(question="remedy", relation__in=["fixes", "mitigated_by"]),
            ),
            models.CheckConstraint(
                name="person_decides_what_caused_an_incident",
                condition=Q(decided_by__isnull=False) | Q(relation="suspect"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref}: {self.relation}"

    @property
    def ref(self) -> str:
        """How the ledger names it: `INC-7 CHG-12 cause`."""
        return f"INC-{self.incident_id} CHG-{self.change_id} {self.question}"

    @property
    def decider(self) -> str:
        """The username of who decided it; ours where nobody did."""
        return self.decided_by.username if self.decided_by else SYSTEM
