"""`manage.py prepare_database`: bring the database up to date, after each upgrade."""

from typing import Any

from django.core.management.base import BaseCommand

from config import preparing


class Command(BaseCommand):
    """Migrates, installs the message queue where PostgreSQL carries it, and grants the app role."""

    help = "Migrate, install the message queue and grant the app role; run as the tables' owner."

    def handle(self, *args: Any, **options: Any) -> None:
        verbosity = options["verbosity"]
        role = preparing.prepare(warn=self.stderr.write, verbosity=verbosity)
        if verbosity:
            self.stdout.write(f"The database is ready for {role or 'its owner'}.")
