"""`manage.py policy`: policy rules out to YAML, and in from it."""

import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from catalog.models import User
from changes.policies.custom.vocabulary import FIELDS
from changes.rulebook import exchange
from changes.rulebook.policy_file import BYTES_AT_MOST
from ledger.decision import Refused


class Command(BaseCommand):
    """Exports every rule, imports a file with a diff, or lists what conditions may look at."""

    help = "Export policy rules as YAML, import them, or list the fields of conditions."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("export", help="Print every rule as YAML.")
        acts.add_parser("fields", help="List what conditions may look at.")
        takes = acts.add_parser("import", help="Let the rules be as a file says.")
        takes.add_argument("file", help="A YAML file, or - for standard input.")
        takes.add_argument("--as", dest="username", required=True, help="A change manager.")
        takes.add_argument("--dry-run", action="store_true", help="Print the diff, write nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "export":
            self.stdout.write(exchange.export(), ending="")
        elif options["act"] == "fields":
            self._list_fields()
        else:
            self._import(_text(options["file"]), options["username"], dry=options["dry_run"])

    def _list_fields(self) -> None:
        for name, field in FIELDS.items():
            values = ", ".join(field.choices) or field.kind.written
            self.stdout.write(f"{name}: {field.meaning}")
            self.stdout.write(f"    {' '.join(field.kind.operators)} | {values}")

    def _import(self, text: str, username: str, *, dry: bool) -> None:
        actor = User.objects.filter(username=username, is_active=True).first()
        if actor is None:
            raise CommandError(f"There is no active user {username}. Name a change manager.")
        try:
            steps = exchange.take_in(text, actor=actor, now=timezone.now(), dry_run=dry)
        except ValidationError as wrong:
            raise CommandError("\n".join(["Nothing was imported.", *wrong.messages])) from None
        except Refused as refused:
            raise CommandError(f"Nothing was imported. {refused}") from None
        for step in steps:
            self.stdout.write(f"{step.did}: {step.name} (version {step.version})")
            for line in step.diff.splitlines():
                self.stdout.write(f"    {line}")
        if dry:
            self.stdout.write("This was a dry run: nothing was written.")


def _text(file: str) -> str:
    """The file's text; a little more than may be read of one that is too large."""
    try:
        if file == "-":
            return sys.stdin.read(BYTES_AT_MOST + 1)
        with Path(file).open(encoding="utf-8") as opened:
            return opened.read(BYTES_AT_MOST + 1)
    except (OSError, UnicodeDecodeError) as problem:
        raise CommandError(f"{file} cannot be read: {problem}.") from None
