"""`./run check`: everything that must hold of the sources before the tests are worth running."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CEILING_LINES = 300
# One file by what it is, for people copy it alone to where nothing but Python is: it brings its own
# Ed25519, and asks five systems of CI who they are.
CEILINGS_OF_THEIR_OWN = {"clients/tidegate.py": 1000}
TOOLS = Path(sys.executable).parent
SCHEMA = ("spectacular", "--validate", "--fail-on-warn", "--file", os.devnull)
SOURCES = ("*.py", "*.html", "*.css", "*.js", "run", ".ci/run")


def main() -> int:
    """Run every check; answers how many failed."""
    with tempfile.TemporaryDirectory(prefix="tidegate-check-") as home:
        os.environ.setdefault("TIDEGATE_HOME", home)
        failed = [name for name, holds in CHECKS.items() if not _reported(name, holds)]
    if failed:
        print(f"\n{len(failed)} of {len(CHECKS)} checks failed: {', '.join(failed)}")
    else:
        print(f"\nall {len(CHECKS)} checks passed")
    return len(failed)


def _reported(name: str, holds: Callable[[], str]) -> bool:
    started = time.monotonic()
    trouble = holds()
    verdict = "FAILED" if trouble else "ok"
    print(f"{name:<12} {verdict:<6} {time.monotonic() - started:5.1f} s", flush=True)
    if trouble:
        print(trouble, flush=True)
    return not trouble


def _tool(*command: str) -> Callable[[], str]:
    """A check that holds when this command ends well; its output is the trouble otherwise."""

    def holds() -> str:
        done = subprocess.run(
            [TOOLS / command[0], *command[1:]],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return (done.stdout.strip() or "it failed in silence") if done.returncode else ""

    return holds


def _listed(*patterns: str) -> list[str]:
    """The sources of these kinds that git has or would take, each once."""
    said = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return [name for name in sorted(set(said)) if (ROOT / name).exists()]


def _tidy_templates() -> str:
    """Every template is written as djade would write it."""
    return _tool("djade", "--target-version", "5.2", "--check", *_listed("templates/*.html"))()


def _short_files() -> str:
    """No source file is over the ceiling."""
    lengths = {name: len((ROOT / name).read_text().splitlines()) for name in _listed(*SOURCES)}
    return "\n".join(
        f"{name} has {length} lines; split it by noun, {CEILING_LINES} is the most"
        for name, length in lengths.items()
        if length > CEILINGS_OF_THEIR_OWN.get(name, CEILING_LINES) and "/migrations/" not in name
    )


CHECKS: dict[str, Callable[[], str]] = {
    "format": _tool("ruff", "format", "--check", "--quiet", "."),
    "lint": _tool("ruff", "check", "--quiet", "."),
    "templates": _tidy_templates,
    "types": _tool("mypy"),
    "imports": _tool("lint-imports"),
    "system": _tool("python", "manage.py", "check"),
    "schema": _tool("python", "manage.py", *SCHEMA),
    "migrations": _tool("python", "manage.py", "makemigrations", "--check", "--dry-run"),
    "diagram": _tool("python", "manage.py", "diagram", "--check"),
    "length": _short_files,
}

if __name__ == "__main__":
    sys.exit(1 if main() else 0)
