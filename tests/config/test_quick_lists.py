"""The short way to lists: nobody can tell it from the long one, and nobody else comes by."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.changes.api import world
from tests.config.test_metrics import figures

pytestmark = pytest.mark.django_db(transaction=True)


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
