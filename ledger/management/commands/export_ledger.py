"""`manage.py export_ledger FILE`: the ledger with its seals, to be verified elsewhere."""

import gzip
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from ledger.models import Seal
from ledger.seals import exporting
from ledger.seals.naming import NoSuchSeal, by_ref, newest_until

PROGRESS_EVERY = 32


class Command(BaseCommand):
    """Writes gzipped lines of JSON; `-` writes them to standard output."""

    help = "Export events and seals; ledger/seals/verify_export.py verifies the file by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="such as ledger.jsonl.gz, or - for standard output")
        told = "SEAL-7, or an instant such as 2026-11-01T00:00:00Z"
        parser.add_argument("--from", dest="since", help=f"only what follows {told}")
        parser.add_argument("--to", dest="until", help=f"only what is sealed up to {told}")

    def handle(self, *args: Any, **options: Any) -> None:
        after, upto = _seal(options["since"]), _seal(options["until"])
        if options["until"] and upto is None:
            raise CommandError(f"Nothing was sealed up to {options['until']}.")
        if after and upto and after.number >= upto.number:
            raise CommandError(f"{upto.ref} does not follow {after.ref}: nothing is between them.")
        lines = exporting.lines(
            after=after, upto=upto, now=timezone.now(), progress=self._show_progress
        )
        if options["file"] == "-":
            _pack(sys.stdout.buffer, lines)
            return
        file = Path(options["file"])
        part = file.with_name(f"{file.name}.part")
        try:
            with part.open("wb") as target:
                _pack(target, lines)
                target.flush()
                os.fsync(target.fileno())
            part.replace(file)
        except OSError as wrong:
            raise CommandError(f"{file} cannot be written: {wrong.strerror}.") from None
        finally:
            part.unlink(missing_ok=True)
        self.stdout.write(f"Wrote {file}. Give its keys by another way: manage.py seal_keys")

    def _show_progress(self, seal: Seal) -> None:
        if seal.number % PROGRESS_EVERY == 0:
            self.stderr.write(f"… up to {seal.ref} of {seal.sealed_at:%Y-%m-%d %H:%M} UTC")


def _pack(target: IO[bytes], lines: Any) -> None:
    """Write the lines packed; mtime is left out, so that the same lines make the same file."""
    with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=6, mtime=0) as packed:
        packed.writelines(lines)


def _seal(text: str | None) -> Seal | None:
    """The seal of a ref, or the newest one that was there at an instant."""
    if not text:
        return None
    try:
        instant = parse_datetime(text)
    except ValueError:
        instant = None
    if instant is not None:
        return newest_until(_aware(instant, text))
    try:
        return by_ref(text)
    except NoSuchSeal as missing:
        raise CommandError(str(missing)) from None


def _aware(instant: datetime, text: str) -> datetime:
    if instant.tzinfo is None:
        raise CommandError(f"{text} needs a time zone: {text}Z for UTC.")
    return instant
