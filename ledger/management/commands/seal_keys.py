"""`manage.py seal_keys`: the public keys by which seals are verified."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from catalog.models import User
from ledger import keys
from ledger.seals import making


class Command(BaseCommand):
    """Prints the keys as /.well-known/seal-keys.json shows them; `--rotate` makes a new one."""

    help = "Print the public keys of seals, or make a new key that signs from now on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rotate", action="store_true", help="retire the key in use")
        parser.add_argument("--as", dest="username", help="who rotates it: an active user")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rotate"]:
            made = making.rotate_key(actor=_username(options["username"]), now=timezone.now())
            self.stderr.write(f"Seals are signed with {made.kid} from now on. Keep these keys:")
        self.stdout.write(json.dumps(keys.jwks(purpose=making.PURPOSE), indent=2))


def _username(name: str | None) -> str:
    if not User.objects.filter(username=name or "", is_active=True).exists():
        raise CommandError(f"There is no active user {name}." if name else "Say who: --as NAME")
    return name or ""
