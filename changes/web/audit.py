"""What auditors take away: counts of a period, a sample with its evidence, the whole as a file."""

import zipfile
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any

import orjson
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from catalog.models import User
from changes import audit
from changes.audit import CountsDiffer
from changes.audit.exporting import FORMS
from changes.models.choices import KindWord, OutcomeWord, StateWord
from changes.queries import population as found
from changes.queries.population import Counts, Population
from changes.web.audit_form import AuditForm, SampleForm
from changes.web.reader import reader

FLAG_WORDS = {
    "emergency": "Emergencies, broken glass among them",
    "overridden": "With a freeze overridden for them",
    "without_approval": "Started, and never approved",
    "deployed_without_permit": "Deployed without a permit of the gate",
}
WORDS = {"kind": KindWord, "state": StateWord, "outcome": OutcomeWord}


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The population that the address asks for: its counts, and a sample where one is drawn."""
    audit.demand_auditor(reader(request), verb="read populations")
    asks = any(name in request.GET for name in AuditForm.base_fields)
    form = AuditForm(request.GET if asks else None, today=timezone.localdate())
    draws = "seed" in request.GET or "n" in request.GET
    sampling = SampleForm(request.GET if draws else None)
    asked = form.population() if asks else None
    context: dict[str, Any] = {"section": "audit", "form": form, "sampling": sampling}
    if asked is not None:
        context |= _found(asked, form=form)
        if draws and sampling.is_valid():
            seed, count = sampling.cleaned_data["seed"], sampling.cleaned_data["n"]
            context["sample"] = found.sample(asked, seed=seed, count=count)
    status = 422 if form.errors or sampling.errors else 200
    return render(request, "changes/audit.html", context, status=status)


@login_required
@require_POST
def download(request: HttpRequest) -> HttpResponseBase:
    """The population with its manifest as one ZIP file; that it was taken is recorded."""
    who, now = reader(request), timezone.now()
    audit.demand_auditor(who)
    form = AuditForm(request.POST, today=timezone.localdate())
    kind = request.POST.get("as", "csv")
    asked = form.population()
    if asked is None or kind not in FORMS:
        context = {"section": "audit", "form": form, "sampling": SampleForm(None)}
        return render(request, "changes/audit.html", context, status=422)
    counted = found.counts(asked)
    if counted["total"][""] > audit.AT_MOST:
        context = {"sampling": SampleForm(None), **_shown(asked, counted, form=form)}
        return render(request, "changes/audit.html", context, status=422)
    try:
        return _zipped(asked, kind=kind, who=who, now=now)
    except CountsDiffer as differ:
        context = {"sampling": SampleForm(None), **_shown(asked, counted, form=form)}
        context["differ"] = differ
        return render(request, "changes/audit.html", context, status=500)


def _zipped(asked: Population, *, kind: str, who: User, now: datetime) -> FileResponse:
    name = f"population-{asked.since:%Y%m%d}-{asked.until:%Y%m%d}"
    aside = TemporaryFile()  # noqa: SIM115 the answer closes it
    try:
        with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            with packed.open(f"population.{kind}", "w", force_zip64=True) as file:
                manifest = audit.export(asked, form=kind, into=file, actor=who, now=now)
            told = orjson.dumps(manifest.as_json(), option=orjson.OPT_INDENT_2)
            packed.writestr("manifest.json", told)
    except BaseException:
        aside.close()
        raise
    aside.seek(0)
    return FileResponse(aside, as_attachment=True, filename=f"{name}.zip")


def _found(asked: Population, *, form: AuditForm) -> dict[str, Any]:
    return _shown(asked, found.counts(asked), form=form)


def _shown(asked: Population, counted: Counts, *, form: AuditForm) -> dict[str, Any]:
    total = counted["total"][""]
    return {
        "section": "audit",
        "form": form,
        "asked": asked,
        "means": found.BY[asked.by],
        "total": total,
        "too_many": total > audit.AT_MOST,
        "most": audit.AT_MOST,
        "groups": [(name.capitalize(), _lines(name, counted[name])) for name in found.GROUPS],
        "flags": [(words, counted[name]["yes"]) for name, words in FLAG_WORDS.items()],
        "without_change": found.questions_without_change(asked),
    }


def _lines(name: str, counted: dict[str, int]) -> list[tuple[str, int]]:
    """The values of a group in the words of pages."""
    words = WORDS.get(name)
    return [
        (str(words(value).label) if words and value else value or "None", number)
        for value, number in counted.items()
    ]
