"""The gate's short way: nobody can tell it from the long one."""

import io
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import Client, RequestFactory

from catalog import rate_limits
from changes.models import Change, GateAnswer
from config.quick_gate import PATH, QuickGate
from config.turns import InTurn
from ledger.together import Together
from tests.changes.api import world
from tests.config.processes import within
from tests.config.test_metrics import figures

pytestmark = pytest.mark.django_db(transaction=True)
OF_ONE_LINE = {"ms", "timestamp"}
RUN = {"run_id": "7", "attempt": 2, "url": "https://ci.example.com/runs/7?view=log"}
WRONG_RUNS = (
    *([], "7", {"run_id": 7}, {"run_id": "7" * 121}, {"job": "7"}, {"run_id": "7\0"}),
    *({"attempt": True}, {"attempt": -1}, {"attempt": "1"}, {"attempt": 2_000_000_001}),
    *({"url": "ftp://ci.example.com"}, {"url": "https://-x.com"}, {"url": "https://a..com"}),
    *({"url": "javascript:alert(1)"}, {"url": f"https://ci.example.com/{'a' * 200}"}),
)
OF_ONE_ANSWER = {"decision_id", "permit", "next_allowed_at", "expires_at"}


class Web:
    """The application as the web server calls it; notes which questions went the long way."""

    def __init__(self) -> None:
        self.long: list[str] = []
        self._long_way = get_wsgi_application()
        self.together = Together()
        self.turn = InTurn(self._noted)
        self._application = QuickGate(self.turn, turn=self.turn, together=self.together)

    def _noted(self, environ: dict[str, Any], start: Any) -> Any:
        self.long.append(environ.get("HTTP_X_REQUEST_ID", ""))
        return self._long_way(environ, start)

    def post(
        self, secret: str, question: Any, name: str = "run-7", **headers: str
    ) -> tuple[str, list[tuple[str, str]], Any]:
        told = {"Authorization": f"Bearer {secret}", "X-Request-ID": name, **headers}
        body = question if isinstance(question, bytes) else json.dumps(question)
        request = RequestFactory().post(PATH, body, content_type="application/json", headers=told)
        said: list[Any] = []
        answer = b"".join(self._application(request.environ, lambda *start: said.extend(start)))
        return said[0], said[1], json.loads(answer)


@pytest.fixture
def web() -> Iterator[Web]:
    world.build()
    found = Web()
    yield found
    found.together.close()


def question() -> dict[str, str]:
    world.scheduled()
    return {"service": "payments-api", "environment": "production", "revision": "4f1c2d9"}


def test_both_ways_answer_log_and_count_alike(web: Web, client: Client, lines: io.StringIO) -> None:
    asked, secret = question(), world.token("ci", "gate")
    lines.seek(lines.truncate(0))
    counted = ("tidegate_requests_total", "POST", PATH, "200")
    before = figures(client).get(counted, 0)

    (status, headers, answer), short = web.post(secret, asked), web.post(secret, asked)

    assert web.long == ["run-7"]
    assert status == short[0] == "200 OK"
    assert dict(headers) == dict(short[1])
    assert len(headers) == len(short[1])
    assert _without(answer, OF_ONE_ANSWER) == _without(short[2], OF_ONE_ANSWER)
    assert answer["decision"] == "allow"
    first, second = (json.loads(line) for line in lines.getvalue().splitlines())
    assert _without(first, OF_ONE_LINE) == _without(second, OF_ONE_LINE)
    assert (second["actor"], second["request_id"]) == ("ci", "run-7")
    assert figures(client)[counted] == before + 2


def test_who_asks_at_once_is_answered_and_recorded_each(web: Web) -> None:
    asked, secret = question(), world.token("ci", "gate")
    web.post(secret, asked, "first")
    said: list[str] = []

    def ask(number: int) -> None:
        said.append(web.post(secret, asked, f"at once {number}")[2]["decision_id"])

    threads = [threading.Thread(target=ask, args=[number]) for number in range(6)]
    with web.turn:
        for thread in threads:
            thread.start()
        assert within(10, lambda: len(web.turn._turns._waiting) == 6)
    for thread in threads:
        thread.join()

    assert web.long == ["first"]
    kept = GateAnswer.objects.order_by("at").values_list("id", flat=True)[1:]
    assert sorted(map(str, kept)) == sorted(said)
    assert world.said("payments-api/production") == ["gate.allowed"] * 7


def test_a_run_that_asks_again_is_told_the_same_and_recorded_once(web: Web) -> None:
    asked, secret = {**question(), "pipeline": RUN}, world.token("ci", "gate")

    said = [web.post(secret, asked, "first") for _ in range(5)]

    assert len({json.dumps(one[2]) for one in said}) == 1
    assert web.long == ["first"]
    assert world.said("payments-api/production") == ["gate.allowed"]
    row = GateAnswer.objects.get()
    assert (row.run_id, row.attempt, row.pipeline_url) == ("7", 2, RUN["url"])


def test_a_run_that_asks_many_times_at_once_is_told_one_thing(web: Web) -> None:
    asked, secret = question(), world.token("ci", "gate")
    web.post(secret, asked, "first")
    said: list[str] = []

    def ask(run: str) -> None:
        said.append(json.dumps(web.post(secret, {**asked, "pipeline": {"run_id": run}})[2]))

    threads = [threading.Thread(target=ask, args=[str(n % 2)]) for n in range(8)]
    with web.turn:
        for thread in threads:
            thread.start()
        assert within(10, lambda: len(web.turn._turns._waiting) == 8)
    for thread in threads:
        thread.join()

    assert len(said) == 8
    assert len({json.loads(one)["decision_id"] for one in said}) == 2
    assert len({json.loads(one)["permit"] for one in said}) == 2
    assert GateAnswer.objects.exclude(run_id="").count() == 2
    assert web.long == ["first"]


@pytest.mark.parametrize("asking", [1, 6])
def test_who_is_remembered_is_told_at_once_what_was_written_meanwhile(
    web: Web, asking: int
) -> None:
    asked, secret = question(), world.token("ci", "gate")
    before = [web.post(secret, asked, "first")[2]["decision"] for _ in range(4)]
    Change.objects.update(rollback_plan=" ")
    after: list[list[str]] = []

    def ask() -> None:
        _, _, said = web.post(secret, asked, "again")
        after.append([said["decision"], *(one["code"] for one in said["reasons"])])

    threads = [threading.Thread(target=ask) for _ in range(asking)]
    with web.turn:
        for thread in threads:
            thread.start()
        assert within(10, lambda: len(web.turn._turns._waiting) == asking)
    for thread in threads:
        thread.join()

    assert before == ["allow"] * 4
    assert after == [["deny", "no_rollback_plan"]] * asking
    assert web.long == ["first"]
    recorded = world.said("payments-api/production")
    assert recorded == ["gate.allowed"] * 4 + ["gate.denied"] * asking
    assert GateAnswer.objects.count() == 4 + asking


def test_who_asks_is_counted_once_though_what_was_remembered_is_so_no_more(
    web: Web, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "gate": 6000}
    rate_limits.forget()
    asked, secret = question(), world.token("ci", "gate")
    for _ in range(4):
        web.post(secret, asked, "first")
    (bucket,) = rate_limits._buckets.values()
    Change.objects.update(rollback_plan=" ")

    web.post(secret, asked, "again")

    assert (bucket.untold, web.long) == (5, ["first"])


def test_what_is_not_plain_goes_the_long_way(web: Web) -> None:
    asked, secret = question(), world.token("ci", "gate")
    web.post(secret, asked, "first")
    not_plain = (
        *({**asked, "service": "payments"}, {**asked, "environment": 7}, {**asked, "change": "x"}),
        *({**asked, "revision": "\0"}, {**asked, "revision": "\ud800"}, []),
        *(b"{", b'{"service": "\xff"}', b'{"service": NaN}'),
        *({**asked, "pipeline": wrong} for wrong in WRONG_RUNS),
    )

    said = [web.post(secret, wrong, f"wrong {n}")[0] for n, wrong in enumerate(not_plain)]
    trimmed, *_ = web.post(secret, {**asked, "pipeline": {"run_id": " 7"}}, "second")

    assert said == ["422 Unprocessable Entity"] * len(not_plain)
    assert trimmed == "200 OK"
    assert web.long == ["first", *(f"wrong {n}" for n in range(len(not_plain))), "second"]
    assert GateAnswer.objects.count() == 2


def test_who_may_not_ask_is_told_so_by_the_long_way(web: Web) -> None:
    asked = question()
    web.post(world.token("ci", "gate"), asked, "first")

    stranger, _, told = web.post("tg_unknown", asked, "second")
    reader, _, _ = web.post(world.token("ci", "changes:read"), asked, "third")

    assert (stranger, told["code"], reader) == (
        "401 Unauthorized",
        "token_unknown",
        "403 Forbidden",
    )
    assert web.long == ["first", "second", "third"]
    assert GateAnswer.objects.count() == 1


def test_a_host_or_scheme_not_seen_before_goes_the_long_way(web: Web) -> None:
    asked, secret = question(), world.token("ci", "gate")
    web.post(secret, asked, "first")

    evil, *_ = web.post(secret, asked, "second", Host="evil.example.com")
    again, *_ = web.post(secret, asked, "third", Host="evil.example.com")
    local, *_ = web.post(secret, asked, "fourth", Host="localhost")
    web.post(secret, asked, "fifth", Host="localhost")

    assert (evil, again, local) == ("400 Bad Request", "400 Bad Request", "200 OK")
    assert web.long == ["first", "second", "third", "fourth"]


def _without(said: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in names}
