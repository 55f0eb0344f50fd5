"""`manage.py demo`: fill an empty database with an invented company."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from changes.demo.load import NotEmpty, load

PASSWORD_BYTES = 12


class Command(BaseCommand):
    """Loads the demo into an empty database; refuses any other, and production."""

    help = "Load the demo into an empty database and print its sign-ins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--password", help="The password of all; made up where left out.")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.TIDEGATE_ENV == "production":
            raise CommandError("The demo is never loaded in production (TIDEGATE_ENV).")
        password = options["password"] or secrets.token_urlsafe(PASSWORD_BYTES)
        try:
            names = load(password=password, now=timezone.now())
        except NotEmpty as refused:
            raise CommandError(f"{refused} Nothing was loaded.") from None
        if options["verbosity"]:
            self.stdout.write(f"sign in as one of: {' '.join(names)}")
            self.stdout.write(f"password for each: {password}")
