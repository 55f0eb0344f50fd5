"""`manage.py export_population`: every change of a period, with a manifest beside the file."""

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from catalog.models import User
from catalog.time_zones import validate_time_zone
from changes import audit
from changes.audit import CountsDiffer, Manifest
from changes.audit.exporting import FORMS
from changes.queries.population import BY, Population
from ledger.decision import Refused


class Command(BaseCommand):
    """Writes FILE and FILE.manifest.json; nothing is left behind where it fails."""

    help = "Export every change of a period as CSV or JSON, counted twice, with a manifest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="Where to write it; the manifest goes beside it.")
        parser.add_argument("--from", dest="since", required=True, help="First day: 2026-01-01.")
        parser.add_argument("--to", dest="until", required=True, help="Last day, this day too.")
        parser.add_argument("--as", dest="username", required=True, help="An auditor.")
        parser.add_argument("--by", choices=sorted(BY), default="ended_at")
        parser.add_argument("--form", choices=FORMS, default="csv")
        parser.add_argument("--zone", default="UTC", help="Where days and months begin.")
        for kind in ("service", "environment", "team", "kind"):
            parser.add_argument(f"--{kind}", default="", help=f"Only this {kind}.")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = User.objects.filter(username=options["username"], is_active=True).first()
        if actor is None:
            raise CommandError(f"There is no active user {options['username']}. Name an auditor.")
        file = Path(options["file"])
        try:
            asked = _population(options)
            manifest = self._written(asked, file, form=options["form"], actor=actor)
        except ValidationError as wrong:
            raise CommandError(" ".join(wrong.messages)) from None
        except (Refused, CountsDiffer) as refused:
            raise CommandError(str(refused)) from None
        except OSError as problem:
            raise CommandError(f"{file} cannot be written: {problem.strerror}.") from None
        self.stderr.write(f"{manifest.rows:,} changes, SHA-256 {manifest.sha256}")

    def _written(self, asked: Population, file: Path, *, form: str, actor: User) -> Manifest:
        """Under another name first: a file that has its name is whole."""
        begun = file.with_name(f"{file.name}.part")
        try:
            with begun.open("wb") as opened:
                manifest = audit.export(
                    asked,
                    form=form,
                    into=opened,
                    actor=actor,
                    now=timezone.now(),
                    progress=lambda rows: self.stderr.write(f"{rows:,} changes written"),
                )
            text = json.dumps(manifest.as_json(), indent=2, ensure_ascii=False)
            file.with_name(f"{file.name}.manifest.json").write_text(text + "\n", encoding="utf-8")
            begun.replace(file)
        finally:
            begun.unlink(missing_ok=True)
        return manifest


def _population(options: dict[str, Any]) -> Population:
    validate_time_zone(options["zone"])
    narrowed = {name: options[name] for name in ("service", "environment", "team", "kind")}
    return audit.population(
        since=_midnight(options["since"], options["zone"]),
        until=_midnight(options["until"], options["zone"], after=1),
        by=options["by"],
        zone=options["zone"],
        **narrowed,
    )


def _midnight(text: str, zone: str, *, after: int = 0) -> datetime:
    try:
        day = date.fromisoformat(text) + timedelta(days=after)
    except (ValueError, OverflowError):
        raise CommandError(f"“{text}” is no day. Give one such as 2026-03-31.") from None
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
