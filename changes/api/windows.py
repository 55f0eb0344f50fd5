"""`/windows`: freezes and maintenance windows, and when they hold."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, answers
from catalog.pagination import NewestFirst
from catalog.scopes import HasScope
from catalog.wire import asked, taken
from changes import calendar
from changes.api import window_examples
from changes.api.view import ApiView, reach_of
from changes.api.window_shapes import (
    DryRun,
    NewWindow,
    OccurrencesAsked,
    WindowFields,
    WindowsAsked,
    clock,
    iso_length,
)
from changes.api.windows_shown import OccurrenceShown, WindowSaved, WindowShown, WindowsPage
from changes.models import Window
from changes.queries import previews
from changes.queries.calendar import Held, occurrences, window_by_ref
from changes.windows import Interval
from changes.windows.scope import DIMENSIONS, EXCEPT
from ledger.decision import rfc3339
from ledger.idempotency import idempotent

LONGEST = timedelta(days=92)
_ONE_OFF = ("starts_at", "ends_at")
_CALENDAR = ("ics_url", "holidays")
_RECURRING = ("recurrence", "first_date", "start_time", "duration")
_UP_TO = "standard_up_to_risk"
_WIRE = {
    "is_active": "active",
    **{many: f"scope.{many}" for many in DIMENSIONS},
    **{EXCEPT + many: f"scope.except.{many}" for many in (*DIMENSIONS, _UP_TO)},
}


class CalendarView(ApiView):
    """Reading asks changes:read; writing windows:write, and a change manager."""

    permission_classes = (HasScope("changes:read", write="windows:write"),)


class Windows(CalendarView):
    """Freezes and maintenance windows."""

    @extend_schema(
        operation_id="windows_list",
        parameters=[WindowsAsked],
        responses=answers({200: WindowsPage}, *READING),
    )
    def get(self, request: Request) -> Response:
        """List windows, newest first, inactive ones too unless `active` is asked."""
        given = asked(WindowsAsked, request.query_params)
        rows = Window.objects.select_related("calendar").defer("calendar__text")
        if "effect" in given:
            rows = rows.filter(effect=given["effect"])
        if "active" in given:
            rows = rows.filter(is_active=given["active"] == "true")
        pages = NewestFirst()
        found = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([shown(row) for row in found])

    @extend_schema(
        operation_id="windows_create",
        parameters=[IDEMPOTENCY_KEY, DryRun],
        request=NewWindow,
        responses=answers({200: WindowSaved, 201: WindowSaved}, *WRITING),
        examples=[window_examples.ONE_OFF, window_examples.RECURRING],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Open a window. Only change managers write the calendar.

        A dry run saves nothing and answers 200 with the next times it would hold.
        """
        dry = asked(DryRun, request.query_params)["dry_run"] == "true"
        write = calendar.tried if dry else calendar.create
        window = _written(write, request, taken(NewWindow, request.data))
        return Response(saved(window, now=timezone.now()), status=200 if dry else 201)


class OneWindow(CalendarView):
    """One window."""

    @extend_schema(
        operation_id="windows_read", responses=answers({200: WindowShown}, *READING, 404)
    )
    def get(self, request: Request, ref: str) -> Response:
        """Read a window."""
        return Response(shown(window_by_ref(ref=ref)))

    @extend_schema(
        operation_id="windows_edit",
        parameters=[IDEMPOTENCY_KEY, DryRun],
        request=WindowFields,
        responses=answers({200: WindowSaved}, *WRITING, 404),
        examples=[window_examples.WINDOW_EDIT],
    )
    @idempotent
    def patch(self, request: Request, ref: str) -> Response:
        """Edit a window. Giving a recurrence makes a one-off recur, and the other way round."""
        dry = asked(DryRun, request.query_params)["dry_run"] == "true"
        write = partial(calendar.tried if dry else calendar.edit, ref=ref)
        window = _written(write, request, taken(WindowFields, request.data))
        return Response(saved(window, now=timezone.now()))

    @extend_schema(
        operation_id="windows_deactivate",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses=answers({200: WindowShown}, *WRITING, 404),
    )
    @idempotent
    def delete(self, request: Request, ref: str) -> Response:
        """Deactivate a window. It is kept, for answers of the gate name it."""
        window = calendar.deactivate(
            ref=ref, actor=actor_of(request), now=timezone.now(), reach=reach_of(request)
        )
        return Response(shown(window))


class Occurrences(CalendarView):
    """When windows hold."""

    @extend_schema(
        operation_id="windows_occurrences",
        parameters=[OccurrencesAsked],
        responses=answers({200: OccurrenceShown(many=True)}, *READING),
    )
    def get(self, request: Request) -> Response:
        """When active windows hold in a period, earliest first."""
        given = asked(OccurrencesAsked, request.query_params)
        within = Interval(given["from"], given["to"])
        if within.ends_at <= within.starts_at:
            raise ValidationError({"to": "It must come after from."})
        if within.ends_at - within.starts_at > LONGEST:
            raise ValidationError({"to": f"Ask for at most {LONGEST.days} days at once."})
        found = occurrences(
            within=within, service=given["service"], environment=given["environment"]
        )
        return Response([occurrence(one) for one in found])


def _written(write: Callable[..., Window], request: Request, given: Mapping[str, Any]) -> Window:
    """What the calendar makes of the fields, its sentences under the names the wire uses."""
    try:
        return write(
            fields=as_fields(given),
            file=str(given.get("ics", "")).encode(),
            actor=actor_of(request),
            now=timezone.now(),
            reach=reach_of(request),
        )
    except ValidationError as wrong:
        raise on_the_wire(wrong) from None


def as_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """The wire's fields as the model names them; the kind of time that was not given is cleared."""
    told_apart = ("scope", "active", "ics")
    plain = {name: value for name, value in given.items() if name not in told_apart}
    scope = dict(given.get("scope", {}))
    if "active" in given:
        plain["is_active"] = given["active"]
    if "except" in scope:
        excepted = scope.pop("except")
        if _UP_TO in excepted:
            excepted[_UP_TO] = excepted[_UP_TO] or ""
        plain |= {EXCEPT + many: some for many, some in excepted.items()}
    return {**_cleared(plain, is_file=bool(given.get("ics"))), **plain, **scope}


def _cleared(plain: Mapping[str, Any], *, is_file: bool) -> dict[str, Any]:
    """Empty values for the kinds of time that were not given, if one was."""
    no_calendar = dict.fromkeys(_CALENDAR, "")
    no_rule = {**dict.fromkeys(_RECURRING), "recurrence": ""}
    if plain.get("recurrence"):
        return {**dict.fromkeys(_ONE_OFF), **no_calendar}
    if plain.get("starts_at") and plain.get("ends_at"):
        return {**no_rule, **no_calendar}
    if is_file or any(plain.get(name) for name in _CALENDAR):
        return {**dict.fromkeys(_ONE_OFF), **no_rule, **no_calendar}
    return {}


def on_the_wire(wrong: ValidationError) -> ValidationError:
    """The same sentences under the names the wire uses."""
    named: dict[str, list[str]] = {}
    for name, sentences in wrong.message_dict.items():
        named[_WIRE.get(name, name)] = sentences
    return ValidationError(named)


def saved(row: Window, *, now: datetime) -> dict[str, Any]:
    """`WindowSaved`."""
    found = previews.shown(row, now=now)
    times = [
        {
            "zones": each.zones,
            "occurrences": [
                {
                    "starts_at": rfc3339(one.interval.starts_at),
                    "ends_at": rfc3339(one.interval.ends_at),
                    "reason": one.reason,
                }
                for one in each.occurrences
            ],
        }
        for each in found.times
    ]
    warnings = [{"code": one.code, "message": one.message} for one in found.cautions]
    return {**shown(row), "preview": {"times": times, "warnings": warnings}}


def shown(row: Window) -> dict[str, Any]:
    """`WindowShown`."""
    return {
        "ref": row.ref if row.pk else None,
        "name": row.name,
        "effect": row.effect,
        "level": row.level,
        "reason": row.reason,
        "in_flight": row.in_flight,
        "active": row.is_active,
        "override_by": row.override_by,
        "override_review_days": row.override_review_days,
        "scope": {
            **{many: getattr(row, many) for many in DIMENSIONS},
            "except": {
                **{many: getattr(row, EXCEPT + many) for many in DIMENSIONS},
                _UP_TO: row.except_standard_up_to_risk or None,
            },
        },
        "starts_at": rfc3339(row.starts_at),
        "ends_at": rfc3339(row.ends_at),
        "recurrence": row.recurrence,
        "first_date": row.first_date.isoformat() if row.first_date else None,
        "start_time": clock(row.start_time) if row.start_time else None,
        "duration": iso_length(row.duration) if row.duration else None,
        "time_zone": row.time_zone,
        "ics_url": row.ics_url,
        "holidays": row.holidays,
        "calendar": _calendar(row),
    }


def _calendar(row: Window) -> dict[str, Any] | None:
    """`CalendarShown`, of a window that has one and is saved."""
    kept = getattr(row, "calendar", None) if row.pk else None
    if kept is None or row.source == Window.Source.TIMES:
        return None
    return {
        "source": row.source,
        "polled_at": rfc3339(kept.polled_at),
        "good_at": rfc3339(kept.good_at),
        "failed_at": rfc3339(kept.failed_at),
        "failure": kept.failure,
        "read_until": rfc3339(kept.read_until),
        "digest": kept.digest,
    }


def occurrence(held: Held) -> dict[str, Any]:
    """`OccurrenceShown`."""
    one = held.occurrence
    return {
        "window": held.window,
        "name": one.name,
        "effect": str(one.effect),
        "level": str(one.level),
        "reason": one.reason,
        "starts_at": rfc3339(one.interval.starts_at),
        "ends_at": rfc3339(one.interval.ends_at),
        "time_zone": one.zone,
    }
