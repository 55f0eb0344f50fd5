"""Components on the record: kept, and said to stand one way until somebody says otherwise."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from catalog.models import Service, User
from incidents.models import Component, SetHealth
from ledger import rows, timeline


@transaction.atomic
def keep(
    component: Component, *, services: Sequence[Service], actor: User, now: datetime
) -> Component:
    """Make a component, or change it; nothing is recorded where nothing is.

    Raises `ValidationError`.
    """
    component.full_clean()
    before = digest(Component.objects.get(pk=component.pk)) if component.pk else ""
    component.save()
    component.services.set(services)
    if digest(component) != before:
        verb = "component.edited" if before else "component.created"
        told = {"name": component.name, "services": sorted(one.slug for one in services)}
        _record(component, verb, actor=actor, now=now, told=told)
    return component


@transaction.atomic
def say(*, component: Component, health: str, actor: User, now: datetime) -> None:
    """Say how a component stands, whatever incidents say; with "" they speak again."""
    Component.objects.select_for_update().get(pk=component.pk)
    standing = SetHealth.objects.filter(component=component, ends_at=None).first()
    if (standing.health if standing else "") == health:
        return
    if standing is not None:
        standing.ends_at = now
        standing.save(update_fields=["ends_at"])
    if health:
        said = SetHealth(component=component, health=health, starts_at=now, set_by=actor)
        said.full_clean()
        said.save(force_insert=True)
    told = {"health": health or "as incidents say"}
    _record(component, "component.set", actor=actor, now=now, told=told)


def digest(component: Component) -> str:
    """SHA-256 over the component, its services and how it was said to stand."""
    slugs = sorted(component.services.values_list("slug", flat=True))
    said = [
        [one.health, one.starts_at, one.ends_at, one.set_by_id]
        for one in component.set_healths.order_by("pk")
    ]
    return rows.digest(component, besides={"services": slugs, "said": said})


def row_digests() -> Iterator[tuple[str, str]]:
    """(ref, digest) of every component."""
    return ((one.ref, digest(one)) for one in Component.objects.order_by("pk"))


def _record(
    component: Component, verb: str, *, actor: User, now: datetime, told: dict[str, Any]
) -> None:
    timeline.record(
        subject=component.ref,
        verb=verb,
        actor=actor.username,
        at=now,
        data={**told, "row_digest": digest(component)},
    )
