"""`manage.py export_status_page DIR`: the status page as files that any web server can serve."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from incidents.status_page import exporting


class Command(BaseCommand):
    help = "Write the status page to a folder, each file in one step."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        try:
            count = exporting.export(folder, now=timezone.now())
        except OSError as wrong:
            raise CommandError(f"{folder} cannot be written: {wrong}. Name another.") from None
        self.stdout.write(f"Wrote {count} files to {folder}.")
