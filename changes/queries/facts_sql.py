"""The one statement that gathers facts, for a change, for the gate, or for no change at all.

Rows the rules look at arrive as JSON arrays, so one round trip suffices however many votes, windows
and incidents there are. Scopes of windows are matched here (`scope_sql`); times are evaluated
in `changes.windows`. A plan of white space alone says nothing, so it is not filled in.
"""

from changes.queries import scope_sql
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
            w.name, w.effect, w.level, w.time_zone, w.reason, w.in_flight, w.starts_at, w.ends_at,
            w.recurrence, w.first_date, w.start_time, extract(epoch FROM w.duration)))
        FROM changes_window w
        WHERE w.is_active AND (w.ends_at IS NULL OR w.ends_at > {_SINCE})
            AND {_IN_SCOPE}),
"""  # noqa: S608 conditions of our own
_OF_THE_CHANGE = """
SELECT c.id, c.kind, c.state, c.category, c.risk_level, c.planned_start_at, c.planned_end_at,
    c.plan_digest, c.revision, c.artifact, c.outcome, c.held_at, c.hold_reason, c.rolled_back_at,
    c.broke_glass_at, c.retroactively_approved_at, c.reviewed_at, c.required_checks,
    c.author_id, c.last_editor_id, c.implementer_id, c.started_by_id,
    c.description ~ '\\S', c.implementation_plan ~ '\\S', c.test_plan ~ '\\S',
    c.rollback_plan ~ '\\S', c.monitoring_plan ~ '\\S',
    (SELECT x.slug FROM catalog_service x WHERE x.id = c.service_id),
    (SELECT x.slug FROM catalog_environment x WHERE x.id = c.environment_id),
    c.started_at,
    s.slug, s.tier, s.is_active, t.slug, t.time_zone, e.slug, e."default",
    (SELECT u.username FROM catalog_user u WHERE u.id = c.held_by_id),
    (SELECT json_build_array(x.slug, x.state, ARRAY(
            SELECT xs.slug FROM changes_template_services m
            JOIN catalog_service xs ON xs.id = m.service_id WHERE m.template_id = x.id), ARRAY(
            SELECT name FROM unnest(x.locked) name
            WHERE to_jsonb(x) -> name IS DISTINCT FROM to_jsonb(c) -> name ORDER BY name))
        FROM changes_template x WHERE x.id = c.template_id),
    (SELECT json_build_array(i.id, i.severity, i.state = 'open', i.declared_at,
            (SELECT u.username FROM catalog_user u WHERE u.id = i.commander_id))
        FROM incidents_incident i WHERE i.id = c.incident_id),
    (SELECT json_agg(json_build_array(r.authority, r.count, r.rule) ORDER BY r.id)
        FROM changes_requirement r WHERE r.change_id = c.id AND r.round = c.approval_round),
    (SELECT json_agg(json_build_array(
            v.voter_id, u.username, v.decision, v.authorities, v.plan_digest) ORDER BY v.id)
        FROM changes_vote v JOIN catalog_user u ON u.id = v.voter_id
        WHERE v.change_id = c.id AND v.round = c.approval_round),
    (SELECT json_agg(json_build_array(k.name, k.passed)) FROM (
        SELECT DISTINCT ON (name) name, passed FROM changes_check
        WHERE change_id = c.id ORDER BY name, id DESC) k),
"""
_AROUND = """
    (SELECT json_agg(json_build_array(i.id, i.severity, true, i.declared_at, null)
            ORDER BY i.severity, i.id)
        FROM incidents_incident i
        WHERE i.service_id = s.id AND i.state = 'open' AND i.severity <= 2),
    (SELECT json_agg(json_build_array(g.id, g.broke_glass_at) ORDER BY g.id) FROM changes_change g
        WHERE g.service_id = s.id AND g.broke_glass_at < %(now)s - interval '24 hours'
            AND g.retroactively_approved_at IS NULL),
    ARRAY(SELECT g.name::text FROM catalog_user_groups m JOIN auth_group g ON g.id = m.group_id
        WHERE m.user_id = %(actor)s),
    (SELECT m.role FROM catalog_membership m WHERE m.user_id = %(actor)s AND m.team_id = t.id)
"""
_COLUMNS = "".join((_OF_THE_CHANGE, _WINDOWS, _AROUND))

OF_CHANGE = (
    _COLUMNS
    + """
FROM changes_change c
JOIN catalog_service s ON s.id = c.service_id
JOIN catalog_team t ON t.id = s.owner_team_id
JOIN catalog_environment e ON e.id = c.environment_id
WHERE c.id = %(change)s
"""
)

_PLACE = """
FROM catalog_service s
JOIN catalog_team t ON t.id = s.owner_team_id
CROSS JOIN catalog_environment e
"""

# What a pipeline means that names no change: the furthest along of those open for its revision.
_OF_REVISION = """
LEFT JOIN LATERAL (
    SELECT * FROM changes_change o
    WHERE o.service_id = s.id AND o.environment_id = e.id
        AND o.state NOT IN ('closed', 'cancelled')
        AND o.revision = %(revision)s AND %(revision)s <> ''
    ORDER BY array_position(
        '{implementing,scheduled,awaiting_approval,planning,validating}'::text[],
        o.state::text), o.planned_start_at, o.id
    LIMIT 1
) c ON true
"""

_NAMED = "WHERE s.slug = %(service)s AND e.slug = %(environment)s"
_AT_GATE = f"{_COLUMNS}, {IN_USE} {_PLACE}"
OF_REVISION = _AT_GATE + _OF_REVISION + _NAMED
OF_CHANGE_AT_GATE = _AT_GATE + "LEFT JOIN changes_change c ON c.id = %(change)s::bigint " + _NAMED
OF_PLACE = _COLUMNS + _PLACE + "LEFT JOIN changes_change c ON false " + _NAMED
