"""Writing the Alertmanagers in which changes silence their alerts."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes.models import AlertmanagerServer
from changes.queries.names import missing, there_is_no
from changes.rulebook.addresses import why_never_asked
from ledger import rows, sealing, timeline
from ledger.keeping import demand_change_manager, differences, told

EDITABLE = (
    "slug",
    "name",
    "base_url",
    "services",
    "environments",
    "service_label",
    "environment_label",
    "longest",
    "is_active",
)
SLUGS = {"services": "service", "environments": "environment"}
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)
LONGEST_BEARER = 4000


@transaction.atomic
def save(
    server: AlertmanagerServer, *, bearer: str | None, actor: User, now: datetime
) -> AlertmanagerServer:
    """Keep a server; `bearer` is its token, "" for none, None for the one it has.

    The token is kept encrypted, and neither told nor shown again. Raises `ValidationError` with a
    sentence for each wrong field, and `Refused` when `actor` is no change manager.
    """
    before, diff = _checked(server, bearer=bearer, actor=actor)
    if bearer is not None:
        server.sealed_bearer = sealing.seal(bearer.encode()).decode() if bearer else ""
        diff["bearer"] = [bool(before and before.sealed_bearer), bool(bearer)]
    if before is not None and not diff:
        return server
    server.save()
    timeline.record(
        subject=server.ref,
        verb=f"alertmanager.{'edited' if before else 'created'}",
        actor=actor.username,
        at=now,
        data={
            "name": server.name,
            "is_active": server.is_active,
            **told(before, diff),
            "row_digest": rows.digest(AlertmanagerServer.objects.get(pk=server.pk)),
        },
    )
    return server


@transaction.atomic
def check(server: AlertmanagerServer, *, bearer: str | None, actor: User) -> None:
    """Raise what `save` would raise, and write nothing."""
    _checked(server, bearer=bearer, actor=actor)


def why_no_length(longest: timedelta) -> str:
    """Why a silence may not be so long; "" where it may."""
    fits = timedelta(minutes=1) <= longest <= timedelta(days=1)
    return "" if fits else "Give a length from one minute to a day."


def _checked(
    server: AlertmanagerServer, *, bearer: str | None, actor: User
) -> tuple[AlertmanagerServer | None, dict[str, list[Any]]]:
    ref = server.ref if server.pk else ""
    demand_change_manager("write server", actor=actor, ref=ref, what="Alertmanager servers")
    kept = AlertmanagerServer.objects.select_for_update()
    before = kept.filter(pk=server.pk).first() if server.pk else None
    server.full_clean(validate_constraints=False)
    wrong: dict[str, Any] = {
        name: [there_is_no(kind, slug) for slug in missing(kind, getattr(server, name))]
        for name, kind in SLUGS.items()
    }
    if before is not None and before.slug != server.slug:
        wrong["slug"] = "The ledger names it so: it stays."
    if why := why_never_asked(server.base_url):
        wrong["base_url"] = why
    if not LABEL.fullmatch(server.service_label):
        wrong["service_label"] = "Give the name of a label, such as service."
    if server.environment_label and not LABEL.fullmatch(server.environment_label):
        wrong["environment_label"] = "Give the name of a label, such as env, or leave it empty."
    wrong["longest"] = why_no_length(server.longest)
    if bearer and (len(bearer) > LONGEST_BEARER or not bearer.isascii() or " " in bearer):
        wrong["bearer"] = "A token is plain characters without spaces, 4,000 at most."
    wrong = {name: said for name, said in wrong.items() if said}
    if wrong:
        raise ValidationError(wrong)
    server.validate_constraints()
    return before, differences(before, server, names=EDITABLE)
