"""`manage.py diagram`: the lifecycle as Mermaid, and whether the README shows it as it is."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from changes.states import mermaid

BEGIN, END = "<!-- lifecycle diagram -->", "<!-- /lifecycle diagram -->"


class Command(BaseCommand):
    help = "Prints the lifecycle as a Mermaid diagram; with --check compares it with the README."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail where the README differs")
        parser.add_argument("--write", action="store_true", help="put it into the README")
        parser.add_argument("--readme", type=Path, default=Path(settings.BASE_DIR) / "README.md")

    def handle(self, *, check: bool, write: bool, readme: Path, **options: Any) -> None:
        if not (check or write):
            self.stdout.write(mermaid())
            return
        page = readme.read_text(encoding="utf-8")
        before, begin, rest = page.partition(BEGIN)
        _, end, after = rest.partition(END)
        if not (begin and end):
            raise CommandError(
                f"{readme.name} has no place for the diagram: add {BEGIN} and {END}."
            )
        due = f"{before}{BEGIN}\n```mermaid\n{mermaid()}\n```\n{END}{after}"
        if write:
            readme.write_text(due, encoding="utf-8")
        elif page != due:
            raise CommandError(
                f"The diagram in {readme.name} is not the lifecycle of changes/states.py. "
                "Run ./run manage diagram --write and look at what changed."
            )
