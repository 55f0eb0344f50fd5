"""Where each remedy is done."""

import pytest

from config.templatetags.remedies import place_of
from config.templatetags.tidegate import remedy_url
from ledger.decision import Reason


@pytest.mark.parametrize(
    ("code", "source", "path", "place"),
    [
        ("template_suspended", "template restart", "/changes/CHG-7", "/templates/restart"),
        ("template_not_published", "template", "", "/templates/"),
        ("no_rollback_plan", "plan", "/changes/CHG-7", "/changes/CHG-7/edit#id_rollback_plan"),
        ("approvals_missing", "approval rule CAB", "/changes/CHG-7", "/changes/CHG-7#approvals"),
        ("approvals_missing", "approval rule CAB", "", ""),
        ("wrong_state", "lifecycle", "/changes/CHG-7", "/changes/CHG-7#verbs"),
        ("freeze_active", "window Audit", "", "/schedule/"),
        ("review_overdue", "CHG-3", "/changes/CHG-7", "/changes/CHG-3"),
        ("incident_open", "INC-4", "", "/incidents/INC-4"),
        ("incident_open", "", "", "/incidents/"),
        ("not_permitted", "people", "/changes/CHG-7", ""),
    ],
)
def test_remedy_leads_to_where_it_is_done(code: str, source: str, path: str, place: str) -> None:
    assert place_of(code=code, change_path=path, source=source) == place


def test_stored_reason_leads_where_a_fresh_one_does() -> None:
    reason = Reason("incident_open", "INC-4 is open.", "Resolve INC-4.", source="INC-4")

    assert remedy_url(reason) == remedy_url(reason.as_json()) == "/incidents/INC-4"
