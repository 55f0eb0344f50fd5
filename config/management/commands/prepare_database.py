"""`manage.py prepare_database`: bring the database up to date, after each upgrade."""

from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand

from config import app_role, message_queue
from config.embedded_place import APP_ROLE


class Command(BaseCommand):
    """Migrates, installs the message queue where PostgreSQL carries it, and grants the app role."""

    help = "Migrate, install the message queue and grant the app role; run as the tables' owner."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        try:
            app_role.grant(role=APP_ROLE)
        except app_role.RoleMissing as missing:
            raise CommandError(str(missing)) from None
        if settings.ENVIRONMENT.broker_url is None:
            message_queue.install(role=APP_ROLE)
        if options["verbosity"]:
            self.stdout.write(f"The database is ready; the application works as {APP_ROLE}.")
