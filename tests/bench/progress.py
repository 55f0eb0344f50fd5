"""A progress bar on standard error; a line per step where nobody watches."""

import sys
import time

WIDTH = 30


class Progress:
    """How far a job of `total` steps is; `label` names it."""

    def __init__(self, label: str, total: int) -> None:
        self._label, self._total, self._done = label, max(total, 1), 0
        self._watched = sys.stderr.isatty()
        self._began = self._shown = time.monotonic()

    def add(self, steps: int, note: str = "") -> None:
        """Note that some steps are done."""
        self._done += steps
        now = time.monotonic()
        pause = 0.2 if self._watched else 20
        if now - self._shown >= pause or self._done >= self._total:
            self._shown = now
            self._show(note)

    def _show(self, note: str) -> None:
        filled = WIDTH * self._done // self._total
        bar = "█" * filled + "·" * (WIDTH - filled)
        spent = time.monotonic() - self._began
        line = (
            f"{self._label:<22} {bar} {100 * self._done // self._total:3} %  {spent:4.0f} s {note}"
        )
        ended = self._done >= self._total or not self._watched
        sys.stderr.write(f"\r\x1b[K{line}" if self._watched else line)
        sys.stderr.write("\n" if ended else "")
        sys.stderr.flush()
