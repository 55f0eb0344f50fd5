"""What a CI does with our files, as far as a test can: it sets variables and runs scripts."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.clients.conftest import TOKEN
from tests.clients.hostile import Hostile, answer, gives
from tests.clients.pins import CLIENTS

EVIL = "refunds; touch owned $(touch owned) `touch owned` '\"; touch owned"


class Strict(yaml.SafeLoader):
    """YAML that says nothing twice; GitLab's `!reference` is kept as the list of its words."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        found = super().construct_mapping(node, deep=deep)
        assert len(found) == len(node.value), f"a key stands twice at {node.start_mark}"
        return found


def _reference(loader: Strict, node: yaml.SequenceNode) -> tuple[str, ...]:
    return tuple(loader.construct_sequence(node))


Strict.add_constructor("!reference", _reference)


def read(name: str) -> Any:
    """One of our YAML files."""
    text = (CLIENTS / name).read_text()
    assert "\t" not in text
    assert max(map(len, text.splitlines())) <= 120
    return yaml.load(text, Loader=Strict)


@dataclass(frozen=True)
class Ran:
    """How a script ended, all it said, and where it ran."""

    code: int
    said: str
    folder: Path


def run(words: list[str], *, folder: Path, hostile: Hostile, **variables: str) -> Ran:
    """Run in an empty folder with little more than what the CI sets; no argument has the token."""
    assert TOKEN not in " ".join(words)
    usual = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "TIDEGATE_URL": hostile.url,
        "TIDEGATE_TOKEN": TOKEN,
    }
    done = subprocess.run(
        words,
        cwd=folder,
        env={**usual, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert TOKEN not in done.stdout
    assert not list(folder.rglob("owned"))
    return Ran(done.returncode, done.stdout, folder)


def prepared(hostile: Hostile, *decisions: str) -> None:
    """The server hands out the client, decides so, and takes reports."""
    client = (CLIENTS / "tidegate.py").read_bytes()
    hostile.told("/clients/tidegate.py", gives(client, kind="text/x-python"))
    hostile.told("/api/v1/gate", *(gives(answer(one)) for one in decisions))
    said = {"change": "CHG-7", "state": "implementing", "status": "started"}
    hostile.told("/api/v1/deployments", gives(said, 201))
