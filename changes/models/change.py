"""The change itself."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django_fsm import ConcurrentTransitionMixin, FSMField

from catalog.models import Environment, Service, Team
from changes.models.choices import (
    Category,
    KindWord,
    OutcomeWord,
    RiskWord,
    RollbackProof,
    Rollout,
    StateWord,
)
from changes.models.guards import Moves, triggers
from changes.risk import Circumstances
from changes.states import INITIAL
from incidents.models import Incident

USER = settings.AUTH_USER_MODEL


def _by(name: str) -> Any:
    return models.ForeignKey(
        USER,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name=name,
        db_index=False,
    )


def _at() -> Any:
    return models.DateTimeField(null=True, blank=True, editable=False)


def _paired(stem: str, *, at: str, by: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"change_{stem}_says_when_and_by_whom",
        condition=Q(**{f"{at}__isnull": True, f"{by}__isnull": True})
        | Q(**{f"{at}__isnull": False, f"{by}__isnull": False}),
    )


class Change(Moves, ConcurrentTransitionMixin, models.Model):  # type: ignore[misc,valid-type]
    """One change; its state is written by `changes.lifecycle` alone."""

    # What its risk was weighed by in this request: no column, and unknown of a row just read.
    circumstances: Circumstances | None = None

    state = FSMField(default=str(INITIAL), choices=StateWord, protected=True, editable=False)
    kind = models.CharField(max_length=9, choices=KindWord, default=KindWord.NORMAL)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    justification = models.TextField(blank=True)
    impact_analysis = models.TextField("risk and impact analysis", blank=True)
    security_impact = models.TextField(blank=True, default="", db_default="")
    category = models.CharField(max_length=16, choices=Category, default=Category.DEPLOYMENT)

    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="changes", db_index=False
    )
    also_affects = models.ManyToManyField(Service, blank=True, related_name="affecting_changes")
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, related_name="changes", editable=False, db_index=False
    )
    environment = models.ForeignKey(Environment, on_delete=models.PROTECT, related_name="changes")

    implementation_plan = models.TextField(blank=True)
    test_plan = models.TextField(blank=True)
    rollback_plan = models.TextField(blank=True)
    monitoring_plan = models.TextField(blank=True)
    rollout = models.CharField(max_length=11, choices=Rollout, default=Rollout.ALL_AT_ONCE)
    rollback_proof = models.CharField(
        max_length=9, choices=RollbackProof, default=RollbackProof.NONE, blank=True, db_default=""
    )
    test_evidence_url = models.URLField("test evidence", blank=True, default="", db_default="")
    canary_steps = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    canary_soak_minutes = ArrayField(
        models.PositiveSmallIntegerField(), default=list, blank=True, db_default=[]
    )
    required_checks = ArrayField(models.CharField(max_length=80), default=list, blank=True)

    planned_start_at = models.DateTimeField(null=True, blank=True)
    planned_end_at = models.DateTimeField(null=True, blank=True)

    revision = models.CharField(max_length=120, blank=True)
    artifact = models.CharField(max_length=300, blank=True)
    source_url = models.URLField(blank=True)
    pull_request_url = models.URLField(blank=True)
    external_id = models.CharField(max_length=120, blank=True)
    template = models.ForeignKey(
        "changes.Template", null=True, blank=True, on_delete=models.PROTECT, related_name="changes"
    )
    template_version = models.PositiveIntegerField(null=True, blank=True, editable=False)
    incident = models.ForeignKey(
        Incident, null=True, blank=True, on_delete=models.PROTECT, related_name="changes"
    )

    author = models.ForeignKey(
        USER,
        editable=False,
        on_delete=models.PROTECT,
        related_name="authored_changes",
        db_index=False,
    )
    last_editor = models.ForeignKey(
        USER,
        editable=False,
        on_delete=models.PROTECT,
        related_name="last_edited_changes",
        db_index=False,
    )
    implementer = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="implemented_changes"
    )

    edition = models.PositiveIntegerField(default=1, editable=False)
    plan_version = models.PositiveIntegerField(default=1, editable=False)
    plan_digest = models.CharField(max_length=64, editable=False)
    approval_round = models.PositiveIntegerField(default=0, editable=False)
    risk_level = models.CharField(
        max_length=6, choices=RiskWord, default=RiskWord.LOW, editable=False
    )
    risk_score = models.PositiveSmallIntegerField(default=0, editable=False)
    risk_factors = models.JSONField(default=list, editable=False)
    risk_model = models.PositiveSmallIntegerField(default=1, db_default=1, editable=False)

    created_at = models.DateTimeField(editable=False)
    submitted_at = _at()
    approved_at = _at()
    held_at = _at()
    held_by = _by("+")
    hold_reason = models.TextField(blank=True, editable=False)
    started_at = _at()
    started_by = _by("+")
    broke_glass_at = _at()
    broke_glass_by = _by("+")
    retroactively_approved_at = _at()
    finished_at = _at()
    rolled_back_at = _at()
    reviewed_at = _at()
    reviewed_by = _by("+")
    review = models.TextField(blank=True, editable=False)
    unauthorised_at = _at()
    outcome = models.CharField(max_length=24, choices=OutcomeWord, blank=True, editable=False)
    closing_note = models.TextField(blank=True, editable=False)
    ended_at = _at()
    ended_by = _by("+")

    class Meta:
        ordering = ["-id"]
        triggers = triggers()
        constraints = [
            models.CheckConstraint(
                name="change_state_is_known", condition=Q(state__in=list(StateWord.values))
            ),
            models.CheckConstraint(
                name="change_kind_is_known", condition=Q(kind__in=list(KindWord.values))
            ),
            models.CheckConstraint(
                name="change_is_planned_to_end_after_it_starts",
                condition=Q(planned_end_at__gt=models.F("planned_start_at")),
            ),
            models.CheckConstraint(
                name="closed_change_has_an_outcome",
                condition=~Q(state="closed") | ~Q(outcome=""),
            ),
            models.CheckConstraint(
                name="hold_states_its_reason",
                condition=Q(held_at__isnull=True, hold_reason="")
                | (Q(held_at__isnull=False) & ~Q(hold_reason="")),
            ),
            _paired("hold", at="held_at", by="held_by"),
            _paired("start", at="started_at", by="started_by"),
            _paired("broken_glass", at="broke_glass_at", by="broke_glass_by"),
            _paired("review", at="reviewed_at", by="reviewed_by"),
            models.CheckConstraint(
                name="change_end_says_when_and_by_whom",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False)
                | Q(  # a standard change that closed itself
                    ended_at__isnull=False, kind="standard", state="closed", outcome="successful"
                ),
            ),
            models.UniqueConstraint(
                name="external_id_names_one_change",
                fields=["author", "external_id"],
                condition=~Q(external_id=""),
            ),
        ]
        # Every index is written at every move, so foreign keys have one only where it is read: not
        # where an index here begins with them, and not for who did what when.
        indexes = [
            models.Index(fields=["service", "-id"], name="change_by_service"),
            models.Index(fields=["team", "-id"], name="change_by_team"),
            models.Index(fields=["state", "-id"], name="change_by_state"),
            models.Index(fields=["author", "-id"], name="change_by_author"),
            models.Index(
                fields=["planned_start_at"],
                include=["planned_end_at", "state"],
                name="change_by_planned_start",
            ),
            models.Index(fields=["team", "planned_start_at"], name="change_by_team_planned_start"),
            models.Index(
                fields=["service", "environment", "planned_start_at"],
                name="change_open_on_service",
                condition=~Q(state__in=["closed", "cancelled"]),
            ),
            models.Index(
                fields=["planned_start_at", "id"],
                name="change_open",
                condition=~Q(state__in=["closed", "cancelled"]),
            ),
            models.Index(
                fields=["service", "started_at"],
                name="change_by_service_started",
                condition=Q(started_at__isnull=False),
            ),
            models.Index(
                fields=["environment", "started_at"],
                name="change_by_place_started",
                condition=Q(started_at__isnull=False),
            ),
            models.Index(
                fields=["ended_at"], name="change_closed_by_end", condition=Q(state="closed")
            ),
            models.Index(
                fields=["service", "broke_glass_at"],
                name="change_owes_retroactive_votes",
                condition=Q(broke_glass_at__isnull=False, retroactively_approved_at__isnull=True),
            ),
            models.Index(
                fields=["service", "finished_at"],
                name="change_owes_review",
                condition=(Q(kind="emergency") | Q(unauthorised_at__isnull=False))
                & Q(finished_at__isnull=False, reviewed_at__isnull=True),
            ),
            models.Index(
                fields=["-id"],
                name="change_unauthorised",
                condition=Q(unauthorised_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"

    def get_absolute_url(self) -> str:
        return f"/changes/{self.ref}"

    @property
    def ref(self) -> str:
        """`CHG-1042`: what people call it."""
        return f"CHG-{self.pk}"
