"""Large messages of other tools share one room in each process."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from config.slow_bodies import LARGE_BODIES_BYTES, WholeBodies

LARGE = 8_000_000


class Reading:
    """An application that says what arrived, and does something first."""

    def __init__(self) -> None:
        self.first: Callable[[], object] = lambda: None

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read()
        first, self.first = self.first, lambda: None
        first()
        start("200 OK", [])
        return [str(len(body)).encode()]


def asked(bodies: WholeBodies, path: str, length: int) -> tuple[str, bytes, dict[str, str]]:
    told: list[Any] = []
    environ = {
        "CONTENT_LENGTH": str(length),
        "PATH_INFO": path,
        "wsgi.input": BytesIO(b"x" * length),
    }
    said = b"".join(bodies(environ, lambda *start: told.append(start)))
    return told[0][0], said, dict(told[0][1])


@pytest.fixture
def reading() -> Reading:
    return Reading()


@pytest.fixture
def bodies(reading: Reading) -> WholeBodies:
    return WholeBodies(
        reading, longest_body=1_000, seconds=9, large=("/hooks/",), largest_body=LARGE
    )


def test_who_finds_no_room_is_told_to_come_again_and_room_is_given_back(
    bodies: WholeBodies, reading: Reading
) -> None:
    bodies._room = LARGE + 500
    inner: list[tuple[str, bytes, dict[str, str]]] = []
    reading.first = lambda: inner.append(asked(bodies, "/hooks/am", 2_000))

    assert asked(bodies, "/hooks/am", LARGE)[:2] == ("200 OK", str(LARGE).encode())
    ((status, _, headers),) = inner
    assert (status, headers["Retry-After"]) == ("503 Service Unavailable", "5")
    assert asked(bodies, "/hooks/am", 2_000)[0] == "200 OK"
    assert bodies._room == LARGE + 500


def test_room_is_given_back_by_what_fails(bodies: WholeBodies, reading: Reading) -> None:
    def fail() -> None:
        raise RuntimeError

    reading.first = fail
    with pytest.raises(RuntimeError):
        asked(bodies, "/hooks/am", 5_000)

    assert bodies._room == LARGE_BODIES_BYTES
