"""Writing where Azure DevOps may be answered."""

import re
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes.models import AzureHost
from ledger import rows, timeline
from ledger.keeping import demand_change_manager, differences, told

EDITABLE = ("host", "is_active")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*(:[0-9]{{1,5}})?", re.ASCII)


@transaction.atomic
def save(row: AzureHost, *, actor: User, now: datetime) -> AzureHost:
    """Keep a host that answers may be sent to, and record it with what changed.

    Raises `ValidationError` for what is no host, and `Refused` when `actor` is no change manager.
    """
    before, diff = _checked(row, actor=actor)
    if before is not None and not diff:
        return row
    row.save()
    timeline.record(
        subject=row.ref,
        verb="azure_host.edited" if before else "azure_host.created",
        actor=actor.username,
        at=now,
        data={
            "name": row.host,
            "is_active": row.is_active,
            **told(before, diff),
            "row_digest": rows.digest(AzureHost.objects.get(pk=row.pk)),
        },
    )
    return row


@transaction.atomic
def check(row: AzureHost, *, actor: User) -> None:
    """Raise what `save` would raise, and write nothing."""
    _checked(row, actor=actor)


def _checked(row: AzureHost, *, actor: User) -> tuple[AzureHost | None, dict[str, list[Any]]]:
    ref = row.ref if row.pk else ""
    demand_change_manager("write host", actor=actor, ref=ref, what="where answers may be sent")
    kept = AzureHost.objects.select_for_update()
    before = kept.filter(pk=row.pk).first() if row.pk else None
    row.host = row.host.strip().lower()
    row.full_clean()
    if before is not None and before.host != row.host:
        raise ValidationError({"host": "The ledger names it so: switch it off and add another."})
    if not _HOST.fullmatch(row.host) or row.host.count(".") < (2 if "*" in row.host else 0):
        raise ValidationError(
            {"host": "Write a name such as dev.azure.com or *.visualstudio.com, without https://."}
        )
    return before, differences(before, row, names=EDITABLE)
