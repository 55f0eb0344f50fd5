"""The README shows the lifecycle as it is, or CI says so."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from changes.management.commands.diagram import BEGIN, END
from changes.states import MOVES, mermaid


def test_the_diagram_has_an_arrow_for_every_move():
    printed = StringIO()

    call_command("diagram", stdout=printed)

    arrows = [line.strip() for line in printed.getvalue().splitlines() if ": " in line]
    assert arrows == [
        f"{source} --> {move.target}: {verb}"
        for verb, move in MOVES.items()
        for source in move.sources
    ]


def test_the_readme_shows_the_lifecycle():
    call_command("diagram", check=True)

    assert mermaid() in Path("README.md").read_text(encoding="utf-8")


def test_a_stale_diagram_fails_the_check_and_is_mended_by_write(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")

    with pytest.raises(CommandError, match="is not the lifecycle"):
        call_command("diagram", check=True, readme=readme)
    call_command("diagram", write=True, readme=readme)
    call_command("diagram", check=True, readme=readme)

    assert readme.read_text(encoding="utf-8") == (
        f"before\n{BEGIN}\n```mermaid\n{mermaid()}\n```\n{END}\nafter\n"
    )


def test_a_readme_without_a_place_for_it_is_told_so(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("nothing", encoding="utf-8")

    with pytest.raises(CommandError, match="has no place for the diagram"):
        call_command("diagram", check=True, readme=readme)
