"""Finding a slot while a change is written: the best free periods, and taking one over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from catalog.models import User
from changes.models import Change
from changes.policies.slots import Slot
from changes.queries.slots import LONGEST, SHORTEST, Sought, slots
from changes.web.fields import local_text
from changes.windows import Interval

SHOWN: Final = 5
LENGTHS: Final = [
    (15, "15 min"),
    (30, "30 min"),
    (60, "1 h"),
    (120, "2 h"),
    (240, "4 h"),
    (480, "8 h"),
]
DAYS: Final = [(7, "7 days"), (14, "14 days"), (30, "30 days"), (60, "60 days")]
FIND, TAKE = "find_slot", "take_slot"


class FinderForm(forms.Form):
    """How long it takes, and how far to look."""

    slot_minutes = forms.TypedChoiceField(coerce=int, label="It takes", choices=LENGTHS)
    slot_days = forms.TypedChoiceField(coerce=int, label="Look ahead", choices=DAYS, initial=14)


@dataclass(frozen=True, slots=True)
class Choice:
    """One slot; `taken` is what its button sends, `url` where a change is planned there."""

    slot: Slot
    taken: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Finder:
    """What templates/components/slots.html shows; `words` say what is missing or in the way."""

    form: FinderForm
    choices: tuple[Choice, ...] = ()
    words: str = ""
    searched: bool = False


def taken_over(sent: QueryDict) -> QueryDict:
    """What was sent, with the slot that was taken as its planned period, if one was."""
    starts, _, ends = sent.get(TAKE, "").partition("/")
    try:
        period = Interval(datetime.fromisoformat(starts), datetime.fromisoformat(ends))
    except ValueError:
        return sent
    if period.starts_at.tzinfo is None or period.ends_at.tzinfo is None:
        return sent
    filled = sent.copy()
    filled["planned_start_at"] = local_text(period.starts_at)
    filled["planned_end_at"] = local_text(period.ends_at)
    return filled


def finder(
    request: HttpRequest,
    values: Mapping[str, Any],
    *,
    change: Change | None,
    risk: str,
    reader: User,
    now: datetime,
) -> Finder:
    """The finder, with the best slots for what is written where they were asked for."""
    asked = FIND in request.POST
    form = FinderForm(request.POST if asked else None, initial=_initial(values), label_suffix="")
    if not asked:
        return Finder(form)
    service, environment = values.get("service"), values.get("environment")
    if service is None or environment is None:
        return Finder(form, words="Name the service and the environment first.", searched=True)
    if not form.is_valid():
        return Finder(form, words="Choose how long it takes and how far to look.", searched=True)
    sought = Sought(
        service=service.slug,
        environment=environment.slug,
        duration=timedelta(minutes=form.cleaned_data["slot_minutes"]),
        within=Interval(now, now + timedelta(days=form.cleaned_data["slot_days"])),
        kind=str(values.get("kind") or "normal"),
        category=str(values.get("category") or ""),
        risk=risk,
        own=change.ref if change else "",
    )
    found = slots(sought, count=SHOWN, actor=reader, now=now)
    return Finder(form, tuple(_choice(one) for one in found.slots), found.says, searched=True)


def elsewhere(
    *, service: str, environment: str, kind: str, after: datetime, reader: User, now: datetime
) -> list[Choice]:
    """The best three hours of the two weeks from `after` on, each a link to plan a change there."""
    begin = max(after, now)
    sought = Sought(
        service=service,
        environment=environment,
        duration=timedelta(hours=1),
        within=Interval(begin, begin + timedelta(days=14)),
        kind=kind,
    )
    found = slots(sought, count=3, actor=reader, now=now)
    place = {"service": service, "environment": environment}
    return [
        Choice(
            slot,
            url=f"{reverse('change-new')}?"
            + urlencode(
                {
                    **place,
                    "start": slot.period.starts_at.isoformat(),
                    "end": slot.period.ends_at.isoformat(),
                }
            ),
        )
        for slot in found.slots
    ]


def _choice(slot: Slot) -> Choice:
    period = slot.period
    return Choice(slot, taken=f"{period.starts_at.isoformat()}/{period.ends_at.isoformat()}")


def _initial(values: Mapping[str, Any]) -> dict[str, Any]:
    """As long as it is planned now, where that is one of the lengths; an hour otherwise."""
    starts, ends = values.get("planned_start_at"), values.get("planned_end_at")
    planned = ends - starts if starts and ends else timedelta(hours=1)
    minutes = int(min(max(planned, SHORTEST), LONGEST) / timedelta(minutes=1))
    closest = min((length for length, _ in LENGTHS), key=lambda one: abs(one - minutes))
    return {"slot_minutes": closest, "slot_days": 14}
