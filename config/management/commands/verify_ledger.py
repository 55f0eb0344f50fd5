"""`manage.py verify_ledger`: has anybody changed what was recorded?"""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from config.recorded_rows import ANSWERS, ROWS
from ledger import verify


class Command(BaseCommand):
    """Names every event and row that is not as it was recorded; exit code 1 if there is one."""

    help = "Recompute the ledger's digests and compare the rows of today with them."

    def handle(self, *args: Any, **options: Any) -> None:
        seen = verify.Seen(self._show_progress)
        count = 0
        for fault in verify.faults(rows=ROWS, seen=seen, besides=ANSWERS):
            count += 1  # Not enumerate: what `seen` counts is only right once all are read.
            self.stdout.write(f"✗ {fault.message}")
        told = f"{seen.events} events of {seen.subjects} subjects, {seen.rows} rows"
        if count:
            self.stdout.write(
                f"{count} {'fault' if count == 1 else 'faults'} in {told}. Compare with a backup, "
                "and look at who can write to the database."
            )
            sys.exit(1)
        self.stdout.write(f"✓ {told}: all as recorded.")

    def _show_progress(self, seen: verify.Seen) -> None:
        self.stderr.write(f"… {seen.events} events, {seen.rows} rows")
