"""`manage.py seal_ledger`: seal what was recorded since the last seal."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ledger import sealing
from ledger.models import Seal
from ledger.seals import making, naming


class Command(BaseCommand):
    """Seals what the timetable would seal soon, and prints the newest seal to be kept elsewhere."""

    help = "Seal the events since the last seal, and print the newest seal's digest."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = making.seal_new(now=timezone.now(), progress=self._show_progress)
        except (making.AlreadySealing, sealing.Unreadable) as refused:
            raise CommandError(str(refused)) from None
        newest = making.newest()
        if newest is None:
            self.stdout.write("There is no event to seal.")
            return
        said = (
            f"Made {made} {'seal' if made == 1 else 'seals'}." if made else "Nothing new to seal."
        )
        self.stdout.write(f"{said} The newest, to be kept elsewhere:")
        self.stdout.write(naming.anchor(newest))

    def _show_progress(self, seal: Seal) -> None:
        self.stderr.write(f"… {seal.ref}: {seal.count} events, up to number {seal.last_id}")
