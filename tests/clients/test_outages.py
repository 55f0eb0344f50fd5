"""What is no answer of a gate, and what a client does then: what its signed policy says."""

import time
from typing import Any

import pytest

from clients import tidegate
from tests.clients.conftest import GATE, TOKEN, Client
from tests.clients.hostile import (
    OTHER_KEY,
    Does,
    Hostile,
    answer,
    drips,
    drops,
    gives,
    hangs,
    keys,
    permit,
    policy,
    problem,
    serving,
    truncates,
)

ASK, POLICY = "/api/v1/gate", "/api/v1/gate/policy"
QUICKLY = (*GATE, "--patience", "0s")
NO_ANSWERS: dict[str, Does] = {
    "it hangs": hangs,
    "it hangs up": drops,
    "it drips": drips,
    "it is cut": truncates,
    "500": gives({"decision": "allow"}, 500),
    "502": gives(b"<h1>Bad gateway</h1>", 502, kind="text/html"),
    "503": problem(503, "unavailable"),
    "a page": gives(b"<h1>Sign in</h1>", kind="text/html"),
    "a page with a 403": gives(b"<h1>Blocked</h1>", 403, kind="text/html"),
    "an allow that is not JSON": gives(answer("allow"), kind="text/plain"),
    "an allow in pieces": gives(b'{"decision": "allow", "reasons": ['),
    "a list": gives([answer("allow")]),
    "another word": gives(answer("allow", decision="ALLOW")),
    "a yes of another kind": gives({"decision": True, "reasons": []}),
    "an allow without a permit": gives(answer("allow", permit=None)),
    "an allow for another place": gives(answer("allow", permit=permit(environment="staging"))),
    "an allow for another revision": gives(answer("allow", permit=permit(revision="0000000"))),
    "an allow of last week": gives(
        answer("allow", permit=permit(exp=int(time.time()) - 7 * 86400))
    ),
    "reasons that are none": gives(answer("deny", reasons=["no"])),
    "warnings that are none": gives(answer("allow", warnings=None)),
    "a pause that is none": gives(answer("wait", retry_after_seconds="soon")),
    "a place that is none": gives(answer("wait", queue="third")),
    "far too much": gives(b'"' + b"a" * 2_000_000 + b'"'),
    "a depth nobody needs": gives(b"[" * 100_000),
}


@pytest.mark.parametrize("does", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_what_is_no_answer_is_a_no(client: Client, hostile: Hostile, does: Does):
    hostile.told(ASK, does)

    ended = client(*QUICKLY)

    assert ended.code == tidegate.UNREACHED, ended.log
    assert "gave no answer" in ended.log
    assert "no policy for that was fetched before" in ended.log


@pytest.mark.parametrize("name", ["it hangs up", "500", "a page", "an allow without a permit"])
def test_then_a_signed_policy_that_was_kept_says_what_to_do(
    client: Client, hostile: Hostile, name: str
):
    hostile.told(ASK, gives(answer("allow")), NO_ANSWERS[name])
    before = client(*GATE)

    ended = client(*QUICKLY)

    assert (before.code, ended.code) == (tidegate.ALLOW, tidegate.ALLOW), ended.log
    assert "Allowed without the gate, by its policy until" in ended.log
    assert "No harm there." in ended.log


def test_a_policy_that_denies_says_why(client: Client, hostile: Hostile):
    hostile.told(POLICY, gives({"policy": policy("deny", reason="We wait.")}))
    hostile.told(ASK, gives(answer("deny")), drops)
    client(*GATE)

    ended = client(*QUICKLY)

    assert ended.code == tidegate.UNREACHED
    assert "its policy says to stop: We wait." in ended.log


def forged() -> str:
    head, _, signature = policy("deny").split(".")
    return ".".join((head, policy("allow").split(".")[1], signature))


def unsigned() -> str:
    return (
        tidegate.base64.urlsafe_b64encode(
            b'{"alg": "none", "typ": "tidegate-policy+jwt", "kid": "k1"}'
        )
        .decode()
        .rstrip("=")
        + "."
        + policy().split(".")[1]
        + "."
    )


FORGED: dict[str, Any] = {
    "edited": forged(),
    "unsigned": unsigned(),
    "of another key": policy(key=OTHER_KEY),
    "of a key nobody knows": policy(key=OTHER_KEY, kid="k2"),
    "for another service": policy(service="search"),
    "for another place": policy(environment="staging"),
    "a permit": policy(typ="JWT"),
    "expired": policy(age=7200),
    "not yet valid": policy(age=-7200),
    "for longer than a day": policy(lasts=86_401),
    "no JWT": "allow",
    "no text": ["allow"],
    "of an issuer without times": "e30.e30.e30",
}


@pytest.mark.parametrize("text", FORGED.values(), ids=FORGED)
def test_a_policy_that_is_not_ours_for_this_now_is_not_kept(
    client: Client, hostile: Hostile, text: Any
):
    hostile.told(POLICY, gives({"policy": text}))
    hostile.told(ASK, gives(answer("allow")), drops)

    before, ended = client(*GATE), client(*QUICKLY)

    assert (before.code, ended.code) == (tidegate.ALLOW, tidegate.UNREACHED), ended.log
    assert "no policy for outages could be kept" in before.log


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.time() + seconds
    monkeypatch.setattr(tidegate.time, "time", lambda: now)


def test_a_policy_counts_until_it_expires(client: Client, hostile: Hostile, monkeypatch):
    hostile.told(ASK, gives(answer("allow")), drops)
    client(*GATE)

    later(monkeypatch, 3500)
    before = client(*QUICKLY)
    later(monkeypatch, 200)
    after = client(*QUICKLY)

    assert (before.code, after.code) == (tidegate.ALLOW, tidegate.UNREACHED)
    assert "cannot be used: it expired" in after.log


def test_an_older_policy_that_is_played_again_changes_nothing(
    client: Client, hostile: Hostile, monkeypatch
):
    older = policy("allow", age=60, lasts=86_000)
    hostile.told(POLICY, gives({"policy": policy("deny", lasts=7200)}), gives({"policy": older}))
    hostile.told(ASK, gives(answer("deny")), gives(answer("deny")), drops)
    client(*GATE)

    later(monkeypatch, 400)
    again, ended = client(*GATE), client(*QUICKLY)

    assert "it is older than one that was seen before" in again.log
    assert ended.code == tidegate.UNREACHED


def test_a_redirect_carries_neither_token_nor_question_elsewhere(client: Client, hostile: Hostile):
    with serving() as elsewhere:
        elsewhere.told(ASK, gives(answer("allow")))
        for status in (301, 302, 303, 307, 308):
            hostile.told(ASK, gives({}, status, Location=elsewhere.url + ASK))

            assert client(*QUICKLY).code == tidegate.UNREACHED

        assert elsewhere.asked == []


def test_who_is_too_busy_is_no_outage(client: Client, hostile: Hostile):
    hostile.told(ASK, gives(answer("allow")), problem(429, "too_many_requests"))
    client(*GATE)

    ended = client(*QUICKLY)

    assert ended.code == tidegate.UNREACHED
    assert "though this was not answered, and that is no outage" in ended.log


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_may_pass_is_asked_again(client: Client, hostile: Hostile, status: int):
    hostile.told(ASK, problem(status, "unavailable"), drops, gives(answer("allow")))

    assert client(*GATE).code == tidegate.ALLOW
    assert hostile.paths().count(f"POST {ASK}") == 3


def test_it_waits_as_long_as_it_is_told(client: Client, hostile: Hostile):
    busy = gives({}, 429, kind="application/problem+json", Retry_After="1")
    hostile.told(ASK, busy, gives(answer("allow")))
    started = time.monotonic()

    assert client(*GATE).code == tidegate.ALLOW
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, tidegate.USAGE),
        (401, tidegate.USAGE),
        (403, tidegate.DENY),
        (404, tidegate.USAGE),
        (409, tidegate.DENY),
        (422, tidegate.USAGE),
    ],
)
def test_a_refusal_is_said_at_once_and_never_asked_again(
    client: Client, hostile: Hostile, status: int, code: int
):
    hostile.told(ASK, gives(answer("allow")), problem(status, "no_such", "There is no refund."))
    client(*GATE)

    ended = client(*GATE)

    assert (ended.code, hostile.paths().count(f"POST {ASK}")) == (code, 2)
    assert "There is no refund. (no_such)" in ended.log


def test_the_token_is_sent_to_the_gate_alone(client: Client, hostile: Hostile):
    hostile.told(ASK, gives(answer("allow")))

    client(*GATE)

    shown = {path.partition("?")[0]: h.get("Authorization") for _, path, h, _ in hostile.asked}
    assert shown == {
        ASK: f"Bearer {TOKEN}",
        POLICY: f"Bearer {TOKEN}",
        "/.well-known/jwks.json": None,
    }


def test_keys_that_were_pinned_are_never_fetched(
    client: Client, hostile: Hostile, monkeypatch, tmp_path
):
    (tmp_path / "keys.json").write_text(tidegate.json.dumps(keys(OTHER_KEY)))
    monkeypatch.setenv("TIDEGATE_KEYS_FILE", str(tmp_path / "keys.json"))
    hostile.told(ASK, gives(answer("allow")), drops)

    before, ended = client(*GATE), client(*QUICKLY)

    assert "its signature is forged" in before.log
    assert ended.code == tidegate.UNREACHED
    assert "GET /.well-known/jwks.json" not in hostile.paths()
