"""A test client that the gate's short way stands before, as it stands before the server's."""

from contextlib import nullcontext
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, HttpResponseBase
from django.test import Client
from django.test.client import ClientHandler

from config.quick_gate import OK, QuickGate
from config.quick_read import WAYS, QuickRead, way_of

COMES_BY = {"SERVER_NAME": "testserver", "wsgi.url_scheme": "http"}


class Always(nullcontext[None]):
    """A turn that nobody waits for."""

    is_wanted = False


class Program(Client):
    """A pipeline that has come before, so that its plain questions go the short way."""

    def __init__(self, **defaults: Any) -> None:
        super().__init__(**defaults)
        self.handler: Any = _ShortWayFirst(self.handler)


class _ShortWayFirst:
    def __init__(self, long_way: ClientHandler) -> None:
        self._long_way = long_way
        self._short_way = QuickGate(lambda environ, start: [], turn=Always(), together=None)
        self._short_way.learn(COMES_BY, OK, [("Content-Type", "application/json")])
        self._short_read = QuickRead(lambda environ, start: [], turn=Always())
        for way in WAYS.values():
            self._short_read.learn(COMES_BY, way, OK, [("Content-Type", "application/json")])

    def __call__(self, environ: dict[str, Any]) -> HttpResponseBase:
        way = way_of(environ)
        read = self._short_read.answered(environ, way) if way else None
        if way is not None and read is not None:
            body, status = b"".join(read.body), int(way.status[:3])
            return _noted(HttpResponse(body, status=status, headers=dict(read.headers)), environ)
        said = self._short_way.answered(environ)
        if said is None:
            return self._long_way(environ)
        return _noted(HttpResponse(said.body, headers=dict(said.headers)), environ)


def _noted(response: HttpResponse, environ: dict[str, Any]) -> HttpResponse:
    response.__dict__["wsgi_request"] = WSGIRequest(environ)
    return response
