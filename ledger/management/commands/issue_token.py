"""`manage.py issue_token`: a new API token, printed once."""

import argparse
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from catalog import tokens
from catalog.models import Service, Team, User
from catalog.models.token import Scope
from ledger import issued_tokens, timeline


class Command(BaseCommand):
    """Issues a token to a robot or a person and prints its secret alone on standard output."""

    help = "Issue an API token; its secret is printed now and never again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="The username it acts as; a robot is made where missing.")
        parser.add_argument(
            "--scope",
            action="append",
            default=[],
            dest="scopes",
            help=f"What it may do; repeat for more. One of: {', '.join(Scope.values)}.",
        )
        for kind in ("service", "team"):
            parser.add_argument(
                f"--{kind}",
                action="append",
                default=[],
                dest=f"{kind}s",
                help=f"Only for this {kind}, by its slug; repeat for more.",
            )
        parser.add_argument("--days", type=_days, help="It expires after so many days.")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        _refuse_unknown(options["services"], kind="service")
        _refuse_unknown(options["teams"], kind="team")
        try:
            with transaction.atomic():
                _, secret = issued_tokens.issue(
                    actor=timeline.SYSTEM,
                    user=_user(options["name"]),
                    name=options["name"],
                    scopes=options["scopes"],
                    now=now,
                    expires_at=now + timedelta(days=options["days"]) if options["days"] else None,
                    services=options["services"],
                    teams=options["teams"],
                )
        except tokens.UnknownScope as unknown:
            raise CommandError(str(unknown)) from None
        except ValidationError as wrong:
            raise CommandError(f"“{options['name']}”: {' '.join(wrong.messages)}") from None
        self.stdout.write(secret)


def _user(name: str) -> User:
    """The active user of that name; a new robot where there is none."""
    user = User.objects.filter(username=name).first()
    if user is None:
        user = User(username=name, is_robot=True)
        user.set_unusable_password()
        user.clean_fields()
        user.save()
    if not user.is_active:
        raise CommandError(f"The user {name} is not active. Choose another name.")
    return user


def _refuse_unknown(slugs: list[str], *, kind: str) -> None:
    rows = Service.objects.all() if kind == "service" else Team.objects.all()
    known = set(rows.filter(slug__in=slugs).values_list("slug", flat=True))
    for slug in slugs:
        if slug not in known:
            raise CommandError(f"There is no {kind} “{slug}”. Make it first, in the admin.")


def _days(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 3650:
        raise argparse.ArgumentTypeError("give a number of days from 1 to 3650")
    return int(text)
