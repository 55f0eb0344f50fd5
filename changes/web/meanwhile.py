"""Two people edited one change: what the other wrote is named, and nothing typed is lost. Pure.

# Note [Merging an edit]
The form that was sent shows an older edition. A field the person did not touch takes the other's
value; a field both touched keeps what the person typed and is named. Saving again then says so
knowingly.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.http import QueryDict

from changes.models import Change
from changes.shown.words import INSTANTS, label_of
from changes.web.change_form import ChangeForm, written
from changes.web.fields import local_text
from ledger.decision import rfc3339
from ledger.models import Event


def merged(
    form: ChangeForm, change: Change, *, sent: QueryDict, events: Iterable[Event], seen: int
) -> tuple[ChangeForm, list[str]]:
    """The form to show again, and the labels of fields that both people changed.

    `events` are those since the form was opened; `change` is the row as it is now.
    """
    theirs = _diff(events)
    fresh = ChangeForm(initial=written(change), change=change, template=form.template)
    mine = form.values()
    kept, clashes = sent.copy(), []
    for name, (before, after) in theirs.items():
        if name not in form.fields or _same(name, mine.get(name), after):
            continue
        if _same(name, mine.get(name), before):
            kept[name] = _typed(fresh, name)
        else:
            clashes.append(label_of(name))
    kept["edition"], kept["seen"] = str(change.edition), str(seen)
    again = ChangeForm(kept, initial=written(change), change=change, template=form.template)
    return again, clashes


def _diff(events: Iterable[Event]) -> dict[str, tuple[Any, Any]]:
    """Each field with its first value and its last."""
    found: dict[str, tuple[Any, Any]] = {}
    for event in events:
        changed: Mapping[str, list[Any]] = event.data.get("diff") or {}
        for name, (before, after) in changed.items():
            found[name] = (found.get(name, (before, None))[0], after)
    return found


def _same(name: str, typed: Any, stored: Any) -> bool:
    """Whether a form's value says what the ledger stores."""
    if name in INSTANTS and isinstance(typed, datetime) and isinstance(stored, str):
        return local_text(typed) == local_text(datetime.fromisoformat(stored))
    return _plain(typed) == _plain(stored)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    if isinstance(value, list):
        return sorted(str(_plain(one)) for one in value)
    if isinstance(value, datetime):
        return rfc3339(value)
    for name in ("slug", "ref", "username"):
        if hasattr(value, name):
            return getattr(value, name)
    return "" if value is None else value


def _typed(form: ChangeForm, name: str) -> str:
    """A field's present value as a browser would send it."""
    shown = form[name].value()
    return "" if shown is None else str(shown)
