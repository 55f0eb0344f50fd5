"""The addresses of the API of changes, under `/api/v1/`."""

from django.urls import path

from changes.api import (
    approval_rules,
    approval_value,
    changes,
    checks,
    decisions,
    deployments,
    environments,
    evidence,
    feeds,
    gate,
    leave,
    overrides,
    places,
    policies,
    population,
    preview,
    queue,
    seals,
    slots,
    tasks,
    templates,
    verbs,
    window_exports,
    windows,
)

urlpatterns = [
    path("gate", gate.Gate.as_view()),  # first, for it is asked most
    path("changes", changes.Changes.as_view()),
    path("changes/preview", preview.Preview.as_view()),
    path("changes/<str:ref>", changes.OneChange.as_view()),
    path("changes/<str:ref>/preview", preview.PreviewOfChange.as_view()),
    *(path(f"changes/<str:ref>/{verb}", verbs.endpoint(verb)) for verb in verbs.VERBS),
    path("changes/<str:ref>/votes", verbs.Votes.as_view()),
    path("changes/<str:ref>/checks", verbs.Checks.as_view()),
    path("changes/<str:ref>/checks/run", checks.CheckRuns.as_view()),
    path("changes/<str:ref>/tasks", tasks.Tasks.as_view()),
    path("changes/<str:ref>/tasks/<int:number>", tasks.OneTask.as_view()),
    *(
        path(f"changes/<str:ref>/tasks/<int:number>/{verb}", tasks.endpoint(verb))
        for verb in tasks.VERBS
    ),
    path("changes/<str:ref>/timeline", verbs.Timeline.as_view()),
    path("changes/<str:ref>/evidence", evidence.EvidenceOfChange.as_view()),
    path("changes/<str:ref>/overrides", overrides.OverridesOfChange.as_view()),
    *(
        path(
            f"changes/<str:ref>/overrides/<str:override>/{verb}",
            overrides.endpoint(verb, of_change=True),
        )
        for verb in overrides.VERBS
    ),
    path("overrides", overrides.Overrides.as_view()),
    path("overrides/<str:override>", overrides.OneOverride.as_view()),
    *(
        path(f"overrides/<str:override>/{verb}", overrides.endpoint(verb, of_change=False))
        for verb in overrides.VERBS
    ),
    path("approval-rules", approval_rules.ApprovalRules.as_view()),
    path("approval-rules/<str:ref>", approval_rules.OneApprovalRule.as_view()),
    path("absences", leave.Absences.as_view()),
    path("absences/<str:ref>/end", leave.ending("absence", leave.AbsenceShown)),
    path("delegations", leave.Delegations.as_view()),
    path("delegations/<str:ref>/end", leave.ending("delegation", leave.DelegationShown)),
    path("slots", slots.Slots.as_view()),
    path("feeds", feeds.Feeds.as_view()),
    path("feeds/<int:feed>", feeds.OneFeed.as_view()),
    path("gate/explain", gate.Explain.as_view()),
    path("gate/queue", queue.Queue.as_view()),
    path("gate/queue/<int:place>", queue.OnePlace.as_view()),
    path("gate/decisions", decisions.Decisions.as_view()),
    path("gate/decisions/<uuid:decision_id>", decisions.OneDecision.as_view()),
    path("deployments", deployments.Deployments.as_view()),
    path("windows", windows.Windows.as_view()),
    path("windows/occurrences", windows.Occurrences.as_view()),
    path("windows/export", window_exports.Exports.as_view()),
    path("windows/<str:ref>", windows.OneWindow.as_view()),
    path("ledger/seals", seals.Seals.as_view()),
    path("ledger/seals/<str:ref>", seals.OneSeal.as_view()),
    path("audit/approvals", approval_value.ApprovalValue.as_view()),
    path("audit/population", population.PopulationOfPeriod.as_view()),
    path("policies", policies.Policies.as_view()),
    path("services", places.Services.as_view()),
    path("teams", places.Teams.as_view()),
    path("environments", places.Environments.as_view()),
    path("environments/<slug:slug>", environments.OneEnvironment.as_view()),
    path("environments/<slug:slug>/lock", environments.Lock.as_view()),
    path("environments/<slug:slug>/release", environments.Release.as_view()),
    path("templates", templates.Templates.as_view()),
    path("templates/<slug:slug>", templates.OneTemplate.as_view()),
    *(path(f"templates/<slug:slug>/{verb}", templates.endpoint(verb)) for verb in templates.VERBS),
]
