"""What GitHub's webhooks about deployments say."""

from typing import Any

import pytest

from changes.waiting_runs.github.payload import Misread, callback_url, reported, requested
from tests.changes.waiting_runs.payloads import API, SHA, deployment_status, protection_rule

ELSEWHERE = "deployment_callback_url"


def test_a_request_is_read() -> None:
    asked = requested(protection_rule(), api_url=API)

    assert (asked.repository, asked.environment, asked.sha) == ("acme/shop", "live", SHA)
    assert (asked.run_id, asked.installation, asked.deployment) == (801, 7, 55)
    assert asked.key == "acme/shop 801 55 live"


def test_an_older_one_names_the_commit_in_the_deployment_alone_and_a_newer_one_also_beside_it() -> (
    None
):
    older = protection_rule()
    del older["sha"], older["ref"]
    newer = protection_rule()
    del newer["deployment"]["sha"]

    assert requested(older, api_url=API).sha == requested(newer, api_url=API).sha == SHA


def test_an_enterprise_server_is_answered_at_its_own_address() -> None:
    api = "https://github.example.org/api/v3"

    asked = requested(protection_rule(api=api), api_url=f"{api}/")

    assert callback_url(api_url=api, repository=asked.repository, run_id=asked.run_id) == (
        "https://github.example.org/api/v3/repos/acme/shop/actions/runs/801"
        "/deployment_protection_rule"
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.org/repos/acme/shop/actions/runs/801/deployment_protection_rule",
        "http://api.github.com/repos/acme/shop/actions/runs/801/deployment_protection_rule",
        "https://api.github.com@evil.example.org/repos/acme/shop/actions/runs/801"
        "/deployment_protection_rule",
        "https://api.github.com:8443/repos/acme/shop/actions/runs/801/deployment_protection_rule",
        "https://api.github.com/repos/acme/other/actions/runs/801/deployment_protection_rule",
        "https://api.github.com/repos/acme/shop/actions/runs/801/deployment_protection_rule?x=1",
        "https://api.github.com/repos/acme/shop/actions/runs/801/approvals",
        "https://api.github.com/repos/acme/shop/actions/runs/-1/deployment_protection_rule",
        "file:///etc/passwd",
        "https://[::1",
        "",
    ],
)
def test_a_callback_to_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(Misread, match="deployment_callback_url"):
        requested(protection_rule(deployment_callback_url=url), api_url=API)


@pytest.mark.parametrize(
    "given",
    [
        {"environment": ""},
        {"environment": "li\x00ve"},
        {"environment": 7},
        {"deployment": None},
        {"deployment": {"id": True, "sha": SHA}},
        {"deployment": {"id": 2**63, "sha": SHA}},
        {"deployment": {"id": 55, "sha": "main"}},
        {"installation": {}},
        {"installation": {"id": -1}},
        {"repository": {"full_name": "acme"}},
        {"repository": {"full_name": "../.."}},
        {"repository": {"full_name": "acme/shop/../x"}},
        {"repository": []},
    ],
)
def test_what_is_not_as_documented_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(Misread):
        requested(protection_rule() | given, api_url=API)


@pytest.mark.parametrize("payload", [None, [], "x", 7, {}])
def test_what_is_no_payload_is_refused(payload: Any) -> None:
    with pytest.raises(Misread):
        requested(payload, api_url=API)
    with pytest.raises(Misread):
        reported(payload)


def test_a_report_is_read() -> None:
    said = reported(deployment_status("failure"))

    assert (said.repository, said.deployment) == ("acme/shop", 55)
    assert (said.state, said.words) == ("failure", "Job finished")
