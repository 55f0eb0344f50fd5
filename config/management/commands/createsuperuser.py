"""`manage.py createsuperuser`: Django's, and the ledger hears of it."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.db import transaction
from django.utils import timezone

from config import recorded_rows
from ledger import taking_up


class Command(createsuperuser.Command):
    """Makes a user who may do everything, and records that."""

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            super().handle(*args, **options)
            taking_up.record_unheard(rows=[recorded_rows.newest_user], now=timezone.now())
