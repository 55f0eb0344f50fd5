"""Writing rules about checks and Prometheus servers: what is refused, and what is recorded."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from pytest_httpserver import HTTPServer

from changes.models import CheckRule, PrometheusServer
from changes.rulebook import checks
from ledger.decision import Refused
from ledger.models import Event
from tests.living import at, events_of, person

pytestmark = pytest.mark.usefixtures("settled")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def kept(*, by: str = "manager", **given: Any) -> CheckRule:
    fields = {"name": "smoke", "how": "probe", "url": "https://example.org/healthz", **given}
    return checks.save(CheckRule(**fields), actor=person(by), now=at(0))


def server(bearer: str | None = None, **given: Any) -> PrometheusServer:
    fields = {"slug": "main", "name": "Main", "base_url": "https://prometheus.example.org"}
    row = PrometheusServer(**{**fields, **given})
    return checks.save_server(row, bearer=bearer, actor=person("manager"), now=at(0))


def test_a_rule_is_recorded_with_what_it_says_and_what_changes() -> None:
    rule = kept(soak=15 * MINUTE)
    rule.soak = 20 * MINUTE
    checks.save(rule, actor=person("manager"), now=at(5))
    checks.save(rule, actor=person("manager"), now=at(6))

    made, edited = events_of(rule.ref)
    assert (made.verb, made.actor, made.data["says"]["soak"]) == (
        "check_rule.created",
        "manager",
        "P0DT00H15M00S",
    )
    assert edited.data["diff"] == {"soak": ["P0DT00H15M00S", "P0DT00H20M00S"]}


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"url": ""}, "url", "Give the address to look at."),
        ({"url": "file:///etc/passwd"}, "url", "begins with https://"),
        ({"url": "http://169.254.169.254/latest"}, "url", "is not a public address"),
        ({"url": "https://me:secret@example.org/"}, "url", "must not hold a name or a password"),
        ({"method": "HEAD", "contains": "ok"}, "contains", "HEAD answers have no text"),
        ({"expected_status": 99}, "expected_status", "greater than or equal to 100"),
        ({"most_bytes": 2_000_000}, "most_bytes", "less than or equal to 1000000"),
        ({"timeout_seconds": 60}, "timeout_seconds", "less than or equal to 20"),
        ({"interval": -SECOND}, "interval", "Look every 5 s at the most often"),
        ({"interval": SECOND}, "interval", "Look every 5 s at the most often"),
        ({"soak": -MINUTE}, "soak", "from 0 to seven days"),
        ({"soak": timedelta(days=8), "give_up_after": timedelta(days=9)}, "soak", "to seven days"),
        ({"give_up_after": timedelta()}, "give_up_after", "above 0"),
        (
            {"soak": 60 * MINUTE},
            "give_up_after",
            "It must hold for 1 h: give up after that, not before.",
        ),
        ({"services": ["refunfs"]}, "services", "Did you mean refunds?"),
        ({"environments": ["moon"]}, "environments", "There is no environment moon."),
        ({"name": "deployment"}, "name", "choose another name"),
        ({"name": ""}, "name", "cannot be blank"),
    ],
)
def test_what_cannot_be_is_a_wrong_field(given: Any, field: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        kept(**given)

    assert list(wrong.value.message_dict) == [field]
    assert sentence in wrong.value.message_dict[field][0]
    assert (CheckRule.objects.count(), Event.objects.count()) == (0, 0)


def test_a_figure_needs_server_query_and_number() -> None:
    with pytest.raises(ValidationError) as wrong:
        kept(how="prometheus")

    assert wrong.value.message_dict == {
        "server": ["Choose the Prometheus server to ask."],
        "query": ["Write the query, in PromQL."],
        "threshold": ["Give the number to compare with."],
    }
    for number in (float("nan"), float("inf")):
        with pytest.raises(ValidationError) as wrong:
            kept(how="prometheus", server=server_once(), query="up", threshold=number)
        assert wrong.value.message_dict == {"threshold": ["Give a number."]}


def server_once() -> PrometheusServer:
    return PrometheusServer.objects.filter(slug="main").first() or server()


def test_others_write_no_rules() -> None:
    for name in ("engineer", "cab-1", "auditor", "stranger"):
        with pytest.raises(Refused):
            kept(by=name)


def test_a_token_is_kept_encrypted_and_never_told() -> None:
    row = server("s3cret-token")
    said = str([(event.verb, event.data) for event in events_of(row.ref)])

    assert row.sealed_bearer
    assert "s3cret" not in row.sealed_bearer + said
    assert events_of(row.ref)[0].data["says"]["bearer"] is True
    checks.save_server(row, bearer=None, actor=person("manager"), now=at(1))
    assert len(events_of(row.ref)) == 1
    checks.save_server(row, bearer="", actor=person("manager"), now=at(2))
    assert PrometheusServer.objects.get().sealed_bearer == ""
    assert events_of(row.ref)[1].data["diff"] == {"bearer": [True, False]}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"base_url": "http://10.0.0.7:9090"}, "base_url"),
        ({"base_url": "file:///etc"}, "base_url"),
        ({"base_url": "https://prometheus.example.org/?x=1"}, "base_url"),
        ({"bearer": "two words"}, "bearer"),
        ({"bearer": "line\nbreak"}, "bearer"),
        ({"slug": "not a slug"}, "slug"),
    ],
)
def test_a_server_that_cannot_be_is_a_wrong_field(given: Any, field: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        server(**given)

    assert list(wrong.value.message_dict) == [field]
    assert PrometheusServer.objects.count() == 0


def test_a_query_is_refused_when_the_server_says_so(httpserver: HTTPServer, settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8", "::1/128"]
    said = {
        "status": "error",
        "errorType": "bad_data",
        "error": 'invalid parameter "query": 1:4: parse error: unexpected end of input',
    }
    httpserver.expect_oneshot_request("/api/v1/query").respond_with_json(said, status=400)
    asked = server(base_url=httpserver.url_for(""))
    rule = CheckRule(name="errors", how="prometheus", server=asked, query="up{", threshold=1)

    with pytest.raises(ValidationError) as wrong:
        checks.refuse_query(rule, now=at(0))
    assert wrong.value.message_dict == {"query": [f"Prometheus says: {said['error']}"]}

    httpserver.expect_oneshot_request("/api/v1/query").respond_with_data("", status=502)
    checks.refuse_query(rule, now=at(0))
    httpserver.clear()
