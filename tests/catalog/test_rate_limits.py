"""How often a token may be used: counted without asking, shared by all processes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from catalog import rate_limits, tokens
from catalog.addresses import address_of
from catalog.models import ApiToken
from catalog.rate_limits import Kind, TooOften, kind_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def limits(settings):
    settings.RATE_LIMITS = {"gate": 600, "writes": 300, "reads": 1200, "failures": 30}
    rate_limits.forget()
    yield
    rate_limits.forget()


@pytest.fixture
def token(robot) -> ApiToken:
    return tokens.issue(user=robot, name="ci", scopes=["gate"], now=NOON)[0]


def admitted(token: ApiToken, *, at: float = 0, most: int = 10_000, kind: Kind = Kind.GATE) -> int:
    """How many requests are let through one after another, at so many seconds past noon."""
    for count in range(most):
        try:
            rate_limits.demand(token=token, kind=kind, now=NOON + timedelta(seconds=at))
        except TooOften:
            return count
    return most


def test_a_sixth_of_a_minute_may_come_at_once_and_the_rest_as_it_leaks(token):
    assert admitted(token) == 100
    assert admitted(token, at=1) == 10
    assert admitted(token, at=2.5) == 15
    assert admitted(token, at=3600) == 100


def test_whoever_is_refused_is_told_how_long_to_wait(token):
    admitted(token)

    with pytest.raises(TooOften) as refused:
        rate_limits.demand(token=token, kind=Kind.GATE, now=NOON)

    assert (refused.value.status_code, refused.value.wait) == (429, 1)
    assert str(refused.value.detail) == (
        "The token “ci” asks the gate more than 600 times a minute. Try again in 1 s."
    )
    assert admitted(token, at=refused.value.wait) == 10


def test_asking_writing_and_reading_are_counted_apart_and_so_are_tokens(token, robot):
    other, _ = tokens.issue(user=robot, name="ci", scopes=["gate"], now=NOON, per_minute=60)
    busy, _ = tokens.issue(user=robot, name="bi", scopes=["gate"], now=NOON, per_minute=6000)

    counts = [admitted(token, kind=kind) for kind in Kind]

    assert counts == [100, 50, 200]
    assert [admitted(other), admitted(other, kind=Kind.READS)] == [10, 200]
    assert admitted(busy, kind=Kind.READS) == 1000


def test_a_token_that_is_not_limited_is_not_counted(token, settings):
    settings.RATE_LIMITS = {"gate": 0, "writes": 0, "reads": 0, "failures": 0}

    token.per_minute = 60
    assert admitted(token, most=5000, kind=Kind.READS) == 5000
    token.per_minute = None
    assert admitted(token, most=5000) == 5000


def test_most_questions_cost_no_statement(token):
    admitted(token, most=24)
    with CaptureQueriesContext(connection) as asked:
        admitted(token, most=1)
        admitted(token, most=24, at=2.4)

    assert len(asked) == 1


def test_another_process_fills_the_bucket_of_this_one(token):
    """Processes differ in what they remember; the row is what they share."""
    mine = dict(rate_limits._buckets)

    def elsewhere(at: float) -> int:
        nonlocal mine
        here = dict(rate_limits._buckets)
        rate_limits._buckets.clear()
        rate_limits._buckets.update(mine)
        count = admitted(token, at=at, most=1)
        mine = dict(rate_limits._buckets)
        rate_limits._buckets.clear()
        rate_limits._buckets.update(here)
        return count

    both = [0, 0]
    for tick in range(60 * 40):  # each asks twenty times a second, twice what is allowed
        both[tick % 2] += (
            admitted(token, at=tick / 40, most=1) if tick % 2 else elsewhere(tick / 40)
        )

    allowed = 600 + 100
    assert allowed * 0.9 <= sum(both) <= allowed + 2 * 25
    assert min(both) > 200


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/api/v1/gate", Kind.GATE),
        ("GET", "/api/v1/gate", None),
        ("GET", "/api/v1/gate/decisions/319c24f9-78df-47f9-8e14-4898da64b44a", None),
        ("GET", "/api/v1/gate/explain", None),
        ("GET", "/api/v1/gate/queue", None),
        ("GET", "/api/v1/permits/revoked", None),
        ("GET", "/api/v1/changes/CHG-12/rollout", None),
        ("GET", "/api/v1/incidents/INC-7/verification", None),
        ("GET", "/api/v1/gates", Kind.READS),
        ("GET", "/api/v1/changes", Kind.READS),
        ("HEAD", "/api/v1/changes/CHG-12", Kind.READS),
        ("GET", "/api/v1/changes/a/b/rollout", Kind.READS),
        ("GET", "/audit/coverage", None),
        ("POST", "/api/v1/changes", Kind.WRITES),
        ("DELETE", "/api/v1/gate/queue/4", Kind.WRITES),
        ("POST", "/compat/azure/check", None),
        ("GET", "/compat/servicenow/api/x", None),
        ("POST", "/hooks/github", None),
    ],
)
def test_what_is_polled_is_not_counted(method, path, kind):
    assert kind_of(method=method, path=path) is kind


def test_an_address_of_many_wrong_secrets_is_slowed_and_shuts_out_nobody():
    there, elsewhere = {"REMOTE_ADDR": "192.0.2.7"}, {"REMOTE_ADDR": "192.0.2.8"}
    for _ in range(30):
        rate_limits.failed(there, now=NOON)

    with pytest.raises(TooOften, match="Try again in 2 s"):
        rate_limits.failed(there, now=NOON)
    rate_limits.failed(elsewhere, now=NOON)
    rate_limits.failed(there, now=NOON + timedelta(seconds=2))


@pytest.mark.parametrize(
    ("proxies", "told", "address"),
    [
        (0, "198.51.100.9", "10.0.0.1"),
        (1, "198.51.100.9", "198.51.100.9"),
        (1, "203.0.113.66, 198.51.100.9", "198.51.100.9"),
        (2, "203.0.113.66, 198.51.100.9, 10.0.0.2", "198.51.100.9"),
        (2, "198.51.100.9", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "unknown", "10.0.0.1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_only_what_trusted_proxies_wrote_is_an_address(settings, proxies, told, address):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=told)

    assert address_of(request.META) == address


def test_no_more_buckets_are_kept_than_there_is_room_for(token, monkeypatch):
    monkeypatch.setattr(rate_limits, "MOST_BUCKETS", 3)

    for number in range(5):
        rate_limits.failed({"REMOTE_ADDR": f"192.0.2.{number}"}, now=NOON)

    assert list(rate_limits._failures) == ["192.0.2.2", "192.0.2.3", "192.0.2.4"]
