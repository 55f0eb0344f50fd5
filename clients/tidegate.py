#!/usr/bin/env python3
"""Ask Tidegate's gate from a pipeline, report how a deployment went, verify a permit.

    tidegate gate --service refunds --environment production [--wait=2h] [--permit-file permit]
    tidegate deploy started|succeeded|failed|rolled_back --permit-file permit
    tidegate deploy step --percent 25 --wait=30m --permit-file permit
    tidegate verify --permit-file permit --environment production --revision 4f2a9c1

This one file needs Python 3.8 or newer and nothing else. `TIDEGATE_URL` says where, and the token
is read from `TIDEGATE_TOKEN`, or from the file that `TIDEGATE_TOKEN_FILE` names; never from the
command line. With `--oidc` none is stored: the job's own token is exchanged for one that lives for
minutes. `tidegate gate --help` lists the rest.

Ends with 0 when it is allowed (done, valid), 1 when it is not, 2 when the call is wrong, and 3 when
the gate cannot be reached and the policy that was fetched for that does not say to go on.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.client
import json
import os
import random
import re
import ssl
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from datetime import datetime, timezone
from hashlib import sha256, sha512
from typing import Any, Callable, Dict, NamedTuple, NoReturn, Tuple

ALLOW, DENY, USAGE, UNREACHED = 0, 1, 2, 3
ATTEMPT_SECONDS, LEAST_SECONDS, PATIENCE_SECONDS, BACK_OFF_SECONDS = 20.0, 2.0, 60.0, 10.0
MOST_BYTES, SKEW_SECONDS = 1_000_000, 60
POLICY_FRESH_SECONDS, KEYS_FRESH_SECONDS, KEYS_LAST_SECONDS = 300, 3600, 86_400
SAY_AGAIN_SECONDS = 300
ASK, KEYS, EXCHANGE = "/api/v1/gate", "/.well-known/jwks.json", "/api/v1/oidc/token"
RENEW_BEFORE_SECONDS, ID_TOKEN = 30.0, "TIDEGATE_ID_TOKEN"
PERMIT, POLICY = "JWT", "tidegate-policy+jwt"
Json = Dict[str, Any]


class Wrong(Exception):
    """The call cannot be understood, or the server says that it is wrong; ends with 2."""


class Refused(Exception):
    """The server answered, and its answer is no; ends with 1."""


class NoAnswer(Exception):
    """What came is no answer of a gate; `reached` where a gate is there all the same."""

    def __init__(self, why: str, *, reached: bool = False) -> None:
        super().__init__(why)
        self.reached = reached


# Ed25519 by RFC 8032, section 5.1.7: verifying alone, with nothing secret to keep from timing.

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = Tuple[int, int, int, int]


def _sum(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    return (
        (b - a) * (d - c) % P,
        (d + c) * (b + a) % P,
        (d - c) * (d + c) % P,
        (b - a) * (b + a) % P,
    )


def _times(number: int, p: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = _sum(total, p)
        p, number = _sum(p, p), number >> 1
    return total


def _point(octets: bytes) -> Point:
    """The point of these 32 octets; raises `ValueError` where there is none."""
    y = int.from_bytes(octets, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("no point of the curve")
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key of these 32 octets signed the message."""
    if len(public) != 32 or len(signature) != 64:
        return False
    try:
        key, r, base = _point(public), _point(signature[:32]), _point(b"\x58" + b"\x66" * 31)
    except ValueError:
        return False
    s = int.from_bytes(signature[32:], "little")
    h = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % L
    one, other = _times(s, base), _sum(r, _times(h, key))
    same = [(one[i] * other[2] - other[i] * one[2]) % P == 0 for i in (0, 1)]
    return s < L and all(same)


def _octets(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def claims_of(text: str, keys: Json, *, kind: str, now: float) -> Json:
    """What a JWT of this kind says, its signature and times checked; raises `ValueError`.

    `keys` is a JSON Web Key Set. No algorithm but Ed25519 is taken, whatever the text asks for.
    """
    head_text, _, rest = text.partition(".")
    body_text, _, signature = rest.partition(".")
    head, said = (json.loads(_octets(part)) for part in (head_text, body_text))
    if head.get("alg") != "EdDSA" or head.get("typ") != kind:
        raise ValueError("it is of another kind")
    found = [k for k in keys["keys"] if k.get("kid") == head.get("kid") and k.get("crv")]
    if not found:
        raise LookupError("its key is not among those of the server")
    message = f"{head_text}.{body_text}".encode()
    if found[0]["crv"] != "Ed25519" or not is_signed(
        _octets(found[0]["x"]), message, _octets(signature)
    ):
        raise ValueError("its signature is forged")
    if now >= said["exp"]:
        raise ValueError(f"it expired {when(said['exp'], now=now)}")
    if now + SKEW_SECONDS < said["nbf"]:
        raise ValueError(f"it is valid only from {when(said['nbf'], now=now)} on")
    return dict(said)


# What is said: to a person who reads the log of a run, and to the system that runs it.


class Ci(NamedTuple):
    """The system that runs this, and its run: from the variables that it sets."""

    name: str
    run_id: str = ""
    url: str = ""
    revision: str = ""
    attempt: str = ""


def ci() -> Ci:
    """GitHub, GitLab, Azure, Jenkins, or none that is known here."""
    env = os.environ.get
    if env("GITHUB_ACTIONS"):
        run = f"{env('GITHUB_REPOSITORY', '')}/actions/runs/{env('GITHUB_RUN_ID', '')}"
        url = f"{env('GITHUB_SERVER_URL', '')}/{run}"
        attempt = env("GITHUB_RUN_ATTEMPT", "")
        return Ci("github", env("GITHUB_RUN_ID", ""), url, env("GITHUB_SHA", ""), attempt)
    if env("GITLAB_CI"):
        # A job that is run again has another id.
        run = f"{env('CI_PIPELINE_ID', '')}.{env('CI_JOB_ID', '')}"
        return Ci("gitlab", run, env("CI_JOB_URL", ""), env("CI_COMMIT_SHA", ""))
    if env("TF_BUILD"):
        base = f"{env('SYSTEM_COLLECTIONURI', '')}{env('SYSTEM_TEAMPROJECT', '')}"
        run = env("BUILD_BUILDID", "")
        url = f"{base}/_build/results?buildId={run}".replace(" ", "%20")
        return Ci("azure", run, url, env("BUILD_SOURCEVERSION", ""), env("SYSTEM_JOBATTEMPT", ""))
    if env("JENKINS_URL"):
        return Ci("jenkins", env("BUILD_TAG", ""), env("BUILD_URL", ""), env("GIT_COMMIT", ""))
    return Ci("", env("TIDEGATE_RUN_ID", ""), env("TIDEGATE_RUN_URL", ""))


def clean(text: object, most: int = 500) -> str:
    """One line that no CI takes for a command, whoever wrote it."""
    line = re.sub(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", str(text)).strip()[:most]
    return re.sub(r"##(?=vso\[|\[)", "## ", line).lstrip(":")


def say(text: str) -> None:
    """A line of the log; on standard error, so that `--json` has standard output to itself."""
    print(text, file=sys.stderr, flush=True)


def mark(level: str, text: str) -> None:
    """A line that the CI shows on top too, where it can: `level` is error or warning."""
    system = ci().name
    if system == "github":
        escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        say(f"::{level} title=Tidegate::{escaped}")
    elif system == "azure":
        say(f"##vso[task.logissue type={level}]{text}")
    else:
        say(f"{level}: {text}")


def output(**values: str) -> None:
    """Give these to later steps of the pipeline, where the CI has a way to."""
    path = os.environ.get("GITHUB_OUTPUT", "") if ci().name == "github" else ""
    for name, value in values.items():
        if path:
            with open(path, "a", encoding="utf-8") as file:
                file.write(f"{name.replace('_', '-')}={clean(value)}\n")
        elif ci().name == "azure":
            say(f"##vso[task.setvariable variable={name};isOutput=true]{clean(value)}")


def instant(text: object) -> float | None:
    """Seconds since 1970 of an RFC 3339 instant; None for anything else."""
    with contextlib.suppress(ValueError, TypeError):
        return datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp()
    return None


def when(at: float, *, now: float) -> str:
    """`Mon 23 Nov 06:00 CET (in 2 h 10 min)`, in the zone of the machine."""
    local = datetime.fromtimestamp(at, timezone.utc).astimezone()
    length = spell(abs(at - now))
    return f"{local:%a} {local.day} {local:%b %H:%M %Z} " + (
        f"(in {length})" if at > now else f"({length} ago)"
    )


def spell(seconds: float) -> str:
    """`2 h 10 min`"""
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (left, "s")]
    told = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(told[:2]) or "0 s"


def show(answer: Json, url: str) -> None:
    """Why, what to do, until when, and where to read on."""
    system, now = ci().name, time.time()
    if system == "gitlab":
        say(f"\x1b[0Ksection_start:{int(now)}:tidegate\r\x1b[0KTidegate: {answer['decision']}")
    else:
        say(f"Tidegate says {answer['decision']}.")
    for one in answer["reasons"] + answer["warnings"]:
        until = instant(one.get("until"))
        ends = f" Until {when(until, now=now)}." if until else ""
        text = f"{clean(one.get('message', ''))} {clean(one.get('remedy', ''))}{ends}"
        if one in answer["reasons"]:
            mark("error" if answer["decision"] == "deny" else "warning", text)
        else:
            say(f"  note: {text}")
    following = instant(answer.get("next_allowed_at"))
    if answer["decision"] != "allow" and following:
        say(f"  next allowed: {when(following, now=now)}")
    place = answer.get("queue") or {}
    if place.get("message"):
        say(f"  queue: {clean(place['message'])}")
    if answer.get("change"):
        ref = clean(answer["change"])
        say(f"  change: {ref} {url}/changes/{urllib.parse.quote(ref)}")
    if system == "gitlab":
        say(f"\x1b[0Ksection_end:{int(time.time())}:tidegate\r\x1b[0K")


# How the server is asked.


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """No redirect is followed: none may carry the token elsewhere, nor the question."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Came(NamedTuple):
    """What came back: JSON, its ETag, and when to ask again, in seconds."""

    status: int
    body: Json
    etag: str = ""
    after: float | None = None


class Server:
    """One Tidegate. What `bearer` answers is sent to this address and to no other."""

    def __init__(self, url: str, bearer: Callable[[], str], *, patience: float) -> None:
        self.url, self.bearer, self._patience = url, bearer, patience
        secure = urllib.request.HTTPSHandler(context=ssl.create_default_context())
        self._opener = urllib.request.build_opener(_NoRedirect, secure)

    def ask(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        once: bool = False,
        **more: str,
    ) -> Came:
        """Ask until there is an answer or patience ends; raises `NoAnswer`, `Refused`, `Wrong`.

        Asked again, with growing pauses of random length, is what was not answered at all, and 429,
        502, 503 and 504. Nothing else is.
        """
        ends, attempt = time.monotonic() + self._patience, 0
        while True:
            left = max(ends - time.monotonic(), LEAST_SECONDS)
            try:
                return self.attempt(method, path, body, more, min(left, ATTEMPT_SECONDS))
            except _Again as again:
                pause = max(min(BACK_OFF_SECONDS, 0.5 * 2**attempt) * random.random(), again.after)  # noqa: S311
                if once or time.monotonic() + pause >= ends:
                    raise NoAnswer(str(again), reached=again.reached) from None
                attempt += 1
                time.sleep(pause)

    def attempt(
        self, method: str, path: str, body: Json | None, more: dict[str, str], seconds: float
    ) -> Came:
        """One attempt. It runs beside, so that no trickle of bytes lasts longer than `seconds`."""
        headers = {"Accept": "application/json", "User-Agent": "tidegate-client/1"}
        headers.update({name.replace("_", "-"): value for name, value in more.items() if value})
        if path not in (KEYS, EXCHANGE):
            headers["Authorization"] = f"Bearer {self.bearer()}"
        raw = None if body is None else json.dumps(body).encode()
        if raw is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(  # noqa: S310 (`address` takes http and https alone)
            self.url + path, raw, headers, method=method
        )
        found: dict[str, Any] = {}
        beside = threading.Thread(target=self._fetch, args=(request, seconds, found), daemon=True)
        beside.start()
        beside.join(seconds)
        if "error" in found:
            raise found["error"]
        if "status" not in found:
            raise _Again(f"no answer within {spell(seconds)}")
        return _read(**found)

    def _fetch(self, request: urllib.request.Request, seconds: float, found: Json) -> None:
        try:
            try:
                answer: Any = self._opener.open(request, timeout=seconds)
            except urllib.error.HTTPError as refused:
                answer = refused
            with answer:
                raw = answer.read(MOST_BYTES + 1)
                found.update(raw=raw, headers=answer.headers, status=answer.status)
        except (OSError, http.client.HTTPException, ValueError) as problem:
            cause = getattr(problem, "reason", problem)
            untrusted = isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError)
            found["error"] = (NoAnswer if untrusted else _Again)(clean(cause) or "no answer")


class _Again(NoAnswer):
    """It may be answered when it is asked again, after so many seconds at least."""

    def __init__(self, why: str, *, after: float = 0.0, reached: bool = False) -> None:
        super().__init__(why, reached=reached)
        self.after = after


def _read(raw: bytes, headers: Any, status: int) -> Came:
    """What a response says; anything that no Tidegate says is no answer."""
    text = headers.get("Retry-After", "")
    after = min(float(text), 3600.0) if re.fullmatch(r"\d{1,6}", text) else None
    if status == 304:
        return Came(status, {}, headers.get("ETag", ""), after)
    if status in (429, 502, 503, 504):
        told = f"the server answers {status}"
        raise _Again(told, after=after or 0.0, reached=status == 429)
    kind = headers.get_content_type()
    try:
        if len(raw) > MOST_BYTES:
            raise ValueError
        body = json.loads(raw) if kind.endswith("json") else None
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise NoAnswer(f"{status} with {kind}, which is no answer of a gate")
    if 200 <= status < 300:
        return Came(status, body, headers.get("ETag", ""), after)
    if kind != "application/problem+json" or "code" not in body or status in (408, 500):
        raise NoAnswer(f"the server answers {status}")
    told = f"{clean(body.get('detail', ''), 2000)} ({clean(body['code'])})"
    raise (Refused if status in (403, 409, 412) else Wrong)(told)


class Exchanged:
    """The token that the job's own one is exchanged for, and renewed by before it ends.

    GitHub is asked for a new one each time. Another CI gives a job one for its whole length, and
    the server renews what that was exchanged for.
    """

    def __init__(self, server: Server, given: argparse.Namespace) -> None:
        self._server, self._given = server, given
        self._token, self._subject, self._ends = "", "", 0.0

    def __call__(self) -> str:
        """The token; raises `NoAnswer`, `Refused` and `Wrong`."""
        if not self._token or time.monotonic() >= self._ends:
            subject = own_token(self._given, self._server.url)
            body = {"subject_token": subject}
            if self._token and subject == self._subject:
                body["renews"] = self._token
            # Asked anew by whoever asks with it: what was exchanged and lost is not taken twice.
            said = self._server.attempt("POST", EXCHANGE, body, {}, ATTEMPT_SECONDS).body
            token, lasts = said.get("access_token"), said.get("expires_in")
            if not isinstance(token, str) or not isinstance(lasts, (int, float)):
                raise NoAnswer("what came for the job's own token is no token")
            self._token, self._subject = fit(token), subject
            self._ends = time.monotonic() + max(lasts - RENEW_BEFORE_SECONDS, lasts / 2)
        return self._token


def own_token(given: argparse.Namespace, url: str) -> str:
    """The token that the CI gives this job, for our audience alone (OpenID Connect)."""
    name = ID_TOKEN if given.oidc in ("1", "true") else given.oidc
    found = os.environ.get(name, "")
    if found:
        return found
    where = os.environ.get("ACTIONS_ID_TOKEN_REQUEST_URL", "")
    if ci().name == "github" and not where:
        raise Wrong("GitHub gives this job no token: say `permissions: id-token: write` in it.")
    if not re.match(r"https?://", where):
        raise Wrong(f"{name} holds no token: in GitLab, name it among the `id_tokens` of the job.")
    asked = os.environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "")
    query = (
        f"{'&' if '?' in where else '?'}audience={urllib.parse.quote(given.audience or url, '')}"
    )
    try:
        github = Server(where, lambda: fit(asked), patience=given.patience)
        found = str(github.ask("GET", query).body.get("value") or "")
    except NoAnswer as problem:
        # Its own outage is none of the gate's, whatever the policy for that says.
        raise NoAnswer(f"GitHub gave this job no token: {problem}", reached=True) from None
    return fit(found)


def fit(token: str) -> str:
    """A token that can stand in a header."""
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise NoAnswer("what came is no token", reached=True)
    return token


# What is kept between runs: keys of the server, and what to do when it cannot be reached.


_UNFIT = (NoAnswer, Refused, Wrong, ValueError, LookupError, TypeError, AttributeError, OSError)


class Kept:
    """The files of one server; one that cannot be read or written is as if it were not there."""

    def __init__(self, server: Server) -> None:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        folder = os.environ.get("TIDEGATE_CACHE") or os.path.join(home, "tidegate")
        self._folder = os.path.join(folder, sha256(server.url.encode()).hexdigest()[:16])
        self._server = server

    def keys(self, kid: str = "", *, fetch: bool = True) -> Json:
        """The public keys: those that were pinned, else kept, else fetched; raises `NoAnswer`."""
        pinned = os.environ.get("TIDEGATE_KEYS_FILE")
        if pinned:
            return dict(json.loads(read_file(pinned)))
        kept, now = self._load("keys"), time.time()
        age = now - float(kept.get("at", 0))
        known = any(one.get("kid") == kid for one in kept.get("keys", ()))
        if 0 <= age < KEYS_FRESH_SECONDS and (known or not kid):
            return kept
        try:
            if not fetch:
                raise NoAnswer("the keys are not asked for")
            came = self._server.ask("GET", KEYS).body
            if not isinstance(came.get("keys"), list):
                raise NoAnswer("what came is no key set")
        except (NoAnswer, Refused, Wrong):
            if 0 <= age < KEYS_LAST_SECONDS and known:
                return kept
            raise
        self._save("keys", {"at": now, "keys": came["keys"]})
        return came

    def policy(self, service: str, environment: str) -> tuple[Json, str]:
        """What to do without the gate, where that is known; else nothing, and why."""
        name = self._policy_name(service, environment)
        text = self._load(name).get("policy")
        if not text:
            return {}, "no policy for that was fetched before"
        try:
            return self._checked(str(text), service, environment, fetch=False), ""
        except _UNFIT as wrong:
            return {}, f"the policy that was fetched for that cannot be used: {clean(wrong)}"

    def fetch_policy(self, service: str, environment: str) -> None:
        """Fetch it, unless that was done just now. The newest that was ever seen is kept."""
        name = self._policy_name(service, environment)
        place = {"service": service, "environment": environment}
        kept, _ = self.policy(service, environment)
        if kept and 0 <= time.time() - kept["iat"] < POLICY_FRESH_SECONDS:
            return
        try:
            path = f"{ASK}/policy?{urllib.parse.urlencode(place)}"
            text = self._server.ask("GET", path, once=True).body.get("policy")
            said = self._checked(str(text), service, environment, fetch=True)
            if said["iat"] < self._load(name).get("iat", 0):
                raise ValueError("it is older than one that was seen before")
            self._save(name, {"policy": text, "iat": said["iat"]})
        except _UNFIT as wrong:
            say(f"  note: no policy for outages could be kept: {clean(wrong)}")

    def _checked(self, text: str, service: str, environment: str, *, fetch: bool) -> Json:
        kid = json.loads(_octets(text.partition(".")[0])).get("kid", "")
        keys, now = self.keys(str(kid), fetch=fetch), time.time()
        said = claims_of(text, keys, kind=POLICY, now=now)
        if (said["service"], said["environment"]) != (service, environment):
            raise ValueError("it is for another place")
        if said["exp"] - said["iat"] > 86_400 or said["iat"] > now + SKEW_SECONDS:
            raise ValueError("its times cannot be")
        return said

    def _policy_name(self, service: str, environment: str) -> str:
        return "policy-" + sha256(f"{service}\n{environment}".encode()).hexdigest()[:16]

    def _load(self, name: str) -> Json:
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(read_file(os.path.join(self._folder, name + ".json")))
            return found if isinstance(found, dict) else {}
        return {}

    def _save(self, name: str, value: Json) -> None:
        with contextlib.suppress(OSError):
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            write_file(os.path.join(self._folder, name + ".json"), json.dumps(value))


def read_file(path: str) -> str:
    """The text of a file, without the white space around it."""
    with open(path, encoding="utf-8") as file:
        return file.read(MOST_BYTES).strip()


def write_file(path: str, text: str) -> None:
    """Write a file whole or not at all, for its owner's eyes alone."""
    folder = os.path.dirname(os.path.abspath(path))
    number, beside = tempfile.mkstemp(dir=folder, prefix=".tidegate-")
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(beside, path)


# The commands.


def ask_gate(given: argparse.Namespace) -> int:
    """May this be deployed now? With `--wait`, ask until it may, or time is up."""
    demand(given, "service", "environment")
    given.revision = given.revision or ci().revision
    server, place = connect(given), (given.service, given.environment)
    kept = Kept(server)
    if given.permit_file:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(given.permit_file)
    try:
        answer = answer_of(server.ask("POST", ASK, question(given)), given)
    except NoAnswer as problem:
        code = without_gate(problem, kept, *place)
        if given.json:
            said = "allow" if code == ALLOW else "deny"
            print(json.dumps({"decision": said, "by_policy": True}))
        return code
    kept.fetch_policy(*place)
    if answer["decision"] == "wait" and given.wait is not None:
        show(answer, server.url)
        answer = wait(
            Waiting(server, given).again,
            answer,
            waits=lambda one: bool(one["decision"] == "wait"),
            shows=lambda one: show(one, server.url),
            seconds=given.wait,
        )
        if answer["decision"] == "wait":
            give_up(server, answer)
    show(answer, server.url)
    told = {name: str(answer.get(name) or "") for name in ("decision", "change", "decision_id")}
    if answer["decision"] == "allow" and given.permit_file:
        write_file(given.permit_file, answer["permit"])
        told["permit_file"] = given.permit_file
    output(**told)
    if given.json:
        print(json.dumps({**answer, "permit": None}))
    return ALLOW if answer["decision"] == "allow" else DENY


def question(given: argparse.Namespace) -> Json:
    """The question, with the run that asks it."""
    body = {name: getattr(given, name) for name in ("service", "environment", "revision")}
    body.update(artifact=given.artifact, change=given.change)
    asking = {name: text for name, text in body.items() if text}
    system = ci()
    if system.run_id or system.url:
        url = system.url if system.url.startswith(("https://", "http://")) else ""
        asking["pipeline"] = {"run_id": system.run_id[:120], "url": url[:200]}
        if re.fullmatch(r"[1-9]\d{0,4}", system.attempt):
            asking["pipeline"]["attempt"] = int(system.attempt)
    if given.open:
        asking["open"] = {"template": given.open, **({"start": True} if given.start else {})}
    return asking


def answer_of(came: Came, given: argparse.Namespace) -> Json:
    """The gate's answer; `NoAnswer` where it is none, or allows something else than was asked."""
    answer = {"warnings": [], **came.body}
    lists = [answer.get("reasons"), answer["warnings"]]
    pause, place = answer.get("retry_after_seconds"), answer.get("queue")
    if (
        answer.get("decision") not in ("allow", "deny", "wait")
        or not all(isinstance(one, list) for one in lists)
        or not all(isinstance(one, dict) for many in lists for one in many)
        or not isinstance(pause, (int, float, type(None)))
        or not isinstance(place, (dict, type(None)))
    ):
        raise NoAnswer("what came is no answer of a gate")
    if answer["decision"] == "allow":
        try:
            said = json.loads(_octets(str(answer.get("permit")).split(".")[1]))
            fits = all(said[name] == getattr(given, name) for name in ("service", "environment"))
            fits = fits and said["revision"] == given.revision and said["exp"] > time.time() - 60
        except (ValueError, LookupError, TypeError):
            fits = False
        if not fits:
            raise NoAnswer("it allows, without a permit for what was asked")
    return answer


class Waiting:
    """Asks again by the cheapest way that the server offers: polls, or asks as at first."""

    def __init__(self, server: Server, given: argparse.Namespace) -> None:
        self._server, self._given = server, given
        self._etag, self._polls = "", True

    def again(self, answer: Json) -> Json:
        """The answer as it is now; raises what asking raises."""
        polled = self._polled(answer) if self._polls else None
        if polled is not None:
            return polled
        return answer_of(self._server.ask("POST", ASK, question(self._given)), self._given)

    def _polled(self, answer: Json) -> Json | None:
        """The answer as it is now; None where only asking tells it, or its permit."""
        path = f"{ASK}/decisions/{urllib.parse.quote(str(answer.get('decision_id')), safe='')}"
        try:
            came = self._server.ask("GET", path, If_None_Match=self._etag)
        except (Refused, Wrong):
            self._polls = False
            return None
        if came.status == 304:
            self._etag = came.etag or self._etag
            return {
                **answer,
                "retry_after_seconds": came.after or answer.get("retry_after_seconds"),
            }
        if not came.etag or "retry_after_seconds" not in came.body:
            self._polls = False  # A log of what was said, and not what holds now.
            return None
        self._etag = came.etag
        if came.body.get("decision") == "allow" and not came.body.get("permit"):
            return None
        return answer_of(came, self._given)


def wait(
    again: Callable[[Json], Json],
    answer: Json,
    *,
    waits: Callable[[Json], bool],
    shows: Callable[[Json], None],
    seconds: float,
) -> Json:
    """Ask again while the answer is to wait; the last one when `seconds` are over."""
    ends = time.monotonic() + seconds
    told_at, silent = time.monotonic(), ""
    while waits(answer):
        left = ends - time.monotonic()
        if left <= 0:
            mark("error", f"Stopped waiting after {spell(seconds)}.{silent}")
            break
        pause = max(float(answer.get("retry_after_seconds") or 30), 1.0)
        time.sleep(min(pause * random.uniform(1.0, 1.1), left))  # noqa: S311
        try:
            new, silent = again(answer), ""
        except NoAnswer as problem:
            # What was said last holds: an outage makes no yes of a wait.
            silent = f" The gate no longer answered: {clean(problem)}."
            continue
        if new != answer and time.monotonic() - told_at >= SAY_AGAIN_SECONDS:
            shows(new)
            told_at = time.monotonic()
        answer = new
    return answer


def give_up(server: Server, answer: Json) -> None:
    """Leave the queue, so that nobody waits behind somebody who has gone."""
    place = (answer.get("queue") or {}).get("id")
    if isinstance(place, int):
        with contextlib.suppress(NoAnswer, Refused, Wrong):
            server.ask("DELETE", f"{ASK}/queue/{place}", once=True)


def without_gate(problem: NoAnswer, kept: Kept, service: str, environment: str) -> int:
    """What the policy that was fetched for this says: 0 where it is to go on, else 3."""
    mark("warning", f"The gate of {environment} gave no answer: {clean(problem)}.")
    said, why = kept.policy(service, environment)
    if said.get("mode") == "allow" and not problem.reached:
        ends = when(said["exp"], now=time.time())
        mark("warning", f"Allowed without the gate, by its policy until {ends}: {said['reason']}")
        output(decision="allow", by_policy="true")
        return ALLOW
    if problem.reached:
        why = "it is there, though this was not answered, and that is no outage"
    told = why or f"its policy says to stop: {clean(said.get('reason', ''))}"
    mark("error", f"Not allowed: {told.rstrip('.')}. Run this again when the gate answers.")
    output(decision="deny", by_policy="true")
    return UNREACHED


def report(given: argparse.Namespace) -> int:
    """Tell how a deployment goes."""
    server, permit = connect(given), ""
    with contextlib.suppress(FileNotFoundError):
        permit = read_file(given.permit_file) if given.permit_file else ""
    if not permit and not given.change and not given.permit_file:
        raise Wrong("Give --permit-file as the gate filled it, or --change.")
    body: Json = {"status": given.status, "detail": given.detail}
    body.update({"permit": permit} if permit else {"change": given.change})
    if given.status == "step":
        demand(given, "percent")
        body["percent"] = given.percent
    try:
        if not permit and not given.change:
            server.ask("GET", KEYS)  # Only while nothing answers is there nothing to report.
            raise Refused(f"There is no permit in {given.permit_file}: ask the gate for one.")
        key = str(uuid.uuid4())
        came = server.ask("POST", "/api/v1/deployments", body, Idempotency_Key=key)
        if came.body.get("status") != given.status:
            raise NoAnswer("what came is no answer of a gate")
    except NoAnswer as problem:
        # Whether a step has proven itself, no policy that was kept can know.
        if given.service and given.environment and given.status != "step":
            return without_gate(problem, Kept(server), given.service, given.environment)
        mark("error", f"Not reported: {clean(problem)}.")
        return UNREACHED
    ref = clean(came.body.get("change", ""))
    say(f"Reported {given.status}: {ref} is {clean(came.body.get('state', ''))}.")
    return hold(server, given, ref, came.body) if given.status == "step" else ALLOW


def hold(server: Server, given: argparse.Namespace, ref: str, body: Json) -> int:
    """Say where a canary stands; with `--wait`, hold until its next step may begin, or may not."""
    step, etag = step_of(body), ""

    def again(before: Json) -> Json:
        nonlocal etag
        path = f"/api/v1/changes/{urllib.parse.quote(ref, safe='')}/rollout"
        came = server.ask("GET", path, If_None_Match=etag)
        etag = came.etag or etag
        return before if came.status == 304 else step_of(came.body)

    show_step(step)
    if given.wait is None:
        return DENY if step["verdict"] == "roll_back" else ALLOW
    waits = {"soak", "wait"}
    step = wait(
        again,
        step,
        waits=lambda one: one["verdict"] in waits,
        shows=show_step,
        seconds=given.wait,
    )
    show_step(step)
    return ALLOW if step["verdict"] == "proceed" else DENY


def step_of(body: Json) -> Json:
    """Where a canary stands; raises `NoAnswer` where the body does not say."""
    step = body.get("step")
    if not isinstance(step, dict) or "verdict" not in step:
        raise NoAnswer("what came says nothing of a step")
    pause = step.get("retry_after_seconds")
    return {**step, "retry_after_seconds": pause if isinstance(pause, (int, float)) else None}


def show_step(step: Json) -> None:
    """The verdict, why, and what was measured."""
    verdict, ready = clean(step["verdict"] or "none"), instant(step.get("ready_at"))
    ends = f", stable {when(ready, now=time.time())}" if ready else ""
    say(f"{clean(step.get('percent'))} %: {verdict}{ends}")
    for one in step.get("figures") or []:
        if one.get("said"):
            say(f"  {clean(one.get('check', ''))}: {clean(one['said'])}")
    for one in step.get("reasons") or []:
        text = f"{clean(one.get('message', ''))} {clean(one.get('remedy', ''))}"
        mark("error" if verdict == "roll_back" else "warning", text)


def verify(given: argparse.Namespace) -> int:
    """Is this permit genuine, valid now, and for what is to be deployed? No gate is needed."""
    demand(given, "permit-file", "environment", "revision")
    server = Server(address(), str, patience=given.patience)
    try:
        text = read_file(given.permit_file)
        kid = json.loads(_octets(text.partition(".")[0]))["kid"]
        said = claims_of(text, Kept(server).keys(str(kid)), kind=PERMIT, now=time.time())
        wanted = {name: getattr(given, name) for name in ("environment", "revision")}
        wanted.update(service=given.service, artifact=given.artifact, sub=given.change)
        for name, value in wanted.items():
            if value is not None and said[name] != value:
                word = "change" if name == "sub" else name
                raise ValueError(f"it is for the {word} {clean(said[name]) or 'unnamed'}")
        if said["iss"] != "tidegate" or not said["jti"]:
            raise ValueError("it is of another kind")
    except NoAnswer as problem:
        mark("error", f"The keys to verify it with cannot be had: {clean(problem)}.")
        return UNREACHED
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as wrong:
        mark("error", f"The permit is not valid here: {clean(wrong)}.")
        return DENY
    say(f"The permit of {clean(said['sub'])} is valid until {when(said['exp'], now=time.time())}.")
    return ALLOW


# How it is called.


def demand(given: argparse.Namespace, *names: str) -> None:
    """Raise `Wrong` where one of these was left out; it may be empty."""
    missing = [f"--{name}" for name in names if getattr(given, name.replace("-", "_")) is None]
    if missing:
        raise Wrong(f"Give {' and '.join(missing)}.")


def address() -> str:
    """Where Tidegate is, from the environment; the token must not go there in the clear."""
    url = os.environ.get("TIDEGATE_URL", "").rstrip("/")
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username:
        raise Wrong("Set TIDEGATE_URL to the address of Tidegate, such as https://tidegate.example")
    near = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme == "http" and not near and not os.environ.get("TIDEGATE_PLAIN_HTTP"):
        raise Wrong(
            "TIDEGATE_URL begins with http://, which shows the token to the network. Use "
            "https://, or set TIDEGATE_PLAIN_HTTP=1 where the network is your own."
        )
    return url


def connect(given: argparse.Namespace) -> Server:
    """The server, and the token for it."""
    server = Server(address(), str, patience=given.patience)
    if given.oidc not in (None, "0", "false"):
        server.bearer = Exchanged(server, given)
        return server
    token, path = os.environ.get("TIDEGATE_TOKEN", ""), os.environ.get("TIDEGATE_TOKEN_FILE")
    if not token and path:
        token = read_file(path)
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise Wrong(
            "Set TIDEGATE_TOKEN, or TIDEGATE_TOKEN_FILE to the file that holds the token, or give "
            "--oidc where the CI signs a token for each job."
        )
    server.bearer = lambda: token
    return server


def length(text: str) -> float:
    """Seconds in `90s`, `30m` or `2h`."""
    match = re.fullmatch(r"(\d{1,5})([smh])", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is no length such as 90s, 30m or 2h")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]


def parser() -> argparse.ArgumentParser:
    """The words it takes. Most may stand in variables instead: `--permit-file` in
    `TIDEGATE_PERMIT_FILE`, and so on."""
    about, _, rest = (__doc__ or "").partition("\n")
    shape = argparse.RawDescriptionHelpFormatter
    words = argparse.ArgumentParser(
        "tidegate", description=about, epilog=rest, formatter_class=shape
    )
    commands = words.add_subparsers(dest="command", required=True, metavar="gate|deploy|verify")
    gate = commands.add_parser("gate", allow_abbrev=False, help="may this be deployed now?")
    deploy = commands.add_parser("deploy", allow_abbrev=False, help="report how a deployment goes")
    check = commands.add_parser("verify", allow_abbrev=False, help="is this permit valid for this?")
    deploy.add_argument("status", choices=["started", "succeeded", "failed", "rolled_back", "step"])
    deploy.add_argument("--detail", default="", help="what is to be said of it")
    _option(deploy, "percent", type=int, metavar="25", help="of a step: how far the canary goes")
    for one in (gate, deploy, check):
        _option(one, "service")
        _option(one, "environment")
        _option(one, "change", help="such as CHG-12")
        _option(one, "permit-file", metavar="FILE", help="where the permit is kept")
        _option(one, "patience", type=length, metavar="60s", help="try so long to be answered")
    for one in (gate, check):
        _option(one, "revision")
        _option(one, "artifact")
    _option(gate, "open", variable="TEMPLATE", metavar="TEMPLATE", help="open a standard change")
    gate.add_argument("--start", action="store_true", help="with --open: start it at once")
    for one in (gate, deploy):
        told = "exchange the job's own token: GitHub is asked for it, elsewhere it is in VARIABLE"
        _option(one, "oidc", nargs="?", const=ID_TOKEN, metavar="VARIABLE", help=told)
        _option(
            one, "audience", help="whom GitHub makes it for; the address of Tidegate by default"
        )
        told = "while the answer is to wait, ask again for so long at most"
        _option(one, "wait", type=length, nargs="?", const=3600.0, metavar="1h", help=told)
    gate.add_argument("--json", action="store_true", help="the answer on standard output too")
    return words


def _option(command: argparse.ArgumentParser, name: str, *, variable: str = "", **how: Any) -> None:
    """One that may stand in a variable; an empty one is none."""
    variable = "TIDEGATE_" + (variable or name).replace("-", "_").upper()
    command.add_argument(f"--{name}", default=os.environ.get(variable) or None, **how)


def main(words: Any = None) -> int:
    """Do what is asked; answers the exit code."""
    with contextlib.suppress(AttributeError):
        sys.stderr.reconfigure(errors="replace")  # type: ignore[union-attr]
    given = parser().parse_args(words)
    given.patience = PATIENCE_SECONDS if given.patience is None else given.patience
    try:
        return {"gate": ask_gate, "deploy": report, "verify": verify}[given.command](given)
    except Refused as refused:
        mark("error", f"Refused: {refused}")
        return DENY
    except NoAnswer as problem:
        mark("error", f"The gate gave no answer: {clean(problem)}.")
        return UNREACHED
    except (Wrong, OSError) as wrong:
        mark("error", clean(wrong, 2000))
        return USAGE
    except KeyboardInterrupt:
        mark("error", "Stopped; nothing is allowed.")
        return DENY


def run() -> NoReturn:
    """The console script."""
    sys.exit(main())


if __name__ == "__main__":
    run()
