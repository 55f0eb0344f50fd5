"""Where each remedy is done: reason code → path. `{change}` stands for the change's own page."""

from typing import Final

from ledger import refs

REMEDIES: Final[dict[str, str]] = {
    "wrong_state": "{change}#verbs",
    "review_required": "{change}#verb-review",
    "outcome_required": "{change}#verb-close",
    "edited_meanwhile": "{change}#plan",
    "plan_incomplete": "{change}/edit",
    "no_rollback_plan": "{change}/edit#id_rollback_plan",
    "no_monitoring_plan": "{change}/edit#id_monitoring_plan",
    "approvals_missing": "{change}#approvals",
    "approvals_stale": "{change}#approvals",
    "reauthentication_required": "{change}#vote",
    "outside_planned_period": "{change}/edit#id_planned_start_at",
    "lead_time": "{change}/edit#id_planned_start_at",
    "freeze_active": "/schedule/",
    "outside_maintenance_window": "/schedule/",
    "conflict": "/schedule/",
    "environment_busy": "/schedule/",
    "incident_open": "/incidents/",
    "incident_required": "{change}/edit#id_incident",
    "on_hold": "{change}#verbs",
    "review_overdue": "{change}#approvals",
    "checks_missing": "{change}#checks",
    "check_failed": "{change}#checks",
    "step_failed": "{change}#verb-roll_back",
    "step_not_stable": "{change}#rollout",
    "step_skipped": "{change}#rollout",
    "step_behind": "{change}#rollout",
    "steps_missing": "{change}#rollout",
    "implementer_missing": "{change}/edit#id_implementer",
    "no_change": "/changes/new",
    "revision_mismatch": "{change}/edit#id_revision",
}


#: Codes that are about something else than the change at hand, named by the reason's source.
ELSEWHERE: Final = frozenset(
    {"incident_open", "review_overdue", "override_overlaps", "freeze_overridden"}
)


#: Codes about a standard template, which the reason's source names: `template restart-service`.
OF_TEMPLATE: Final = frozenset({"template_suspended", "template_not_published"})


def place_of(*, code: str, change_path: str, source: str = "") -> str:
    """The path where the remedy of `code` is done; empty where no page is known for it.

    `source` is that of the reason: a ref leads to its own page where the remedy is done there.
    """
    if code in ELSEWHERE and (page := refs.page_of(source)) != "/":
        return page
    if code in OF_TEMPLATE:
        return f"/templates/{source.removeprefix('template').strip()}"
    path = REMEDIES.get(code, "")
    if "{change}" in path and not change_path:
        return ""
    return path.format(change=change_path)
