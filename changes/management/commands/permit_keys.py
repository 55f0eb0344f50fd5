"""`manage.py permit_keys`: the public keys by which permits are verified, and a new one."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from catalog.models import User
from changes import permits


class Command(BaseCommand):
    """Prints the keys as /.well-known/jwks.json shows them; `--rotate` brings a new one."""

    help = "Print the public keys of permits, or bring a new key. They rotate by themselves too."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rotate", action="store_true", help="publish the next key; it signs an hour later"
        )
        parser.add_argument(
            "--at-once", action="store_true", help="with --rotate: it signs now, for one leaked"
        )
        parser.add_argument("--as", dest="username", help="who rotates it: an active user")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["at_once"] and not options["rotate"]:
            raise CommandError("--at-once says how to rotate: add --rotate.")
        if options["rotate"]:
            actor = _username(options["username"])
            if options["at_once"]:
                kid = permits.replace_key(actor=actor, now=now)
                self.stderr.write(f"Permits are signed with {kid} from now on.")
            else:
                kid, signs_at = permits.rotate_key(actor=actor, now=now)
                self.stderr.write(f"{kid} is published, and signs from {signs_at:%H:%M} UTC on.")
        self.stdout.write(json.dumps(permits.key_set(now=now), indent=2))


def _username(name: str | None) -> str:
    if not User.objects.filter(username=name or "", is_active=True).exists():
        raise CommandError(f"There is no active user {name}." if name else "Say who: --as NAME")
    return name or ""
