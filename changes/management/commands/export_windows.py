"""Print windows as another tool reads them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from changes.shown.exports import TOOLS, export


class Command(BaseCommand):
    help = "Print active windows as Argo CD syncWindows or GitLab freeze periods, in YAML."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tool", choices=sorted(TOOLS))
        for kind in ("team", "service", "environment"):
            parser.add_argument(f"--{kind}", default="", help=f"Only for this {kind}, by slug.")

    def handle(self, *args: Any, **options: Any) -> None:
        narrowed = {kind: options[kind] for kind in ("team", "service", "environment")}
        try:
            found = export(options["tool"], now=timezone.now(), **narrowed)
        except ValidationError as wrong:
            raise CommandError(" ".join(wrong.messages)) from wrong
        self.stdout.write(found.as_yaml(), ending="")
