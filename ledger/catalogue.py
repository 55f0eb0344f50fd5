"""What the catalogue's rows say that decisions rest on, and the record of who changed it.

# Note [What is recorded of the catalogue]
Who is in which team and group, who owns a service and how important it is, what an environment
demands: approvals and the gate rest on these. So every edit in the admin is an event in the same
transaction, with what changed and the digest of the row. What decides nothing (a password, an
address, the last sign-in) is left out.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import singledispatch
from typing import Any

from django.db.models import Model, Prefetch, Q

from catalog.models import Environment, Issuer, Membership, Service, Team, TrustRule, User
from ledger import refs, timeline
from ledger.canonical import sha256_hex

RIGHTS = ("is_active", "is_staff", "is_superuser", "is_robot")
Says = dict[str, Any]


@singledispatch
def said_by(row: Model) -> Says:
    """What a row of the catalogue says, by name, with slugs and usernames for keys."""
    raise TypeError(f"{type(row).__name__} is not of the catalogue.")


@said_by.register
def _(row: Team) -> Says:
    members = {one.user.username: str(one.role) for one in row.memberships.all()}
    return {**_columns(row, "slug", "name", "time_zone", "email"), "members": members}


@said_by.register
def _(row: Service) -> Says:
    needs = sorted(one.slug for one in row.depends_on.all())
    words = _columns(row, "slug", "name", "tier", "is_active")
    return {**words, "owner_team": row.owner_team.slug, "depends_on": needs}


@said_by.register
def _(row: Environment) -> Says:
    names = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    usual = {  # said of rows older than the columns
        "one_at_a_time": Environment.OneAtATime.SERVICE,
        "demands_reauthentication": False,
    }
    return {k: v for k, v in _columns(row, *names).items() if usual.get(k) != v}


@said_by.register
def _(row: Issuer) -> Says:
    return _columns(row, "name", "url", "audience", "is_active")


@said_by.register
def _(row: TrustRule) -> Says:
    limits = ("scopes", "services", "teams", "environments", "minutes", "is_active")
    who = {"issuer": row.issuer.name, "acts_as": row.acts_as.username}
    return {**_columns(row, "name", "conditions", *limits), **who}


@said_by.register
def _(row: User) -> Says:
    groups = sorted(group.name for group in row.groups.all())
    return {**_columns(row, "username", *RIGHTS), "groups": groups}


def ref_of(row: Model) -> str:
    """`team:payments`, `service:checkout`, `environment:production`, `user:ada`, `issuer:3`."""
    match row:
        case Issuer() | TrustRule():
            return f"{row._meta.model_name}:{row.pk}"
        case Team():
            return refs.of_team(row.slug)
        case Service():
            return refs.of_service(row.slug)
        case User():
            return f"user:{row.username}"
        case Environment():
            return f"environment:{row.slug}"
    raise TypeError(f"{type(row).__name__} is not of the catalogue.")


def digest(row: Model) -> str:
    """SHA-256 over what a row says; what stands as it begins says nothing (see `ledger.rows`)."""
    fields = {field.name: field for field in row._meta.get_fields() if field.concrete}
    return sha256_hex(
        {
            name: value
            for name, value in said_by(row).items()
            if not _stands_as_it_begins(fields.get(name), value)
        }
    )


def _stands_as_it_begins(field: Any, value: object) -> bool:
    if field is not None and not field.many_to_many and field.has_default():
        return bool(value == field.get_default())
    return not value


def row_digests() -> Iterator[tuple[str, str]]:
    """(ref, digest) of every team, service and environment, and of every user with rights."""
    memberships = Prefetch("memberships", Membership.objects.select_related("user"))
    teams = Team.objects.prefetch_related(memberships)
    services = Service.objects.select_related("owner_team").prefetch_related("depends_on")
    may_something = Q(is_staff=True) | Q(is_superuser=True) | Q(groups__isnull=False)
    users = User.objects.filter(may_something).distinct().prefetch_related("groups")
    for rows in (teams, services, Environment.objects.all(), users):
        for row in rows.order_by("pk"):
            yield ref_of(row), digest(row)


def trust_digests() -> Iterator[tuple[str, str]]:
    """(ref, digest) of every issuer, and of every rule that says what its tokens are good for."""
    for rows in (Issuer.objects.all(), TrustRule.objects.select_related("issuer", "acts_as")):
        for row in rows.order_by("pk"):
            yield ref_of(row), digest(row)


def record(
    row: Model, *, before: Says | None, actor: str, now: datetime, gone: bool = False
) -> None:
    """The event of an edit: what the row says now, or how it differs from what it said `before`.

    Nothing is recorded where nothing that decides has changed.
    """
    after = {} if gone else said_by(row)
    if before == after:
        return
    kind = row._meta.model_name
    done = "deleted" if gone else "created" if before is None else "edited"
    says = {"says": after} if before is None else {"diff": _diff(before, after)}
    timeline.record(
        subject=ref_of(row),
        verb=f"{kind}.{done}",
        actor=actor,
        at=now,
        data={"name": str(row), **says, "row_digest": None if gone else _kept(row, after)},
    )


def _kept(row: Model, says: Says) -> str | None:
    """The digest that `row_digests` will give; None for a user who may nothing."""
    if isinstance(row, User) and not (row.is_staff or row.is_superuser or says["groups"]):
        return None
    return digest(row)


def _columns(row: Model, *names: str) -> Says:
    return {name: getattr(row, name) for name in names}


def _diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    names = sorted({*before, *after})
    return {
        name: [before.get(name), after.get(name)]
        for name in names
        if before.get(name) != after.get(name)
    }
