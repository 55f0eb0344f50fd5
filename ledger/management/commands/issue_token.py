"""`manage.py issue_token`: a new API token, printed once."""

import argparse
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from catalog import token_life, tokens
from catalog.models import ApiToken, Environment, Service, Team, User
from catalog.models.token import Scope
from ledger import issued_tokens, timeline
from ledger.decision import Refused

NEVER = "never"
LIMITS = {"service": Service, "team": Team, "environment": Environment}


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
        for kind in LIMITS:
            parser.add_argument(
                f"--{kind}",
                action="append",
                default=[],
                dest=f"{kind}s",
                help=f"Only for this {kind}, by its slug; repeat for more.",
            )
        life = parser.add_mutually_exclusive_group()
        life.add_argument("--days", type=_days, help="It expires after so many days; 90 if unsaid.")
        life.add_argument(
            "--expires",
            type=_end,
            help="It expires then: 2027-03-31, 2027-03-31T18:00:00+01:00, or never.",
        )
        parser.add_argument(
            "--rotate",
            metavar="PREFIX",
            help="Replace the token of NAME that begins so; the old one ends after --overlap.",
        )
        parser.add_argument(
            "--overlap", type=_hours, help="With --rotate: hours for which both are good; 24."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            with transaction.atomic():
                token, secret = (_rotated if options["rotate"] else _issued)(options, now)
        except tokens.UnknownScope as unknown:
            raise CommandError(str(unknown)) from None
        except Refused as refused:
            raise CommandError(str(refused)) from None
        except ValidationError as wrong:
            raise CommandError(f"“{options['name']}”: {' '.join(wrong.messages)}") from None
        for risk in token_life.risks(token, now=now):
            self.stderr.write(f"Note: this token {token_life.SAYS[risk]}.")
        if token.expires_at is not None:
            self.stderr.write(f"It expires at {token.expires_at:%Y-%m-%d %H:%M} UTC.")
        self.stdout.write(secret)


def _issued(options: dict[str, Any], now: datetime) -> tuple[ApiToken, str]:
    if options["overlap"] is not None:
        raise CommandError("--overlap goes with --rotate.")
    limits = {f"{kind}s": options[f"{kind}s"] for kind in LIMITS}
    for kind in LIMITS:
        _refuse_unknown(limits[f"{kind}s"], kind=kind)
    return issued_tokens.issue(
        actor=timeline.SYSTEM,
        user=_user(options["name"]),
        name=options["name"],
        scopes=options["scopes"],
        now=now,
        expires_at=_expires_at(options, now=now),
        **limits,
    )


def _rotated(options: dict[str, Any], now: datetime) -> tuple[ApiToken, str]:
    given = [f"--{name}" for name in ("days", "expires", "scopes") if options[name]]
    given += [f"--{kind}" for kind in LIMITS if options[f"{kind}s"]]
    if given:
        raise CommandError(f"{given[0]}: the new token is good for what the old one was.")
    named = ApiToken.objects.filter(user__username=options["name"])
    found = list(named.filter(prefix__startswith=options["rotate"], revoked_at=None)[:2])
    if len(found) != 1:
        count = "several tokens begin" if found else "no valid token begins"
        raise CommandError(f"Of {options['name']} {count} with “{options['rotate']}”.")
    hours = options["overlap"]
    overlap = token_life.USUAL_OVERLAP if hours is None else hours
    return issued_tokens.rotate(actor=timeline.SYSTEM, token=found[0], now=now, overlap=overlap)


def _expires_at(options: dict[str, Any], *, now: datetime) -> datetime | None:
    if options["expires"] == NEVER:
        return None
    if options["expires"] is None:
        days = options["days"]
        return now + (timedelta(days=days) if days else token_life.USUAL_LIFE)
    end: datetime = options["expires"]
    if not now < end <= now + token_life.LONGEST_LIFE:
        raise CommandError("--expires: name an instant to come, at most ten years ahead.")
    return end


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
    rows = LIMITS[kind]._default_manager.filter(slug__in=slugs)
    known = set(rows.values_list("slug", flat=True))
    for slug in slugs:
        if slug not in known:
            raise CommandError(f"There is no {kind} “{slug}”. Make it first, in the admin.")


def _days(text: str) -> int:
    longest = token_life.LONGEST_LIFE.days
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= longest:
        raise argparse.ArgumentTypeError(f"give a number of days from 1 to {longest}")
    return int(text)


def _hours(text: str) -> timedelta:
    longest = token_life.LONGEST_OVERLAP // timedelta(hours=1)
    if not text.isascii() or not text.isdecimal() or int(text) > longest:
        raise argparse.ArgumentTypeError(f"give a number of hours from 0 to {longest}")
    return timedelta(hours=int(text))


def _end(text: str) -> datetime | str:
    if text == NEVER:
        return NEVER
    try:
        end = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is no date, instant or “never”") from None
    return end if end.tzinfo else timezone.make_aware(end)
