"""Everything the database owes the application: tables, the message queue, the app role."""

from collections.abc import Callable

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from config import app_role, message_queue, recorded_rows
from config.embedded_place import APP_ROLE
from ledger import taking_up


def prepare(*, warn: Callable[[str], None], verbosity: int = 0) -> str:
    """Bring the database up to date; answers the role the application may work as.

    The answer is empty, after a warning, where the owner may not make or become that role.
    """
    call_command("migrate", interactive=False, verbosity=verbosity)
    taking_up.take_up(rows=recorded_rows.KEPT, now=timezone.now())
    role = APP_ROLE
    try:
        app_role.grant(role=role)
    except app_role.RoleMissing as missing:
        warn(f"{missing} Until then only triggers protect the ledger.")
        role = ""
    if settings.ENVIRONMENT.broker_url is None:
        message_queue.install(role=role)
    return role
