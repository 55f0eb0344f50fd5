"""The button “Try it on the past” of the forms of rules and freezes."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from catalog.actors import actor_of
from changes.models import Backtest
from ledger.decision import Refused

DAYS = "90"


def tried(
    ask: Callable[..., Backtest], form: forms.ModelForm, request: HttpRequest
) -> HttpResponse | None:
    """Start a run of what the form says, unsaved; None where the form then says why not."""
    if not form.is_valid():
        return None
    days = request.POST.get("try_days") or DAYS
    try:
        number = int(days) if days.isascii() and days.isdecimal() else 0
        row: Any = form.instance
        job = ask(row, days=number, actor=actor_of(request), now=timezone.now())
    except ValidationError as wrong:
        form.add_error(None, wrong.messages)
    except Refused as refused:
        form.add_error(None, str(refused))
    else:
        return HttpResponseRedirect(job.get_absolute_url())
    return None
