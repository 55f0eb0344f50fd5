"""A server that answers a client as it is told to: well, badly, late, or not at all."""

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY = Ed25519PrivateKey.generate()
OTHER_KEY = Ed25519PrivateKey.generate()
PLACE = {"service": "refunds", "environment": "production"}
REASON = {
    "code": "freeze_active",
    "message": "production is frozen until Mon.",
    "remedy": "Plan it after Mon.",
    "until": "2037-11-23T05:00:00Z",
    "source": "window Weekend freeze",
}
Does = Callable[["Handler"], None]


def keys(key: Ed25519PrivateKey = KEY, kid: str = "k1") -> dict[str, Any]:
    x = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid, "x": x}]}


def signed(
    claims: dict[str, Any], *, typ: str, key: Ed25519PrivateKey = KEY, kid: str = "k1"
) -> str:
    return jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": kid, "typ": typ})


def permit(**claims: Any) -> str:
    now = int(time.time())
    usual = {"iss": "tidegate", "jti": "d1", "sub": "CHG-7", "revision": "4f1c2d9", "artifact": ""}
    times = {"iat": now, "nbf": now, "exp": now + 86_400}
    return signed({**PLACE, **usual, **times, **claims}, typ="JWT")


def policy(mode: str = "allow", *, age: int = 0, lasts: int = 3600, **more: Any) -> str:
    now = int(time.time()) - age
    how = {name: more.pop(name) for name in ("typ", "key", "kid") if name in more}
    said = {"iss": "tidegate", "aud": "tidegate-client", "mode": mode, "reason": "No harm there."}
    times = {"iat": now, "nbf": now, "exp": now + lasts}
    return signed({**PLACE, **said, **times, **more}, **{"typ": "tidegate-policy+jwt", **how})


def answer(says: str, **more: Any) -> dict[str, Any]:
    """What a gate says."""
    allows = says == "allow"
    return {
        "decision": says,
        "decision_id": "d1",
        "reasons": [] if allows else [REASON],
        "warnings": [],
        "change": "CHG-7",
        "next_allowed_at": None,
        "retry_after_seconds": 1 if says == "wait" else None,
        "permit": permit() if allows else None,
        "expires_at": None,
        "queue": {"id": 41, "place": 3, "of": 12, "message": "3rd of 12"}
        if says == "wait"
        else None,
        **more,
    }


def gives(body: Any, status: int = 200, *, kind: str = "application/json", **headers: str) -> Does:
    """This body, whole; text and bytes go as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    def does(handler: "Handler") -> None:
        handler.send_response(status)
        sent = {"Content-Type": kind, "Content-Length": str(len(raw)), **headers}
        for name, value in sent.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(raw)

    return does


def problem(status: int, code: str, detail: str = "So it is.") -> Does:
    body = {"status": status, "code": code, "detail": detail}
    return gives(body, status, kind="application/problem+json")


def hangs(handler: "Handler") -> None:
    """Say nothing until the client has gone."""
    handler.connection.settimeout(5)
    handler.connection.recv(1)


def drops(handler: "Handler") -> None:
    """Hang up in the middle of the question."""
    handler.connection.shutdown(socket.SHUT_RDWR)


def truncates(handler: "Handler") -> None:
    """Half of an allow."""
    text = json.dumps(answer("allow"))
    handler.wfile.write(
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n"
        f"Connection: close\r\n\r\n{text[: len(text) // 2]}".encode()
    )
    handler.connection.shutdown(socket.SHUT_RDWR)


def drips(handler: "Handler") -> None:
    """A byte of a head at a time, each soon enough to keep a socket's time-out away."""
    gone = threading.Event()
    for _ in range(50):
        handler.wfile.write(b"H")
        if gone.wait(0.1):
            break


@dataclass
class Hostile:
    """What it does, path by path: each in turn, the last one again and again."""

    does: dict[str, list[Does]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    url: str = ""

    def told(self, path: str, *does: Does) -> None:
        self.does[path] = list(does)

    def paths(self) -> list[str]:
        return [f"{method} {path.partition('?')[0]}" for method, path, _, _ in self.asked]


class Handler(BaseHTTPRequestHandler):
    """Looks up what is to be done, and does it."""

    server: "Server"

    def _do(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size)) if size else None
        mine, path = self.server.hostile, self.path.partition("?")[0]
        mine.asked.append((self.command, self.path, dict(self.headers), body))
        todo = mine.does.get(path) or [problem(404, "not_found")]
        self.close_connection = True
        (todo.pop(0) if len(todo) > 1 else todo[0])(self)

    do_GET = do_POST = do_DELETE = _do

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    hostile: Hostile

    def handle_error(self, *_: object) -> None:
        """A client that has gone is no news."""


@contextmanager
def serving(context: Any = None) -> Iterator[Hostile]:
    """The server on a port of its own; through TLS with this context."""
    server = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "https" if context else "http"
    server.hostile = Hostile(url=f"{scheme}://127.0.0.1:{server.server_port}")
    server.hostile.told("/.well-known/jwks.json", gives(keys(), kind="application/jwk-set+json"))
    server.hostile.told("/api/v1/gate/policy", gives({"policy": policy()}))
    runs = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    runs.start()
    try:
        yield server.hostile
    finally:
        server.shutdown()
        server.server_close()
