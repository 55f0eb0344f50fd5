"""Rules that judge the steps of canaries."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from pytest_httpserver import HTTPServer

from changes.models import CheckRule, PrometheusServer
from changes.policies.soaking import Look
from changes.queries.check_words import canary_asks
from changes.rulebook import canary_checks, checks
from tests.living import at, events_of, person

pytestmark = pytest.mark.usefixtures("settled")
ON_TRACK = 'errors{track="$track"}'
WORDS = {"service": "refunds", "environment": "production", "revision": "4f1", "change": "CHG-1"}


def server(url: str = "https://prometheus.example.org") -> PrometheusServer:
    made, _ = PrometheusServer.objects.get_or_create(slug="main", name="Main", base_url=url)
    return made


def drafted(**given: Any) -> CheckRule:
    fields = {"name": "error-rate", "used_for": "canary", "how": "prometheus", "query": ON_TRACK}
    if "server" not in given:
        given["server"] = server()
    return CheckRule(**{**fields, "threshold": 0.05, **given})


def kept(**given: Any) -> CheckRule:
    return checks.save(drafted(**given), actor=person("manager"), now=at(0))


@pytest.mark.parametrize("name", sorted(canary_checks.READY_MADE))
def test_what_is_ready_made_can_be_kept_as_it_is(name: str):
    rule = kept(**canary_checks.READY_MADE[name])

    made = events_of(rule.ref)[0]
    assert (made.verb, made.data["says"]["used_for"]) == ("check_rule.created", "canary")
    asks = canary_asks(rule, **WORDS)
    assert asks["query"].count('service="refunds",track="canary"') == asks["query"].count("[5m]")
    assert asks["baseline_query"] == asks["query"].replace('"canary"', '"stable"')
    assert "$" not in str(asks)


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"tolerated_ratio": 0.9}, "tolerated_ratio", "Give 1 or more"),
        ({"tolerated_ratio": float("inf")}, "tolerated_ratio", "Give 1 or more"),
        ({"tolerated_ratio": float("nan")}, "tolerated_ratio", "Give 1 or more"),
        ({"tolerated_difference": -1}, "tolerated_difference", "Give 0 or more"),
        ({"tolerated_ratio": 2, "query": "errors"}, "query", "It asks the same of canary"),
        ({"tolerated_ratio": 2, "baseline_track": "canary"}, "baseline_track", "name the baseline"),
        ({"baseline_query": "errors"}, "tolerated_ratio", "Say how far from the baseline"),
        ({"traffic_query": "requests"}, "least_traffic", "Say how much of it"),
        ({"least_traffic": 5}, "traffic_query", "Write the query that counts it"),
        ({"traffic_query": "requests", "least_traffic": 0}, "least_traffic", "above 0"),
        ({"traffic_query": "a", "least_traffic": float("nan")}, "least_traffic", "above 0"),
        ({"failures_allowed": 101}, "failures_allowed", "less than or equal to 100"),
        ({"used_for": "closing"}, "used_for", "not a valid choice"),
        ({"used_for": "validation"}, "query", "at the steps of a canary only"),
        ({"used_for": "validation", "query": "a", "tolerated_ratio": 2}, "tolerated_ratio", "Only"),
        ({"how": "reported", "least_traffic": 5}, "least_traffic", "Only a figure in Prometheus"),
        ({"how": "reported", "name": "deployment"}, "name", "choose another name"),
    ],
)
def test_what_cannot_judge_is_a_wrong_field(given: dict[str, Any], field: str, sentence: str):
    with pytest.raises(ValidationError) as wrong:
        kept(**given)

    assert list(wrong.value.message_dict) == [field]
    assert sentence in wrong.value.message_dict[field][0]
    assert CheckRule.objects.count() == 0


def test_words_of_a_change_are_no_promql():
    rule = drafted(query='up{revision="$revision",track="$track"}', canary_track='a"b')

    asks = canary_asks(rule, **{**WORDS, "revision": 'x"} or vector(0) #'})

    assert asks["query"] == 'up{revision="x\\"} or vector(0) #",track="a\\"b"}'


def test_a_rule_is_tried_on_both_sides(httpserver: HTTPServer, settings: Any):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8", "::1/128"]
    answer = {"resultType": "scalar", "result": [0, "0.02"]}
    httpserver.expect_request("/api/v1/query").respond_with_json(
        {"status": "success", "data": answer}
    )
    rule = drafted(server=server(httpserver.url_for("").rstrip("/")), tolerated_ratio=2)

    found = checks.try_once(rule, now=at(0))

    assert (found.word, found.value, found.baseline) == (Look.HELD, 0.02, 0.02)
    assert found.said == "0.02 is < 0.05; it is within 2 times the baseline’s 0.02."


@pytest.mark.parametrize("field", canary_checks.QUERIES)
def test_a_query_that_is_none_is_refused_beside_its_field(
    field: str, httpserver: HTTPServer, settings: Any
):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8", "::1/128"]
    given = {"tolerated_ratio": 2, "baseline_query": "b", "traffic_query": "c", "least_traffic": 1}
    bad = {"status": "error", "errorType": "bad_data", "error": "parse error"}
    httpserver.expect_request("/api/v1/query", query_string={"query": "up{"}).respond_with_json(
        bad, status=400
    )
    rule = drafted(**{**given, field: "up{"}, server=server(httpserver.url_for("").rstrip("/")))

    with pytest.raises(ValidationError) as wrong:
        checks.refuse_query(rule, now=at(0))

    assert wrong.value.message_dict == {field: ["Prometheus says: parse error"]}
