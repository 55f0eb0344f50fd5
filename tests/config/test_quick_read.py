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


@pytest.fixture
def long() -> list[str]:
    """The requests that went the long way, by their ids."""
    return []


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
def get(long: list[str]) -> Callable[..., tuple[str, dict[str, str], bytes]]:
    """Reads a path under a name, with a token."""
    django = get_wsgi_application()

    def noted(environ: dict[str, Any], start: Any) -> Any:
        long.append(environ["HTTP_X_REQUEST_ID"])
        return django(environ, start)

    application = QuickRead(noted, turn=Always())

    def send(name: str, path: str, token: str) -> tuple[str, dict[str, str], bytes]:
        told = {"Authorization": f"Bearer {token}", "X-Request-ID": name}
        said: list[Any] = []
        environ = RequestFactory().get(path, headers=told).environ
        body = b"".join(application(environ, lambda *start: said.extend(start)))
        return said[0], dict(said[1]), body

    return send


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


@pytest.fixture
def listed(get: Any) -> Callable[..., tuple[str, dict[str, str], bytes]]:
    """Reads lists of 27 changes, with a token that may."""
    world.build()
    for _ in range(27):
        world.filed()
    secret = world.token("peer", "changes:read")

    def send(name: str, more: str = "", token: str = secret) -> tuple[str, dict[str, str], bytes]:
        return get(name, f"/api/v1/changes{more}", token)

    return send


def test_both_ways_list_alike_from_page_to_page(listed: Any, long: list[str], client: Any) -> None:
    listed("first")
    counted = ("tidegate_requests_total", "GET", "/api/v1/changes", "200")
    before = figures(client).get(counted, 0)

    short, by_limit = listed("short"), listed("long", "?limit=25")
    older = json.loads(short[2])["next"].partition("/api/v1/changes")[2]
    second, second_long = listed("second", older), listed("long too", f"{older}&limit=25")
    newer = json.loads(second[2])["previous"].partition("/api/v1/changes")[2]
    back = listed("back", newer)

    assert long == ["first", "long", "long too"]
    assert _without_links(short[2]) == _without_links(by_limit[2])
    assert _without_links(second[2]) == _without_links(second_long[2])
    assert _without_links(back[2])["results"] == _without_links(short[2])["results"]
    assert [len(json.loads(one[2])["results"]) for one in (short, second)] == [25, 2]
    assert json.loads(second[2])["next"] is None
    assert short[1].keys() == by_limit[1].keys()
    assert int(short[1]["Content-Length"]) == len(short[2])
    assert short[1]["Content-Type"] == "application/json"
    assert figures(client)[counted] == before + 5


def test_what_is_narrowed_wrong_or_refused_is_listed_the_long_way(
    listed: Any, long: list[str]
) -> None:
    listed("first")
    gate_only = world.token("ci", "gate")
    limited = world.token("ci", "changes:read", services=["refunds"])
    seen = [
        listed("narrowed", "?state=planning")[0],
        listed("twice", "?cursor=a&cursor=b")[0],
        listed("empty", "?cursor=")[0],
        listed("unknown", "?cursor=moon")[0],
        listed("wrong", "?colour=red")[0],
        listed("no scope", token=gate_only)[0],
        listed("nobody", token="tg_nobody")[0],
        listed("limited", token=limited)[0],
    ]

    assert [one[:3] for one in seen] == ["200", "422", "422", "422", "422", "403", "401", "200"]
    assert long == [
        *("first", "narrowed", "twice", "empty", "unknown", "wrong"),
        *("no scope", "nobody", "limited"),
    ]


def _without_links(body: bytes) -> dict[str, Any]:
    said = json.loads(body)
    return {name: said[name] for name in said if name not in ("next", "previous")}
