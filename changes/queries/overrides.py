"""Reads of overrides: one by its ref, what a freeze may be overridden for, reviews that wait."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from catalog.models import Environment, Service, User
from catalog.roles import AUDITORS, CAB, CHANGE_MANAGERS, ON_CALL, roles_of
from changes import windows
from changes.models import Change, Override, Window
from changes.policies import overriding
from changes.policies.facts import OverdueReview, OverrideFacts
from changes.policies.overriding import Asker, Case
from changes.queries import scope_sql
from changes.queries.calendar import rule_of, touching
from changes.windows import Interval
from changes.windows.scope import Place
from ledger.decision import Decision

_REF = re.compile(r"OVR-([1-9][0-9]{0,17})", re.IGNORECASE | re.ASCII)
JOINED = (
    "change__author",
    "change__last_editor",
    "change__implementer",
    "change__started_by",
    "service__owner_team",
    "environment",
    "incident",
    "requested_by",
    "confirmed_by",
    "withdrawn_by",
    "reviewed_by",
)
REVIEWERS = frozenset({CAB, CHANGE_MANAGERS})
OVERRIDERS = frozenset({CAB, CHANGE_MANAGERS, ON_CALL})
SAID = ("confirm", "withdraw", "review")
PAGE = 50
LOOKED_AT = 40
OWING = Q(review_due_at__isnull=False, reviewed_at__isnull=True)


Opened = tuple[OverrideFacts, ...]


class NoSuchOverride(LookupError):
    """No override has this ref."""

    def __init__(self, ref: str) -> None:
        self.ref = ref
        super().__init__(f"There is no override {ref}.")


@dataclass(frozen=True, slots=True)
class Freeze:
    """A blocking freeze that touches a period, who may override it, and how soon it is reviewed."""

    ref: str
    name: str
    role: str
    review_days: int


def by_ref(*, ref: str, lock: bool = False) -> Override:
    """The override `OVR-3`, its row locked until the transaction ends if asked.

    Raises `NoSuchOverride`.
    """
    match = _REF.fullmatch(ref.strip())
    rows = Override.objects.select_related(*JOINED)
    rows = rows.select_for_update(of=("self",)) if lock else rows
    found = rows.filter(pk=int(match[1])).first() if match else None
    if found is None:
        raise NoSuchOverride(ref)
    return found


def freezes(
    *, service: Service, environment: Environment, change: Change | None, within: Interval
) -> list[Freeze]:
    """The active blocking freezes over a place that touch a period, by name. Two statements.

    With no change those are counted that hold for a low-risk normal one. `service` has its team
    joined.
    """
    place = Place(
        team=service.owner_team.slug,
        service=service.slug,
        environment=environment.slug,
        tier=service.tier,
        kind=change.kind if change else "normal",
        category=change.category if change else None,
        risk=change.risk_level if change else "low",
    )
    rows = (
        touching(within)
        .filter(
            scope_sql.covering(place),
            effect=Window.EffectWord.FREEZE,
            level=Window.LevelWord.BLOCK,
        )
        .order_by("name")
    )
    zone = service.owner_team.time_zone
    return [
        Freeze(row.ref, row.name, row.override_by, row.override_review_days)
        for row in rows
        if windows.occurrences([rule_of(row, zone=zone)], within)
    ]


def asker(user: User) -> Asker:
    """Who asks, as the rules look at them."""
    roles = roles_of(user)
    return Asker(
        username=user.username,
        roles=roles,
        is_superuser=user.is_superuser,
        is_active=user.is_active,
        is_robot=user.is_robot,
        is_auditor=AUDITORS in roles,
    )


def case_of(row: Override) -> Case:
    """An override as the rules look at it; its people are joined."""
    return Case(
        ref=row.ref,
        place=row.place,
        roles=frozenset(row.roles),
        period=Interval(row.starts_at, row.expires_at),
        involved=involved(row.change),
        requested_by=row.requested_by.username,
        confirmed_by=row.confirmed_by.username if row.confirmed_by else "",
        withdrawn_at=row.withdrawn_at,
        reviewed_by=row.reviewed_by.username if row.reviewed_by else "",
        may_review=REVIEWERS,
    )


def involved(change: Change | None) -> frozenset[str]:
    """The usernames of who wrote, last revised, implements or started a change."""
    if change is None:
        return frozenset()
    people = (change.author, change.last_editor, change.implementer, change.started_by)
    return frozenset(one.username for one in people if one is not None)


def decisions(row: Override, *, actor: User, now: datetime) -> dict[str, Decision]:
    """For each verb somebody may say of an override: whether they may now, and why not."""
    case, who = case_of(row), asker(actor)
    return {verb: overriding.may(verb, case, who, now=now) for verb in SAID}


def overlapping(
    *, change: Change | None, service: Service, environment: Environment, period: Interval
) -> Override | None:
    """An override of the same scope that takes part of a period, if there is one."""
    rows = Override.objects.select_related(*JOINED).filter(
        Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=F("starts_at")),
        starts_at__lt=period.ends_at,
        expires_at__gt=period.starts_at,
    )
    rows = rows.exclude(withdrawn_at__lte=period.starts_at)
    if change is not None:
        return rows.filter(change=change).first()
    return rows.filter(change__isnull=True, service=service, environment=environment).first()


def overdue(*, service: Service, now: datetime) -> tuple[OverdueReview, ...]:
    """Overrides on a service whose review is late, the longest due first."""
    rows = Override.objects.filter(OWING, service=service, review_due_at__lte=now)
    return tuple(
        OverdueReview(row.ref, row.review_due_at)
        for row in rows.order_by("review_due_at", "id")[:5]
        if row.review_due_at is not None
    )


def of_change(change: Change) -> list[Override]:
    """Every override there ever was of a change, the newest first, with its people joined."""
    return list(Override.objects.select_related(*JOINED).filter(change=change).order_by("-id"))


def of_places(services: Sequence[int], *, now: datetime) -> dict[tuple[int, int], Opened]:
    """What is overridden for every change of services, by service and environment key, from now on.

    One statement.
    """
    rows = Override.objects.select_related(
        "service", "environment", "requested_by", "confirmed_by"
    ).filter(
        Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=now),
        change__isnull=True,
        confirmed_at__isnull=False,
        service__in=services,
        expires_at__gt=now,
    )
    found: dict[tuple[int, int], Opened] = {}
    for row in rows.order_by("id"):
        if row.confirmed_at and row.confirmed_by and row.review_due_at:
            key = (row.service_id, row.environment_id)
            ends = min(row.expires_at, row.withdrawn_at or row.expires_at)
            one = OverrideFacts(
                ref=row.ref,
                place=row.place,
                windows=frozenset(row.windows),
                period=Interval(max(row.starts_at, row.confirmed_at), ends),
                requested_by=row.requested_by.username,
                confirmed_by=row.confirmed_by.username,
                reason=row.reason,
                review_due_at=row.review_due_at,
                reviewed=row.reviewed_at is not None,
            )
            found[key] = (*found.get(key, ()), one)
    return found


def newest(*, before: int | None = None, count: int = PAGE) -> list[Override]:
    """Overrides, the newest first, those with a smaller key than `before`. One statement."""
    rows = Override.objects.select_related(*JOINED).order_by("-id")
    return list((rows.filter(pk__lt=before) if before else rows)[:count])


def waiting_for(*, user: User, now: datetime) -> list[tuple[Override, str]]:
    """What a person could confirm or review now, with the verb; what is due first comes first.

    One statement; none for people of no group that overrides or reviews.
    """
    who = asker(user)
    if not who.is_superuser and not who.roles & OVERRIDERS:
        return []
    rows = (
        Override.objects.select_related(*JOINED)
        .filter(
            Q(confirmed_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now)
            | OWING & (Q(expires_at__lte=now) | Q(withdrawn_at__isnull=False))
        )
        .order_by("review_due_at", "expires_at", "id")[:LOOKED_AT]
    )
    return [
        (row, verb)
        for row in rows
        if (verb := "review" if row.confirmed_at else "confirm")
        and overriding.may(verb, case_of(row), who, now=now).allowed
    ]
