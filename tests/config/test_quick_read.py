"""The short ways to read: nobody can tell them from the long one, and nobody else comes by."""

import io
import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import ApiToken, Environment, User
from catalog.together import Together
from changes.gate import watching
from changes.models import Change, EnvironmentLock
from config.quick_read import QuickRead
from tests import living
from tests.changes.api import world
from tests.config.processes import within
from tests.config.test_metrics import figures
from tests.short_way import Always

pytestmark = pytest.mark.django_db(transaction=True)
ROUTE = "/api/v1/gate/decisions/<uuid:decision_id>"
OF_ONE_LINE = {"ms", "timestamp"}
Polls = Callable[..., tuple[str, dict[str, str], bytes]]


@pytest.fixture(params=["in turn", "together"])
def link(request: pytest.FixtureRequest) -> Iterator[Together | None]:
    """What single statements go over; None where each waits for a turn."""
    if request.param == "in turn":
        yield None
        return
    found = Together()
    yield found
    found.close()


@pytest.fixture
def poll(long: list[str], link: Together | None) -> Polls:
    """Polls the decision of a pipeline that waits for a vote, with the token that asked."""
    world.build()
    watching.forget_all()
    ref = world.filed()
    world.caller("engineer").post(f"/changes/{ref}/submit")
    secret = world.token("ci", "gate")
    asked = {"service": "payments-api", "environment": "production", "revision": "4f1c2d9"}
    path = (
        f"/api/v1/gate/decisions/{world.Caller(secret).post('/gate', asked).json()['decision_id']}"
    )
    django = get_wsgi_application()

    def noted(environ: dict[str, Any], start: Any) -> Any:
        long.append(environ["HTTP_X_REQUEST_ID"])
        return django(environ, start)

    application = QuickRead(noted, turn=Always(), link=link)

    def send(name: str, tag: str = "", **headers: str) -> tuple[str, dict[str, str], bytes]:
        told = {"Authorization": f"Bearer {secret}", "X-Request-ID": name, **headers}
        request = RequestFactory().get(path, headers=told | ({"If-None-Match": tag} if tag else {}))
        said: list[Any] = []
        body = b"".join(application(request.environ, lambda *start: said.extend(start)))
        return said[0], dict(said[1]), body

    return send


def test_both_ways_answer_log_and_count_alike(
    poll: Polls, long: list[str], client: Client, lines: io.StringIO
) -> None:
    _, headers, _ = poll("first")
    counted = ("tidegate_requests_total", "GET", ROUTE, "304")
    before = figures(client).get(counted, 0)
    lines.seek(lines.truncate(0))

    by_long, by_short = poll("run-7", headers["ETag"]), poll("run-7", headers["ETag"])

    assert long == ["first", "run-7"]
    assert by_long[0] == by_short[0] == "304 Not Modified"
    lengthless = {**by_long[1]}
    lengthless.pop("Content-Length", None)
    assert lengthless == by_short[1]
    assert by_long[2] == by_short[2] == b""
    one, other = (json.loads(line) for line in lines.getvalue().splitlines())
    assert {k: v for k, v in one.items() if k not in OF_ONE_LINE} == {
        k: v for k, v in other.items() if k not in OF_ONE_LINE
    }
    assert figures(client)[counted] == before + 2


def test_whatever_is_not_usual_goes_the_long_way(poll: Polls, long: list[str]) -> None:
    _, headers, _ = poll("first")
    tag = headers["ETag"]
    poll("second", tag)
    unusual = [
        poll("no tag"),
        poll("host", tag, Host="evil.example.com"),
        poll("cookie", tag, Cookie="a=b"),
        poll("another", '"another"'),
        poll("nobody", tag, Authorization="Basic eDp5"),
    ]
    poll("short", tag)

    assert [one[0][:3] for one in unusual] == ["200", "400", "304", "200", "401"]
    assert long == ["first", "second", "no tag", "host", "cookie", "another", "nobody"]


@pytest.mark.parametrize("link", ["together"], indirect=True)
def test_those_who_poll_at_once_are_looked_after_at_once(
    poll: Polls, long: list[str], link: Together
) -> None:
    tag = poll("first")[1]["ETag"]
    poll("second", tag)
    told: list[str] = []
    polling = [
        threading.Thread(target=lambda name=name: told.append(poll(name, tag)[0]))
        for name in ("a", "b", "c")
    ]

    def all_wait() -> None:
        for thread in polling:
            thread.start()
        assert within(10, lambda: len(link._waiting) == len(polling))

    link.ask(("SELECT 'mine'", {}), all_wait)
    for thread in polling:
        thread.join()

    assert told == ["304 Not Modified"] * 3
    assert long == ["first", "second"]
    assert link.is_idle


@pytest.mark.parametrize(
    "write",
    [
        lambda: living.window("Sale", starts=0, ends=9_000_000),
        lambda: ApiToken.objects.update(revoked_at=living.at(0)),
        lambda: Change.objects.update(risk_score=11),
        lambda: EnvironmentLock.objects.create(
            environment=Environment.objects.get(slug="production"),
            reason="Restoring",
            locked_by=User.objects.get(username="manager"),
            locked_at=timezone.now(),
            until=timezone.now() + timedelta(hours=1),
        ),
    ],
    ids=["a window", "the token", "the change", "a lock"],
)
def test_whatever_an_answer_rests_on_sends_the_next_poll_the_long_way(
    poll: Polls, long: list[str], link: Together | None, write: Callable[[], Any]
) -> None:
    _, headers, _ = poll("first")
    poll("second", headers["ETag"])
    with CaptureQueriesContext(connection) as queries:
        unchanged = poll("short", headers["ETag"])
    looked = [one["sql"] for one in queries if "changes_change" in one["sql"]]
    write()

    poll("afterwards", headers["ETag"])

    assert unchanged[0] == "304 Not Modified"
    assert long == ["first", "second", "afterwards"]
    seen = [("catalog_stamp" in one, "changes_window" in one) for one in looked]
    assert seen == ([] if link else [(True, False)])


@pytest.fixture
def explain(get: Any) -> Callable[..., tuple[str, dict[str, str], bytes]]:
    """Asks what the gate says of a change that waits for its votes, with a pipeline's token."""
    world.build()
    ref = world.filed()
    world.caller("engineer").post(f"/changes/{ref}/submit")
    secret = world.token("ci", "gate")

    def send(name: str, more: str = "", token: str = secret) -> tuple[str, dict[str, str], bytes]:
        path = f"/api/v1/gate/explain?service=payments-api&environment=production{more}"
        return get(name, path.replace("REF", ref), token)

    return send


def test_both_ways_explain_alike(explain: Any, long: list[str]) -> None:
    by_long = explain("first", "&change=REF")
    by_short = explain("second", "&change=REF")

    assert (by_long[0], by_short[0], long) == ("200 OK", "200 OK", ["first"])
    one, other = json.loads(by_long[2]), json.loads(by_short[2])
    assert (one.pop("at") < other.pop("at"), one) == (True, other)
    assert one["who"]["approvals_missing"]["people"] != []
    sizes = [int(said[1].pop("Content-Length")) for said in (by_long, by_short)]
    assert sizes == [len(by_long[2]), len(by_short[2])]
    assert by_long[1].keys() == by_short[1].keys()
    assert by_long[1]["Content-Type"] == by_short[1]["Content-Type"] == "application/json"


def test_what_needs_another_look_is_explained_the_long_way(explain: Any, long: list[str]) -> None:
    explain("first", "&change=REF")
    strangers = world.token("peer", "changes:read")
    seen = [
        explain("an instant", "&change=REF&at=2026-11-21T09:00:00Z")[0],
        explain("a place", "")[0],
        explain("twice", "&change=REF&change=REF")[0],
        explain("no scope", "&change=REF", token=strangers)[0],
        explain("nobody", "&change=REF", token="tg_nobody")[0],
    ]

    assert long == ["first", "an instant", "a place", "twice", "no scope", "nobody"]
    assert [one[:3] for one in seen] == ["200", "200", "422", "403", "401"]
