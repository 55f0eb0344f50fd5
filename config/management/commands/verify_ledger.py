"""`manage.py verify_ledger`: has anybody changed what was recorded?"""

import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.recorded_rows import ANSWERS, ROWS
from ledger import verify
from ledger.models import Seal
from ledger.seals import checking, making, naming, verify_export

USUAL_KEYS = "the keys of seals, as /.well-known/seal-keys.json shows them"


class Command(BaseCommand):
    """Names every event, seal and row that is not as it was recorded; exit code 1 if there is one.

    With `--export` a file of `export_ledger` is verified instead, without the database.
    """

    help = "Recompute the ledger's digests and seals, and compare the rows of today with them."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--export", type=Path, help="verify this file of export_ledger instead")
        parser.add_argument("--previous", type=Path, help="an earlier export that it must continue")
        parser.add_argument("--public-key", type=Path, help=f"a file with {USUAL_KEYS}")
        parser.add_argument("--after", type=_kept, help="verified already up to this seal")
        parser.add_argument(
            "--expect",
            type=_kept,
            action="append",
            default=[],
            metavar="SEAL-7:…",
            help="a seal that was kept elsewhere, and must be there",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["export"]:
            sys.exit(_exported(options))
        if options["previous"]:
            raise CommandError("--previous compares exports: name the newer one with --export.")
        seen = verify.Seen(self._show_progress)
        try:
            count = self._show_faults(_faults(options, seen=seen))
        except verify_export.Unusable as wrong:
            raise CommandError(str(wrong)) from None
        except KeyboardInterrupt:
            if seen.sealed_upto:
                self.stderr.write(f"Stopped. To go on: --after SEAL-{seen.sealed_upto}")
            raise
        self._conclude(seen, count)

    def _show_faults(self, faults: Iterator[verify.Fault]) -> int:
        count = 0
        for fault in faults:
            count += 1  # Not enumerate: what `seen` counts is only right once all are read.
            self.stdout.write(f"✗ {fault.message}")
        return count

    def _conclude(self, seen: verify.Seen, count: int) -> None:
        for note in seen.notes:
            self.stderr.write(f"Note: {note}")
        told = f"{seen.events} events of {seen.subjects} subjects, {seen.rows} rows"
        if newest := making.newest():
            seals = "seal" if seen.seals == 1 else "seals"
            told += f", {seen.seals} {seals} ({seen.unsealed} events not sealed yet)"
            self.stderr.write(f"The newest seal, to be kept elsewhere: {naming.anchor(newest)}")
        if count:
            self.stdout.write(
                f"{count} {'fault' if count == 1 else 'faults'} in {told}. Compare with a backup, "
                "and look at who can write to the database."
            )
            sys.exit(1)
        self.stdout.write(f"✓ {told}: all as recorded.")

    def _show_progress(self, seen: verify.Seen) -> None:
        upto = f", up to SEAL-{seen.sealed_upto}" if seen.sealed_upto else ""
        self.stderr.write(f"… {seen.events} events, {seen.rows} rows{upto}")


def _faults(options: dict[str, Any], *, seen: verify.Seen) -> Iterator[verify.Fault]:
    """Those of the database, and then the seals that were kept elsewhere."""
    given, known = options["public_key"], options["after"]
    yield from verify.faults(
        rows=ROWS,
        seen=seen,
        besides=ANSWERS,
        after=_seal(*known) if known else None,
        public=verify_export.public_keys(given) if given else None,
    )
    for number, digest in options["expect"]:
        if fault := checking.expected(number=number, kept=digest):
            yield fault


def _exported(options: dict[str, Any]) -> int:
    """Verify a file; answers the exit code."""
    if not options["public_key"]:
        raise CommandError(f"Name a file with {USUAL_KEYS}: --public-key FILE")
    words: list[Any] = [options["export"], "--public-key", options["public_key"]]
    if options["previous"]:
        words += ["--previous", options["previous"]]
    if options["after"]:
        words += ["--after", _written(options["after"])]
    for one in options["expect"]:
        words += ["--expect", _written(one)]
    return verify_export.main([str(word) for word in words])


def _written(kept: tuple[int, str]) -> str:
    number, digest = kept
    return f"SEAL-{number}:{digest}" if digest else f"SEAL-{number}"


def _seal(number: int, digest: str) -> Seal:
    """The seal to go on from, which must be the one that was verified."""
    if fault := checking.expected(number=number, kept=digest):
        raise CommandError(fault.message)
    return naming.by_ref(f"SEAL-{number}")


def _kept(text: str) -> tuple[int, str]:
    try:
        return naming.kept(text)
    except ValueError as wrong:
        raise ArgumentTypeError(str(wrong)) from None
