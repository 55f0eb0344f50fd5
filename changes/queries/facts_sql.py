"""The statement that gathers facts: for a change, for the gate, or for no change at all.

Everything arrives as one JSON array, so one round trip suffices however many votes, windows and
incidents there are, and one reading of it. Scopes of windows are matched here (`scope_sql`), times
evaluated in `changes.windows`. A plan of white space alone says nothing, so it is not filled in.
"""

from catalog import tokens
from changes.queries import canary_sql, held_sql, holding, leave, override_rows, scope_sql
from changes.queries.policies import EDITION
from incidents.queries import IS_OPEN
from ledger.keys import IN_USE

_IN_SCOPE = scope_sql.covers(
    "w",
    **scope_sql.OF_CHANGE
    | {
        "kind": "coalesce(c.kind, %(kind)s)",
        "category": "coalesce(c.category, %(category)s)",
        "risk": "coalesce(c.risk_level, %(risk)s)",
    },
)
# A change that runs may finish by the window it was started in.
_SINCE = """
    CASE WHEN c.state = 'implementing' THEN least(c.started_at, %(now)s) ELSE %(now)s END
"""
_WINDOWS = f"""
    (SELECT json_agg(json_build_array(
            w.id, w.name, w.effect, w.level, w.time_zone, w.reason, w.in_flight,
            w.starts_at, w.ends_at, w.recurrence, w.first_date, w.start_time,
            extract(epoch FROM w.duration),
            CASE WHEN w.source <> 'times' THEN (
                SELECT json_agg(json_build_array(l.starts_at, l.ends_at, l.summary))
                FROM changes_listedtime l WHERE l.window_id = w.id AND l.ends_at > {_SINCE}) END))
        FROM changes_window w
        WHERE w.is_active AND (w.ends_at IS NULL OR w.ends_at > {_SINCE})
            AND {_IN_SCOPE})
"""  # noqa: S608 conditions of our own


def change(service: str, environment: str, held_by: str) -> str:
    """The change itself, whose place and holder are told by these."""
    return f"""
    CASE WHEN c.id IS NOT NULL THEN json_build_array(
        c.id, c.kind, c.state, c.category, c.risk_level, c.planned_start_at, c.planned_end_at,
        c.plan_digest, c.revision, c.artifact, c.outcome, c.held_at, c.hold_reason,
        c.rolled_back_at, c.broke_glass_at, c.retroactively_approved_at, c.reviewed_at,
        c.required_checks, c.started_at,
        ARRAY[c.description ~ '\\S', c.implementation_plan ~ '\\S', c.test_plan ~ '\\S',
            c.rollback_plan ~ '\\S', c.monitoring_plan ~ '\\S'],
        ARRAY[c.author_id, c.last_editor_id, c.implementer_id, c.started_by_id],
        {service}, {environment}, {held_by}, c.risk_score, c.rollout,
        c.rollback_proof, c.test_evidence_url <> '',
        ARRAY(SELECT a.slug::text FROM catalog_membership m JOIN catalog_team a ON a.id = m.team_id
            WHERE m.user_id = c.author_id), {canary_sql.CANARY},
        c.unauthorised_at IS NOT NULL) END
"""  # noqa: S608 names of our own


_CHANGE = change(
    "(SELECT x.slug FROM catalog_service x WHERE x.id = c.service_id)",
    "(SELECT x.slug FROM catalog_environment x WHERE x.id = c.environment_id)",
    "(SELECT u.username FROM catalog_user u WHERE u.id = c.held_by_id)",
)
# See Note [Rollbacks of a cause] in `changes.policies.rollbacks`.
_ROLLBACK = """
    (SELECT json_build_array(b.cause_id, EXISTS (SELECT FROM changes_incidentlink k
            WHERE k.incident_id = c.incident_id AND k.change_id = b.cause_id
                AND k.relation = 'caused'),
            c.implementation_plan = x.rollback_plan AND c.service_id = x.service_id
                AND c.environment_id = x.environment_id AND c.revision = b.revision
                AND c.artifact = b.artifact,
            c.implementer_id IS NOT NULL)
        FROM changes_rollback b JOIN changes_change x ON x.id = b.cause_id
        WHERE b.change_id = c.id)
"""
# What answers an incident that was merged answers the one that it is part of now.
_FOUNDED = f"""
    (SELECT json_build_array(x.slug, x.state, ARRAY(
            SELECT xs.slug FROM changes_template_services m
            JOIN catalog_service xs ON xs.id = m.service_id WHERE m.template_id = x.id), ARRAY(
            SELECT name FROM unnest(x.locked) name
            WHERE to_jsonb(x) -> name IS DISTINCT FROM to_jsonb(c) -> name ORDER BY name),
            x.version, coalesce(c.template_version, 1), x.good_from, x.suspended_at, x.suspension)
        FROM changes_template x WHERE x.id = c.template_id),
    (SELECT json_build_array(i.id, i.severity, {IS_OPEN}, i.declared_at,
            (SELECT u.username FROM catalog_user u WHERE u.id = i.commander_id), {_ROLLBACK})
        FROM incidents_incident i WHERE i.id = (
            WITH RECURSIVE whole AS (
                SELECT f.id, f.folded_into_id FROM incidents_incident f WHERE f.id = c.incident_id
                UNION SELECT f.id, f.folded_into_id FROM whole
                JOIN incidents_incident f ON f.id = whole.folded_into_id)
            SELECT id FROM whole WHERE folded_into_id IS NULL))
"""  # noqa: S608 a fragment of ours
AGREED = """
    (SELECT json_agg(json_build_array(
            r.authority, r.count, r.rule, r.stage, r."group", r.people, r.percent,
            CASE WHEN r.escalated_at IS NOT NULL THEN r.next_authority END,
            r.next_group) ORDER BY r.id)
        FROM changes_requirement r WHERE r.change_id = c.id AND r.round = c.approval_round),
    (SELECT json_agg(json_build_array(
            v.voter_id, u.username, v.decision, v.authorities, v.plan_digest, v.on_behalf_of_id,
            (SELECT o.username FROM catalog_user o WHERE o.id = v.on_behalf_of_id)) ORDER BY v.id)
        FROM changes_vote v JOIN catalog_user u ON u.id = v.voter_id
        WHERE v.change_id = c.id AND v.round = c.approval_round),
    (SELECT json_agg(json_build_array(k.name, k.passed)) FROM (
        SELECT DISTINCT ON (name) name, passed FROM changes_check
        WHERE change_id = c.id ORDER BY name, id DESC) k)
"""


def owing(service: str) -> str:
    """The FROM of changes `g` of a service whose votes are overdue."""
    return f"""
        FROM changes_change g WHERE g.service_id = {service}
            AND g.broke_glass_at < %(now)s::timestamptz - interval '24 hours'
            AND g.retroactively_approved_at IS NULL
"""


def unreviewed(service: str) -> str:
    """The FROM of changes `g` of a service whose review is overdue."""
    return f"""
        FROM changes_change g WHERE g.service_id = {service}
            AND (g.kind = 'emergency' OR g.unauthorised_at IS NOT NULL)
            AND g.finished_at < %(now)s::timestamptz - interval '72 hours'
            AND g.reviewed_at IS NULL
"""


def amiss(service: str) -> str:
    """What is amiss on a service: what is overdue, its error budget."""
    return f"""
    (SELECT json_agg(json_build_array(o.id, o.owes, o.since) ORDER BY o.id, o.owes DESC) FROM (
        SELECT g.id, 'votes' AS owes, g.broke_glass_at AS since {owing(service)}
        UNION ALL SELECT g.id, 'review', g.finished_at {unreviewed(service)}) o),
    {budget(service)}
"""  # noqa: S608 a name of our own


def budget(service: str) -> str:
    """What is left of the error budget of a service that has least."""
    return f"""
    (SELECT json_build_array(b.name, b.remaining_percent, b.measured_at)
        FROM incidents_errorbudget b WHERE b.service_id = {service}
            AND b.measured_at > %(now)s::timestamptz - interval '24 hours'
        ORDER BY b.remaining_percent, b.name LIMIT 1)
"""  # noqa: S608 a name of our own


def _settled(actor: str) -> str:
    """What seldom changes: place, windows, who the actor is there, incidents that hold it."""
    return f"""
    json_build_array(s.id, s.slug, s.tier, s.is_active, t.slug, t.time_zone, e.id, e.slug,
        e."default" = 'open', e.one_at_a_time, e.max_running),
    {_WINDOWS},
    ARRAY(SELECT g.name::text FROM catalog_user_groups m JOIN auth_group g ON g.id = m.group_id
        WHERE m.user_id = {actor}),
    (SELECT m.role FROM catalog_membership m WHERE m.user_id = {actor} AND m.team_id = t.id),
    (SELECT {holding.rows("s.id")} FROM {holding.sql("s.id", "e.id")})
"""  # noqa: S608 a name of our own


def row(actor: str, *more: str) -> str:
    """All that facts are read from, as the JSON array of a SELECT that lacks its FROM."""
    opened = override_rows.sql("s.id", "e.id")
    surely = (_CHANGE, AGREED, amiss("s.id"), EDITION)
    parts = (*surely, _FOUNDED, opened, held_sql.HELD, _settled(actor), *more)
    return f"SELECT json_build_array({', '.join(parts)})::text"


STAMP = "(SELECT number FROM catalog_stamp)"
PLACE = """
FROM catalog_service s
JOIN catalog_team t ON t.id = s.owner_team_id
CROSS JOIN catalog_environment e
"""
NAMED = "WHERE s.slug = %(service)s AND e.slug = %(environment)s"
BEARER = f"LEFT JOIN ({tokens.BY_DIGEST}) k ON true "


def of_revision(service: str, environment: str) -> str:
    """What a pipeline means that names no change: the furthest along of those for its revision."""
    return f"""
LEFT JOIN LATERAL (
    SELECT o.xmin, o.* FROM changes_change o
    WHERE o.service_id = {service} AND o.environment_id = {environment}
        AND o.state NOT IN ('closed', 'cancelled')
        AND o.revision = %(revision)s AND %(revision)s <> ''
    ORDER BY array_position(
        '{{implementing,scheduled,awaiting_approval,planning,validating}}'::text[],
        o.state::text), o.planned_start_at, o.id
    LIMIT 1
) c ON true
"""  # noqa: S608 names of our own


JOINED_CHANGE = "LEFT JOIN changes_change c ON c.id = %(change)s::bigint "
_AT_GATE = f"{row('%(actor)s', IN_USE)} {PLACE}"
# What holds up the end of a change, which the gate does not decide, comes for a change alone.
TASKS = """
    (SELECT json_agg(json_build_array(a.number, a.kind, a.title, a.state, a.description,
            p.username, a.planned_start_at, a.planned_end_at, a.reason, d.username, a.ended_at)
            ORDER BY a.position, a.number)
        FROM changes_task a
        LEFT JOIN catalog_user p ON p.id = a.assignee_id
        LEFT JOIN catalog_user d ON d.id = a.ended_by_id
        WHERE a.change_id = c.id)
"""
CHECKS = """
    (SELECT json_agg(json_build_array(k.id, k.name, k.how <> 'reported',
            extract(epoch FROM k.soak)) ORDER BY k.name)
        FROM changes_checkrule k
        WHERE k.is_active AND k.used_for = 'validation'
            AND (k.template_id IS NULL OR k.template_id = c.template_id)
            AND (k.kinds = '{}' OR c.kind = ANY (k.kinds))
            AND (k.categories = '{}' OR c.category = ANY (k.categories))
            AND (k.services = '{}' OR s.slug = ANY (k.services))
            AND (k.environments = '{}' OR e.slug = ANY (k.environments))
            AND (k.tiers = '{}' OR s.tier = ANY (k.tiers))),
    (SELECT json_agg(json_build_array(n.name, extract(epoch FROM n.soak), n.holding_since)
            ORDER BY n.name)
        FROM changes_checkrun n WHERE n.change_id = c.id AND n.state = 'running')
"""
STANDING = leave.standing(
    "%(actor)s::bigint", "(SELECT o.owner_team_id FROM catalog_service o WHERE o.id = c.service_id)"
)
OF_CHANGE = f"""{row("%(actor)s", CHECKS, TASKS, STANDING, STAMP)}
FROM changes_change c
JOIN catalog_service s ON s.id = c.service_id
JOIN catalog_team t ON t.id = s.owner_team_id
JOIN catalog_environment e ON e.id = c.environment_id
WHERE c.id = %(change)s
"""
OF_PLACE = f"{row('%(actor)s')} {PLACE} LEFT JOIN changes_change c ON false {NAMED}"
OF_REVISION_AT_GATE = _AT_GATE + of_revision("s.id", "e.id") + NAMED
OF_CHANGE_AT_GATE = _AT_GATE + JOINED_CHANGE + NAMED
