"""`./run` says in one line what a machine lacks."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.environment import REPOSITORY

OLD_PYTHON = "import sys; sys.version_info = (3, 9, 2); "
NO_VENV = "import sys; sys.modules['ensurepip'] = None; "
START = "import runpy, sys; sys.argv = ['run', 'up']; runpy.run_path('run', run_name='__main__')"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone in which nothing is installed yet."""
    shutil.copy(REPOSITORY / "run", tmp_path)
    for name in ("requirements.txt", "requirements-dev.txt"):
        shutil.copy(REPOSITORY / name, tmp_path)
    return tmp_path


def run(clone: Path, script: str) -> tuple[int, str]:
    """Run a script in the clone, with no uv on PATH; the exit code and what it said."""
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=clone,
        env={"PATH": str(clone / "nothing")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return ended.returncode, ended.stdout


def test_an_old_python_can_read_it() -> None:
    ast.parse((REPOSITORY / "run").read_text(), feature_version=(3, 6))


def test_an_old_python_is_refused_in_one_line(clone: Path) -> None:
    assert run(clone, OLD_PYTHON + START) == (
        2,
        "tidegate: Python 3.11 or newer is needed, and this is 3.9. Install one (such as: apt "
        "install python3.11, or brew install python@3.13), then run it as: python3.11 run up\n",
    )
    assert not (clone / ".venv").exists()


def test_a_missing_venv_module_is_one_line(clone: Path) -> None:
    assert run(clone, NO_VENV + START) == (
        2,
        "tidegate: Python's venv module is missing: apt install python3-venv, or install uv\n",
    )


def test_an_unknown_command_is_one_line(clone: Path) -> None:
    assert run(clone, START.replace("'up'", "'fly'")) == (
        2,
        "tidegate: there is no command “fly”; ./run help lists them\n",
    )


def test_help_names_every_command() -> None:
    said = subprocess.run(
        [sys.executable, "run"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout

    for command in ("up", "test", "check", "bench", "manage", "help"):
        assert f"./run {command}" in said


def test_it_can_be_executed() -> None:
    assert os.access(REPOSITORY / "run", os.X_OK)
