"""Checks and links beside a change."""

import pytest

from changes import deployments
from changes.deployments import Report
from changes.queries.whole import whole
from changes.shown.beside import checks, links, web_address
from changes.states import Kind, State
from tests import living
from tests.living import at, change_at, fresh

pytestmark = pytest.mark.usefixtures("settled")


def test_required_checks_nobody_reported_come_first() -> None:
    change = change_at(State.VALIDATING, required_checks=["smoke", "p99"])
    living.say("report_check", change, minutes=91, name="p99", passed=False, detail="812 ms")
    living.say("report_check", change, minutes=92, name="p99", passed=True, detail="240 ms")
    reported = whole(ref=change.ref, actor=living.person("peer"), now=at(95)).checks

    assert [
        (one.name, one.state, one.detail) for one in checks(fresh(change).required_checks, reported)
    ] == [
        ("smoke", "missing", ""),
        ("p99", "passed", "240 ms"),
    ]


def test_links_lead_to_incident_pull_request_and_deployments() -> None:
    change = change_at(
        State.IMPLEMENTING,
        kind=Kind.EMERGENCY,
        pull_request_url="https://git.example.org/refunds/pull/7",
    )
    given = Report(status="succeeded", at=at(80), change=change.ref)
    deployments.report(given, actor=living.person("ci"), now=at(80))
    change = fresh(change)

    found = links(change, list(change.deployments.select_related("reported_by")))

    assert [(one.label, one.words, one.url) for one in found] == [
        (
            "Incident",
            f"{change.incident.ref} Refunds fail",
            f"/incidents/{change.incident.ref}",
        ),
        (
            "Pull request",
            "git.example.org/refunds/pull/7",
            "https://git.example.org/refunds/pull/7",
        ),
        ("Deployment", "Succeeded, ci", ""),
    ]
    assert found[-1].at == at(80)


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("http://example.org/a", "http://example.org/a"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("", ""),
    ],
)
def test_only_addresses_of_the_web_are_linked(url: str, linked: str) -> None:
    assert web_address(url) == linked
