"""The ledger for auditors: its newest seals, what signed them, and files to verify elsewhere."""

import gzip
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from catalog.models import User
from changes import audit
from changes.web.reader import reader
from ledger import timeline
from ledger.models import Seal
from ledger.seals import SUBJECT, exporting, making, naming, standing

#: How many events are exported over HTTP at once: beyond it a worker would be held for seconds.
AT_MOST: Final = 50_000
EXPORTED: Final = "ledger.exported"
LONGEST_NUMBER: Final = 18


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The newest seals, or those before the one that the address names."""
    _demand(reader(request))
    return _shown(request)


@login_required
@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """Some seals with their events as a file; that it was taken is recorded."""
    who = reader(request)
    _demand(who)
    try:
        after, upto = _chosen(request)
    except ValueError as wrong:
        return _shown(request, wrong=str(wrong), status=422)
    aside = TemporaryFile()  # noqa: SIM115 the answer closes it
    now = timezone.now()
    lines = exporting.lines(after=after, upto=upto, now=now, progress=lambda seal: None)
    try:
        with gzip.GzipFile(fileobj=aside, mode="wb", compresslevel=1, mtime=0) as packed:
            packed.writelines(lines)
        with transaction.atomic():
            told = {"after": after.number if after else 0, "upto": upto.number}
            timeline.record(subject=SUBJECT, verb=EXPORTED, actor=who.username, at=now, data=told)
    except BaseException:
        aside.close()
        raise
    aside.seek(0)
    first = after.number + 1 if after else 1
    name = f"ledger-{first}-{upto.number}.jsonl.gz"
    return FileResponse(aside, as_attachment=True, filename=name, content_type="application/gzip")


@login_required
@require_safe
def verifier(request: HttpRequest) -> FileResponse:
    """The program that verifies an export by itself."""
    _demand(reader(request))
    file = Path(exporting.__file__).with_name("verify_export.py")
    return FileResponse(file.open("rb"), as_attachment=True, content_type="text/x-python")


def _demand(who: User) -> None:
    audit.demand_auditor(who, verb="read the ledger", does="read the ledger's seals")


def _chosen(request: HttpRequest) -> tuple[Seal | None, Seal]:
    """The seal before the first and the last; raises `ValueError` with a sentence."""
    try:
        first = naming.by_ref(request.POST.get("from", "").strip().upper())
        upto = naming.by_ref(request.POST.get("to", "").strip().upper())
    except naming.NoSuchSeal as missing:
        raise ValueError(str(missing)) from None
    if upto.number < first.number:
        raise ValueError(f"{upto.ref} comes before {first.ref}: swap them.")
    if standing.events_of(first=first.number, last=upto.number) > AT_MOST:
        raise ValueError(
            f"These hold more than {AT_MOST:,} events. Take fewer seals, or run "
            "./run manage export_ledger on the server."
        )
    return Seal.objects.filter(number=first.number - 1).first(), upto


def _shown(request: HttpRequest, *, wrong: str = "", status: int = 200) -> HttpResponse:
    before = request.GET.get("before", "")
    known = before.isascii() and before.isdecimal() and len(before) <= LONGEST_NUMBER
    shown = standing.page(before=int(before) if known else 0)
    newest = making.newest()
    context: dict[str, Any] = {
        "section": "audit",
        "page": shown,
        "pager": {"older_url": f"?before={shown.older}" if shown.older else ""},
        "newest": newest,
        "anchor": naming.anchor(newest) if newest else "",
        "unsealed": standing.unsealed(),
        "keys": standing.keys(),
        "wrong": wrong,
        "given": {name: request.POST.get(name, "") for name in ("from", "to")},
    }
    return render(request, "changes/ledger.html", context, status=status)
