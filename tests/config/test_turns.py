"""Requests take turns in the order of asking; an answer is complete when its turn ends."""

import threading
from collections.abc import Iterator
from typing import Any

from config.turns import InTurn, Turns
from tests.config.processes import within


class Streamed:
    """An answer that notes when it was read and when it was closed."""

    streaming = True

    def __init__(self, noted: list[str]) -> None:
        self.noted = noted

    def __iter__(self) -> Iterator[bytes]:
        self.noted.append("read")
        yield b"ref,title\n"
        yield b"CHG-1,Retry refunds\n"

    def close(self) -> None:
        self.noted.append("closed")


def test_turns_come_in_the_order_of_asking() -> None:
    turns, came = Turns(), []

    def come(number: int) -> None:
        with turns:
            came.append(number)

    threads = [threading.Thread(target=come, args=[number]) for number in range(5)]
    with turns:
        for number, thread in enumerate(threads, start=1):
            thread.start()
            assert within(5, lambda number=number: len(turns._waiting) == number)
        assert came == []
    for thread in threads:
        thread.join()

    assert came == [0, 1, 2, 3, 4]


def test_a_streamed_answer_is_complete_before_anybody_reads_it() -> None:
    noted: list[str] = []
    application = InTurn(lambda environ, start: Streamed(noted))

    answer = application({}, _nothing)

    assert noted == ["read", "closed"]
    assert b"".join(answer) == b"ref,title\nCHG-1,Retry refunds\n"


def test_a_request_that_fails_ends_its_turn() -> None:
    def failing(environ: dict[str, Any], start: Any) -> Any:
        if environ:
            raise LookupError("asked too much")
        return [b"well"]

    application = InTurn(failing)
    for environ, expected in (({"a": 1}, "asked too much"), ({}, [b"well"])):
        try:
            found = application(environ, _nothing)
        except LookupError as error:
            found = str(error)
        assert found == expected


def _nothing(status: str, headers: list[tuple[str, str]]) -> None: ...
