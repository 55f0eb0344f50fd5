"""Rules about checks and Prometheus servers in the admin."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from pytest_httpserver import HTTPServer

from changes.models import Check, CheckRule, CheckSample, PrometheusServer
from ledger.models import Event

ADD = reverse("admin:changes_checkrule_add")
ADD_SERVER = reverse("admin:changes_prometheusserver_add")
SMOKE = {
    "name": "front-page",
    "is_active": "on",
    "used_for": "validation",
    "how": "probe",
    "method": "GET",
    "expected_status": "200",
    "most_bytes": "65536",
    "comparison": "<",
    "timeout_seconds": "1",
    "interval": "0:00:30",
    "soak": "0:05:00",
    "give_up_after": "0:30:00",
    "environments": ["production"],
    "canary_track": "canary",
    "baseline_track": "stable",
    "failures_allowed": "0",
}
MAIN = {"slug": "metrics", "name": "Metrics", "is_active": "on", "bearer": "s3cret-token"}


@pytest.fixture
def loopback(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8", "::1/128"]


def test_a_manager_writes_a_rule_and_tries_it(
    signed_in: Any, httpserver: HTTPServer, loopback: None
) -> None:
    manager = signed_in("manager")
    url = httpserver.url_for("/").rstrip("/") + "/$service"
    httpserver.expect_request("/refunds").respond_with_data("well")

    answer = manager.post(ADD, {**SMOKE, "url": url})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    rule = CheckRule.objects.get(name="front-page")
    before = (Event.objects.count(), Check.objects.count(), CheckSample.objects.count())
    page = manager.get(reverse("admin:changes_checkrule_change", args=[rule.pk]))
    tried = manager.post(
        reverse("admin:changes_checkrule_try", args=[rule.pk]), {"service": "refunds"}
    )
    missed = manager.post(
        reverse("admin:changes_checkrule_try", args=[rule.pk]), {"service": "checkout"}
    )

    assert b"Try it as it is kept" in page.content
    held, not_held = (list(get_messages(one.wsgi_request))[-1] for one in (tried, missed))
    assert str(held).startswith("Tried once, nothing is recorded. It answered 200 in ")
    assert str(not_held).endswith(", not 200.")
    after = (Event.objects.count(), Check.objects.count(), CheckSample.objects.count())
    assert after == before


def test_a_query_that_is_none_is_refused_beside_its_field(
    signed_in: Any, httpserver: HTTPServer, loopback: None
) -> None:
    manager = signed_in("manager")
    httpserver.expect_request("/api/v1/query").respond_with_json(
        {"status": "error", "errorType": "bad_data", "error": "1:4: parse error"}, status=400
    )
    manager.post(ADD_SERVER, {**MAIN, "base_url": httpserver.url_for("")})
    server = PrometheusServer.objects.get(slug="metrics")

    answer = manager.post(
        ADD, {**SMOKE, "how": "prometheus", "server": server.pk, "query": "up{", "threshold": "1"}
    )

    assert answer.context["adminform"].form.errors == {
        "query": ["Prometheus says: 1:4: parse error"]
    }


def test_a_servers_token_is_never_shown(signed_in: Any) -> None:
    manager = signed_in("manager")

    answer = manager.post(ADD_SERVER, {**MAIN, "base_url": "https://prometheus.example.org"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    server = PrometheusServer.objects.get(slug="metrics")
    page = manager.get(reverse("admin:changes_prometheusserver_change", args=[server.pk]))

    assert server.sealed_bearer
    assert "s3cret" not in page.content.decode()
    assert server.sealed_bearer not in page.content.decode()


def test_others_only_read_and_try_nothing(signed_in: Any) -> None:
    signed_in("manager").post(ADD, {**SMOKE, "url": "https://example.org/"})
    rule = CheckRule.objects.get(name="front-page")

    for name in ("auditor", "cab-1"):
        browser = signed_in(name)
        for model in ("checkrule", "prometheusserver", "checkrun"):
            page = browser.get(reverse(f"admin:changes_{model}_changelist"))
            assert page.status_code == 200
        assert browser.post(ADD, SMOKE).status_code == 403
        trying = reverse("admin:changes_checkrule_try", args=[rule.pk])
        assert browser.post(trying).status_code == 403
