"""Child processes that die with their parent and say who speaks."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def dying_with_parent(death: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` after which the child is sent `death` when its parent ends (Linux only).

    The kernel watches the thread that forked, so children are started from the main thread.
    """
    libc, parent = _LIBC, os.getpid()
    if libc is None:
        return None

    def die_with_parent() -> None:
        libc.prctl(PR_SET_PDEATHSIG, death)
        if os.getppid() != parent:
            os._exit(1)

    return die_with_parent


def started(
    command: Sequence[str | Path],
    *,
    death: signal.Signals,
    environment: Mapping[str, str],
    folder: Path,
    run_as: Mapping[str, Any] | None = None,
) -> subprocess.Popen[bytes]:
    """A child in a session of its own, so that Ctrl-C reaches only us and we choose the order.

    Both its outputs come through `stdout`; `death` is what it is sent when we are killed.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=dying_with_parent(death),
        env=dict(environment),
        cwd=folder,
        **(run_as or {}),
    )


def kill_session(process: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of the child's session: a lost parent may leave workers behind."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
