"""Reads of the standard catalogue: templates, their versions, how their uses went."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Max, QuerySet

from catalog.models import User
from catalog.roles import AUDITORS, CAB, CHANGE_MANAGERS, roles_of
from changes.models import CatalogueRule, Change, Template, TemplateVersion, TrackRecord
from changes.models.template import WORDS
from changes.policies.templates import Asker, Case
from changes.queries.incident_links import IS_CLEARED
from changes.queries.refs import NoSuchChange, number_of
from changes.states import State, TemplateState

GROUPS = {
    CatalogueRule.Approvers.CHANGE_MANAGERS: (CHANGE_MANAGERS,),
    CatalogueRule.Approvers.CAB: (CAB,),
    CatalogueRule.Approvers.EITHER: (CHANGE_MANAGERS, CAB),
}
IN_WORDS = {CHANGE_MANAGERS: "change managers", CAB: "the CAB"}
USES_SHOWN = 20


class NoSuchTemplate(LookupError):
    """No template has this slug."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"There is no template {slug}.")


@dataclass(frozen=True, slots=True)
class Record:
    """How a template did in the last year, counted a few minutes ago at most."""

    closed: int = 0
    failed: int = 0
    last_used_at: datetime | None = None

    @property
    def success_percent(self) -> int | None:
        """None before the first use has ended; never 100 while one failed."""
        return (self.closed - self.failed) * 100 // self.closed if self.closed else None


def by_slug(slug: str, *, lock: bool = False) -> Template:
    """The template; raises `NoSuchTemplate`."""
    rows = Template.objects.select_for_update() if lock else Template.objects.all()
    found = rows.filter(slug=slug).first()
    if found is None:
        raise NoSuchTemplate(slug)
    return found


def versions(row: Template) -> list[TemplateVersion]:
    """Everything ever proposed for it, newest first. One statement."""
    return list(_joined(row.versions.all()))


def open_proposal(row: Template) -> TemplateVersion | None:
    """What waits to be decided; None where nothing does."""
    return _joined(row.versions.filter(verdict="")).first()


def in_force(row: Template) -> TemplateVersion | None:
    """The version in force; None where it was published before versions were kept."""
    return _joined(row.versions.filter(number=row.version)).first()


def _joined(rows: QuerySet[TemplateVersion]) -> QuerySet[TemplateVersion]:
    people = rows.select_related("template", "proposed_by", "decided_by")
    return people.order_by(F("proposed_at").desc(nulls_last=True), "-id")


def words_of(row: Template) -> dict[str, Any]:
    """What a version of these words says, services included."""
    services = sorted(service.slug for service in row.services.all())
    return {**{name: getattr(row, name) for name in WORDS}, "services": services}


def rule() -> CatalogueRule:
    """Who approves templates."""
    return CatalogueRule.objects.first() or CatalogueRule()


def asker(user: User) -> Asker:
    """Who asks, as the rules look at them."""
    roles = roles_of(user)
    return Asker(
        user.username,
        is_active=user.is_active,
        is_robot=user.is_robot,
        is_auditor=AUDITORS in roles,
        is_manager=user.is_superuser or CHANGE_MANAGERS in roles,
        approves=user.username in approvers(),
    )


def approvers(*groups: str) -> list[str]:
    """Active people who approve templates, or those of the groups named. Two statements at most."""
    named = groups or GROUPS[CatalogueRule.Approvers(rule().approvers)]
    people = User.objects.filter(groups__name__in=named, is_active=True, is_robot=False)
    people = people.exclude(groups__name=AUDITORS)
    return list(people.order_by("username").values_list("username", flat=True).distinct())


def waiting_for(*, user: User) -> list[TemplateVersion]:
    """Proposals of others that this user may approve. None for most, two statements for some."""
    roles = roles_of(user)
    if not roles & {CHANGE_MANAGERS, CAB} or AUDITORS in roles or user.is_robot:
        return []
    if not roles & set(GROUPS[CatalogueRule.Approvers(rule().approvers)]):
        return []
    return list(_joined(TemplateVersion.objects.filter(verdict="").exclude(proposed_by=user)))


def case_of(row: Template | None, *, slug: str = "") -> Case:
    """A template as the rules look at it; of one that is not there yet, without `row`."""
    groups = GROUPS[CatalogueRule.Approvers(rule().approvers)]
    could = approvers(*groups)
    missing = [group for group in (CHANGE_MANAGERS, CAB) if group not in groups]
    others = tuple(name for name in approvers(*missing) if name not in could) if missing else ()
    asked: dict[str, Any] = {
        "approvers": tuple(could),
        "approved_by": " or ".join(IN_WORDS[group] for group in groups),
        "others": others,
    }
    if row is None:
        return Case(slug, **asked)
    proposal, words = open_proposal(row), in_force(row)
    return Case(
        row.slug,
        TemplateState(row.state),
        has_proposal=proposal is not None,
        proposed_by=_name(proposal),
        words_by=_name(words),
        **asked,
    )


def _name(row: TemplateVersion | None) -> str:
    return row.proposed_by.username if row is not None and row.proposed_by else ""


def records(rows: list[Template]) -> dict[int, Record]:
    """How each did, by key. Two statements."""
    counted = TrackRecord.objects.filter(subject__in=[f"template:{row.pk}" for row in rows])
    by_subject = {one.subject: one for one in counted}
    used = Change.objects.filter(template__in=rows, started_at__isnull=False)
    last = dict(used.values_list("template").annotate(Max("started_at")).order_by())
    found = {}
    for row in rows:
        one = by_subject.get(f"template:{row.pk}")
        closed, failed = (one.closed, one.failed) if one else (0, 0)
        found[row.pk] = Record(closed, failed, last.get(row.pk))
    return found


def last_uses(*, template: int, since: datetime | None, limit: int) -> list[Change]:
    """The changes made from it that ended after they had started, newest end first."""
    rows = Change.objects.filter(template=template, state=str(State.CLOSED))
    if since is not None:
        rows = rows.filter(started_at__gte=since)
    return list(rows.order_by("-ended_at", "-id")[:limit])


def uses(row: Template) -> list[Change]:
    """The newest changes made from it, in whatever state. One statement."""
    rows = Change.objects.filter(template=row).select_related("service", "environment")
    return list(rows.order_by("-id")[:USES_SHOWN])


def evidence(refs: list[str]) -> list[Change]:
    """The changes of these refs that are there, in their order. One statement."""
    numbers = [number_of(ref) for ref in refs]
    found = Change.objects.select_related("service").in_bulk(numbers)
    return [found[number] for number in numbers if number in found]


def known(ref: str) -> Change | None:
    """The change of a ref; None for what is no ref, or of no change."""
    try:
        return Change.objects.filter(pk=number_of(ref)).first()
    except NoSuchChange:
        return None


# An incident looks back for what caused it, or, where nobody has said yet, for the change that
# started last on its service; see Note [What suspends a template] in changes.lifecycle.suspending.
_SUSPECTS = f"""
SELECT t.id, c.id, i.id, i.severity, c.named FROM incidents_incident i
CROSS JOIN LATERAL (
    SELECT o.id, o.template_id, o.started_at, o.incident_id, true AS named
    FROM changes_incidentlink l JOIN changes_change o ON o.id = l.change_id
    WHERE l.incident_id = i.id AND l.relation = 'caused'
    UNION ALL
    (SELECT c.id, c.template_id, c.started_at, c.incident_id, false FROM changes_change c
    WHERE c.service_id = i.service_id AND c.started_at < i.declared_at
        AND c.started_at <= i.onset_at
        AND c.started_at >= i.declared_at - %(within)s AND NOT {IS_CLEARED}
    ORDER BY c.started_at DESC, c.id DESC LIMIT 1)
) c
JOIN changes_template t ON t.id = c.template_id AND t.state = 'published'
    AND (t.counted_from IS NULL OR c.started_at >= t.counted_from)
WHERE i.severity <= %(severity)s AND i.id IN (
        SELECT id FROM incidents_incident
        WHERE declared_at >= %(since)s AND severity <= %(severity)s
        UNION ALL
        SELECT incident_id FROM changes_incidentlink
        WHERE decided_at >= %(since)s AND relation = 'caused')
    AND i.id IS DISTINCT FROM c.incident_id
    AND (%(template)s::bigint IS NULL OR t.id = %(template)s)
ORDER BY c.named DESC, i.severity, i.id LIMIT %(limit)s
"""  # noqa: S608 fragments of ours


@dataclass(frozen=True, slots=True)
class Suspect:
    """A use of a published template and an incident after it; `named` where it caused that."""

    template: int
    change: str
    incident: str
    severity: int
    named: bool


def suspects(
    *,
    since: datetime,
    severity: int,
    within: timedelta,
    template: int | None = None,
    limit: int = 1,
) -> list[Suspect]:
    """Uses that incidents may have come from, the worst first.

    Incidents count that were declared from `since` on, or whose cause was named since then.
    """
    given: dict[str, Any] = {
        "template": template,
        "since": since,
        "severity": severity,
        "within": within,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUSPECTS, given)
        return [
            Suspect(key, f"CHG-{change}", f"INC-{incident}", level, named)
            for key, change, incident, level, named in cursor.fetchall()
        ]
