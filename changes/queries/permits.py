"""Permits the gate gave: what became of one, those of a change, and which start nothing now."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from changes.models import Change, Deployment, GateAnswer, PermitRevocation
from changes.policies.revoking import PermitGiven
from changes.states import DEPLOYMENT

LONGEST_OF_ALL = timedelta(hours=2)

# Permits that count by themselves while their change may not be deployed: held, taken back to
# planning, cancelled, or past deploying for good (Note [Begun anew] in `policies.retrying`). By key
# from the newest answers, not from all changes.
_VOID = """
SELECT answer.id, answer.permit_expires_at
FROM changes_gateanswer answer
JOIN changes_change change ON change.id = substring(answer.change from 5)::bigint
WHERE answer.at > %(since)s AND answer.decision = 'allow' AND answer.permit_expires_at > %(now)s
    AND answer.change LIKE 'CHG-%%'
    AND (change.held_at IS NOT NULL OR change.state NOT IN ('scheduled', 'implementing'))
    AND NOT (change.state = 'validating' AND change.rolled_back_at IS NULL
        AND change.unauthorised_at IS NULL AND EXISTS (
            SELECT FROM changes_check k WHERE k.change_id = change.id AND k.name = %(deployment)s
                AND NOT k.passed AND NOT EXISTS (
                    SELECT FROM changes_check l WHERE l.change_id = k.change_id
                        AND l.name = k.name AND l.id > k.id)))
"""


class NoSuchPermit(LookupError):
    """The gate gave no permit by this decision id."""

    def __init__(self, permit_id: UUID) -> None:
        super().__init__(f"The gate gave no permit {permit_id}.")


def change_of(*, permit_id: UUID) -> str:
    """The ref of the change a permit is for; raises `NoSuchPermit`."""
    found = _given().filter(pk=permit_id).values_list("change", flat=True).first()
    if found is None:
        raise NoSuchPermit(permit_id)
    return found


def given(*, permit_id: UUID) -> PermitGiven:
    """A permit and what became of it; raises `NoSuchPermit`. Three statements."""
    row = _given().filter(pk=permit_id).first()
    if row is None:
        raise NoSuchPermit(permit_id)
    return _with_their_fates([row])[0]


def of_change(change: Change, *, now: datetime) -> list[PermitGiven]:
    """Those that have not expired, newest first; three statements, one where there are none."""
    newest = _given().filter(
        service=change.service.slug, at__gt=now - LONGEST_OF_ALL, permit_expires_at__gt=now
    )
    return _with_their_fates(list(newest.filter(change=change.ref).order_by("-at", "-id")[:50]))


def revocation(*, permit_id: str) -> PermitRevocation | None:
    """The row of a permit that was taken back."""
    rows = PermitRevocation.objects.select_related("revoked_by")
    return rows.filter(permit_id=permit_id).first()


def start_of(*, permit_id: str) -> Deployment | None:
    """The deployment a permit has started."""
    rows = Deployment.objects.select_related("reported_by")
    return rows.filter(permit_id=permit_id, status=Deployment.Status.STARTED).first()


def void(*, now: datetime) -> list[tuple[str, datetime]]:
    """(id, expiry) of every permit that starts nothing although it has not expired, by id.

    Those revoked, and those whose change may not be deployed now. Two statements.
    """
    rows = PermitRevocation.objects.filter(expires_at__gt=now)
    found = dict(rows.values_list("permit_id", "expires_at"))
    with connection.cursor() as cursor:
        since = now - LONGEST_OF_ALL
        cursor.execute(_VOID, {"now": now, "since": since, "deployment": DEPLOYMENT})
        found |= dict(cursor.fetchall())
    return sorted((str(key), ends_at) for key, ends_at in found.items())


def _given() -> QuerySet[GateAnswer]:
    rows = GateAnswer.objects.filter(decision=GateAnswer.Answer.ALLOW)
    return rows.filter(permit_expires_at__isnull=False).exclude(change="")


def _with_their_fates(answers: list[GateAnswer]) -> list[PermitGiven]:
    if not answers:
        return []
    keys = [str(answer.pk) for answer in answers]
    starts = Deployment.objects.filter(permit_id__in=keys, status=Deployment.Status.STARTED)
    revocations = PermitRevocation.objects.filter(permit_id__in=keys)
    started = {row.permit_id: row for row in starts.select_related("reported_by")}
    revoked = {str(row.permit_id): row for row in revocations.select_related("revoked_by")}
    return [_told(answer, started, revoked) for answer in answers]


def _told(
    answer: GateAnswer,
    starts: Mapping[str, Deployment],
    revocations: Mapping[str, PermitRevocation],
) -> PermitGiven:
    start, revocation = starts.get(str(answer.pk)), revocations.get(str(answer.pk))
    return PermitGiven(
        id=str(answer.pk),
        change=answer.change,
        service=answer.service,
        environment=answer.environment,
        revision=answer.revision,
        artifact=answer.artifact,
        asked_by=answer.asked_by,
        given_at=answer.at,
        expires_at=answer.permit_expires_at or answer.at,
        used_at=start.reported_at if start else None,
        used_by=start.reported_by.username if start else "",
        revoked_at=revocation.revoked_at if revocation else None,
        revoked_by=revocation.revoked_by.username if revocation else "",
        reason=revocation.reason if revocation else "",
    )
