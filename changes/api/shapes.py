"""The shapes of what the API answers about changes, as the OpenAPI document tells them.

`changes.api.shown` builds them as plain objects: a serializer would cost more than the rules.
"""

from rest_framework import serializers

from changes.api.approval_shapes import OwedShown, RequirementShown, VoteShown
from changes.api.check_shapes import CheckRunShown
from changes.api.shape_parts import DecisionShown, instant, word, words
from changes.api.task_shapes import TaskShown
from changes.models.choices import (
    Category,
    KindWord,
    OutcomeWord,
    RiskWord,
    RollbackProof,
    Rollout,
    StateWord,
)
from changes.models.rule import AuthorityWord
from changes.policies.conflicts import Why
from changes.policies.overriding import STANDING_WORDS

STANDINGS = [(str(one), label) for one, label in STANDING_WORDS.items()]
REVIEWS = [("none", "None is owed"), ("due", "Due"), ("overdue", "Overdue"), ("done", "Done")]


class FactorShown(serializers.Serializer):
    """One addend of the risk score."""

    name = word()
    points = serializers.IntegerField()
    why = word()
    remedy = word("What would lower it; empty where nothing would.")


class FewerVotesShown(serializers.Serializer):
    """Votes that would not be needed any more."""

    authority = serializers.ChoiceField(AuthorityWord.choices)
    who = word("The authority in words, with its group or people.")
    count = serializers.IntegerField()


class LowerShown(serializers.Serializer):
    """One thing that would lower the score, and what it would be then."""

    field = word("The field it is written in.")
    do = word()
    points = serializers.IntegerField(help_text="Below zero.")
    score = serializers.IntegerField()
    level = serializers.ChoiceField(RiskWord.choices)
    fewer_votes = FewerVotesShown(many=True)


class NewestRiskShown(serializers.Serializer):
    """The risk as it would be counted now."""

    level = serializers.ChoiceField(RiskWord.choices)
    score = serializers.IntegerField()


class RiskShown(serializers.Serializer):
    """The risk, and what it adds up from."""

    level = serializers.ChoiceField(RiskWord.choices)
    score = serializers.IntegerField()
    model = serializers.IntegerField(help_text="Which arithmetic it was counted with.")
    factors = FactorShown(many=True)
    newest = NewestRiskShown(
        allow_null=True, help_text="As it would be counted now; null once it has started."
    )
    lower = LowerShown(many=True, help_text="What would lower it, the most first.")


class CheckShown(serializers.Serializer):
    """The latest report of one validation check."""

    name = word()
    passed = serializers.BooleanField()
    detail = word()
    url = word()
    reported_by = word("Username, or tidegate where it ran the check itself.")
    reported_at = instant(null=False)
    evidence = serializers.JSONField(
        allow_null=True,
        help_text="What was seen; of a check Tidegate ran, what was asked, and each look.",
    )


class ConflictShown(serializers.Serializer):
    """Another change that is scheduled or running when this one is planned, and how they meet."""

    ref = word("CHG-1042")
    title = word()
    level = serializers.ChoiceField(
        ["hard", "soft"], help_text="Hard: one keeps the other from being scheduled or started."
    )
    why = serializers.ListField(
        child=serializers.ChoiceField([str(why) for why in Why]),
        help_text="The same service here or `elsewhere`, one it needs or is needed by, …",
    )
    service = word("Where they meet.")
    environment = word()
    state = serializers.ChoiceField(StateWord.choices)
    planned_start_at = instant(null=False)
    planned_end_at = instant(null=False)
    by = word("Who answers for it, by username.")


class HoldShown(serializers.Serializer):
    """Who holds a change, since when and why."""

    by = word()
    at = instant(null=False)
    reason = word()


class ChangeListed(serializers.Serializer):
    """A change as lists show it."""

    ref = word("CHG-1042")
    title = word()
    kind = serializers.ChoiceField(KindWord.choices)
    state = serializers.ChoiceField(StateWord.choices)
    outcome = serializers.ChoiceField(OutcomeWord.choices, allow_null=True)
    risk_level = serializers.ChoiceField(RiskWord.choices)
    service = word()
    environment = word()
    team = word()
    author = word()
    implementer = word(null=True)
    planned_start_at = instant()
    planned_end_at = instant()
    held_at = instant()
    unauthorised_at = instant("Since when it is known that it went ahead without leave.")
    created_at = instant(null=False)


class ChangesPage(serializers.Serializer):
    """One page of a list; `next` and `previous` are addresses, or null at an end."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    count = word("How many there are, counted up to “1,000+”.")
    results = ChangeListed(many=True)


class WindowNamed(serializers.Serializer):
    """A freeze, and what it was called when it was overridden."""

    ref = word("WIN-7")
    name = word()


class OverrideShown(serializers.Serializer):
    """An override as lists and its change show it."""

    ref = word("OVR-3")
    state = serializers.ChoiceField(STANDINGS)
    change = word("CHG-1042; null where it is for every change there.", null=True)
    service = word()
    environment = word()
    windows = WindowNamed(many=True)
    roles = words("The groups whose people may override these freezes.")
    reason = word()
    incident = word(null=True)
    starts_at = instant(null=False)
    expires_at = instant(null=False)
    requested_by = word()
    requested_at = instant(null=False)
    confirmed_by = word(null=True)
    confirmed_at = instant()
    withdrawn_by = word(null=True)
    withdrawn_at = instant()
    withdrawal = word("Why it was withdrawn.")
    review_state = serializers.ChoiceField(REVIEWS)
    review_due_at = instant()
    reviewed_by = word(null=True)
    reviewed_at = instant()
    review = word()


class ChangeShown(serializers.Serializer):
    """A change with everything there is to know about it."""

    ref = word("CHG-1042")
    title = word()
    kind = serializers.ChoiceField(KindWord.choices)
    state = serializers.ChoiceField(StateWord.choices)
    outcome = serializers.ChoiceField(OutcomeWord.choices, allow_null=True)
    description = word()
    justification = word()
    impact_analysis = word()
    security_impact = word()
    category = serializers.ChoiceField(Category.choices)
    service = word()
    also_affects = words("Slugs of other services.")
    team = word("The team that owns the service.")
    environment = word()
    implementation_plan = word()
    test_plan = word()
    rollback_plan = word()
    monitoring_plan = word()
    rollout = serializers.ChoiceField(Rollout.choices)
    rollback_proof = serializers.ChoiceField(RollbackProof.choices, allow_blank=True)
    test_evidence_url = word("Where the tests of this revision can be seen to pass, or empty.")
    canary_steps = serializers.ListField(child=serializers.IntegerField())
    canary_soak_minutes = serializers.ListField(child=serializers.IntegerField())
    required_checks = words()
    planned_start_at = instant()
    planned_end_at = instant()
    revision = word()
    artifact = word()
    source_url = word()
    pull_request_url = word()
    external_id = word()
    template = word(null=True)
    template_version = serializers.IntegerField(
        allow_null=True, help_text="The version it was last filled from, or submitted with."
    )
    incident = word(null=True)
    author = word()
    last_editor = word()
    implementer = word(null=True)
    edition = serializers.IntegerField(help_text="Counts every write; the ETag begins with it.")
    plan_version = serializers.IntegerField()
    plan_digest = word("SHA-256 of the material fields; votes are cast on it.")
    approval_round = serializers.IntegerField()
    risk = RiskShown()
    requirements = RequirementShown(many=True)
    votes = VoteShown(many=True)
    checks = CheckShown(many=True)
    check_runs = CheckRunShown(many=True)
    conflicts = ConflictShown(many=True)
    overrides = OverrideShown(many=True)
    tasks = TaskShown(many=True)
    owed = OwedShown(many=True, help_text="After an emergency: the gate denies while it is late.")
    hold = HoldShown(allow_null=True)
    verbs = serializers.DictField(
        child=DecisionShown(), help_text="What you may do now, and why not."
    )
    created_at = instant(null=False)
    submitted_at = instant()
    approved_at = instant()
    started_at = instant()
    started_by = word(null=True)
    broke_glass_at = instant()
    broke_glass_by = word(null=True)
    retroactively_approved_at = instant()
    finished_at = instant()
    rolled_back_at = instant()
    unauthorised_at = instant("Since when it is known that it went ahead without leave.")
    reviewed_at = instant()
    reviewed_by = word(null=True)
    review = word()
    ended_at = instant()
    ended_by = word(null=True)
    closing_note = word()


class EventShown(serializers.Serializer):
    """One event of the ledger; `digest` chains it to the one before."""

    position = serializers.IntegerField()
    at = instant(null=False)
    verb = word("What happened, such as change.approved.")
    actor = word()
    data = serializers.DictField()  # type: ignore[assignment]
    digest = word()
