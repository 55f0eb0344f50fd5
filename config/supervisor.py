"""Keeps the processes of one installation running: starts, listens, restarts, stops in order."""

import contextlib
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import TextIO

from config import processes

TICK_SECONDS = 0.2
STEADY_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 30.0
LONGEST_LINE_BYTES = 65_536
NAME_WIDTH = 8


@dataclass(slots=True, eq=False)
class Child:
    """One supervised process. `start` answers it, or None when somebody else runs it already."""

    name: str
    start: Callable[[], subprocess.Popen[bytes] | None]
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 15.0
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float | None = None
    failures: int = 0
    unfinished: bytes = field(default=b"", repr=False)


class Supervisor:
    """Runs its children until a signal comes. All in one thread: the kernel ties them to it."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        on_tick: Callable[[], None],
        out: TextIO = sys.stdout,
    ) -> None:
        """`children` in the order of starting; they are stopped in reverse."""
        self.children = children
        self.on_tick = on_tick
        self.out = out
        self.asked_to_stop = 0
        self.selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Start, keep running until SIGINT or SIGTERM, stop in order; a second signal kills."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        try:
            for child in self.children:
                self._start(child)
            while not self.asked_to_stop:
                self._listen(TICK_SECONDS)
                self._revive()
                self.on_tick()
        finally:
            self.say("stopping; this takes some seconds (again to stop at once)")
            for child in reversed(self.children):
                self._stop(child)
            self.selector.close()

    def say(self, text: str, *, name: str = "tidegate") -> None:
        """Print one line under a name; when nobody listens any more, stop."""
        try:
            self.out.write(f"{name:<{NAME_WIDTH}} | {text}\n")
            self.out.flush()
        except BrokenPipeError:
            self.asked_to_stop += 1

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_stop += 1

    def _start(self, child: Child) -> None:
        child.start_at = None
        child.started_at = time.monotonic()
        if child.process is None:
            child.process = child.start()
        if child.process is not None and child.process.stdout is not None:
            self.selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _listen(self, timeout: float) -> None:
        """Pass on what children say, line by line."""
        for key, _ in self.selector.select(timeout):
            child: Child = key.data
            heard = key.fileobj.read1(LONGEST_LINE_BYTES)  # type: ignore[union-attr]
            if not heard:
                self.selector.unregister(key.fileobj)
            self._pass_on(child, heard)

    def _pass_on(self, child: Child, heard: bytes) -> None:
        *lines, child.unfinished = (child.unfinished + heard).split(b"\n")
        if child.unfinished and (not heard or len(child.unfinished) > LONGEST_LINE_BYTES):
            lines, child.unfinished = [*lines, child.unfinished], b""
        for line in lines:
            self.say(line.decode(errors="replace"), name=child.name)

    def _revive(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._note_end(child, now)
            if child.start_at is not None and now >= child.start_at:
                self._start(child)

    def _note_end(self, child: Child, now: float) -> None:
        """A child ended by itself: plan its return, later each time it does not last."""
        assert child.process is not None
        code = child.process.returncode
        self._forget(child)
        child.failures = 1 if now - child.started_at > STEADY_SECONDS else child.failures + 1
        pause = min(LONGEST_PAUSE_SECONDS, 2.0 ** (child.failures - 1))
        child.start_at = now + pause
        self.say(f"{child.name} ended (exit code {code}); it is started again in {pause:.0f} s")

    def _stop(self, child: Child) -> None:
        process = child.process
        if process is None:
            return
        if process.poll() is None and self.asked_to_stop < 2:
            process.send_signal(child.stop_signal)
            deadline = time.monotonic() + child.grace_seconds
            while process.poll() is None and time.monotonic() < deadline and self.asked_to_stop < 2:
                self._listen(0.05)
        self._forget(child)

    def _forget(self, child: Child) -> None:
        """Let go of an ended child, and end whatever it left behind."""
        process, child.process = child.process, None
        if process is None:
            return
        processes.kill_session(process)
        process.wait()
        if process.stdout is not None:
            self._pass_on(child, process.stdout.read() or b"")
            with contextlib.suppress(KeyError):
                self.selector.unregister(process.stdout)
            process.stdout.close()
