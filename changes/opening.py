"""Opening a standard change for a deployment that has none, from its template."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from catalog.models import Environment, Service, User
from changes import lifecycle
from changes.models import Template
from changes.queries import open_changes
from changes.queries.names import there_is_no

PERIOD = timedelta(days=7)
HEAD_START = timedelta(minutes=1)  # A pipeline that asked at the same moment is not too early.
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


@transaction.atomic
def open_standard(
    *,
    template: str,
    service: str,
    environment: str,
    revision: str,
    artifact: str,
    source_url: str,
    actor: User,
    now: datetime,
    title: str = "",
) -> str:
    """File and submit a standard change for a revision; answers its ref.

    Its title is the template's, unless one is given.

    Two pipelines that ask at once for one revision open one change: the second is given the ref of
    the first. Raises `ValidationError` for an unknown template or no revision, `Refused` when the
    template may not be used here; nothing is written then.
    """
    if not revision:
        raise ValidationError(
            {"revision": "Give the revision: the change that is opened is found by it."}
        )
    row = Template.objects.filter(slug=template).first()
    if row is None:
        raise ValidationError({"open.template": there_is_no("template", template)})
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [f"open {service}/{environment} {revision}"])
    opened = open_changes.of_revision(service=service, environment=environment, revision=revision)
    if opened is not None:
        return opened
    change = lifecycle.create(
        fields={
            "template": row,
            "service": Service.objects.select_related("owner_team").get(slug=service),
            "environment": Environment.objects.get(slug=environment),
            "revision": revision,
            "artifact": artifact,
            "source_url": source_url,
            "title": title,
            **from_now(now),
        },
        actor=actor,
        now=now,
    )
    lifecycle.submit(ref=change.ref, actor=actor, now=now)
    return change.ref


def from_now(now: datetime) -> dict[str, datetime]:
    """The planned period of a change that nobody planned for a time of its own."""
    return {"planned_start_at": now - HEAD_START, "planned_end_at": now + PERIOD}
