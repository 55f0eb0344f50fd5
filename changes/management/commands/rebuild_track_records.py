"""`manage.py rebuild_track_records`: count anew how the changes of the last year went."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from changes import track_records


class Command(BaseCommand):
    """Needed only where changes were written past the lifecycle, such as after an import."""

    help = "Count anew, from the changes themselves, how those of the last year went."

    def handle(self, *args: Any, **options: Any) -> None:
        found = track_records.rebuild(now=timezone.now())
        if options["verbosity"]:
            self.stdout.write(f"counted for {found} services, templates and categories")
