"""The statements for whoever bears a token, and for where what seldom changes is remembered.

See Note [What the gate remembers] in `kept`. The fragments are those of `facts_sql`.
"""

from changes.queries import canary_sql, held_sql, override_rows
from changes.queries.facts_sql import (
    AGREED,
    BEARER,
    CHECKS,
    JOINED_CHANGE,
    NAMED,
    PLACE,
    STAMP,
    STANDING,
    TASKS,
    amiss,
    budget,
    change,
    of_revision,
    owing,
    row,
    unreviewed,
)
from changes.queries.policies import EDITION
from ledger.keys import IN_USE

_SERVICE, _ENVIRONMENT = "%(service_id)s::bigint", "%(environment_id)s::bigint"


def unusual(service: str, environment: str, claim: str) -> str:
    """Whether there is any of what most changes have not. See Note [What the gate remembers]."""
    return f"""
    (coalesce(c.template_id IS NOT NULL OR c.incident_id IS NOT NULL OR c.held_at IS NOT NULL
        OR c.service_id <> {service} OR c.environment_id <> {environment}, false)
    OR {override_rows.some(service, environment)}
    OR {held_sql.some(environment, claim=claim)})
"""


def versions(service: str) -> tuple[str, ...]:
    """What tells whether the live part of `LIVE_OF_CHANGE` is what it was, but for a canary's.

    What those who voted and so on are called is stamped. No two rows of two transactions have one
    xmin.
    """
    return (
        "c.id",
        "c.xmin",
        """ARRAY(SELECT r.xmin FROM changes_requirement r WHERE r.change_id = c.id
        UNION ALL SELECT v.xmin FROM changes_vote v WHERE v.change_id = c.id
        UNION ALL SELECT k.xmin FROM changes_check k WHERE k.change_id = c.id)""",
        f"ARRAY(SELECT g.id {owing(service)} UNION ALL SELECT -g.id {unreviewed(service)})",
        budget(service),
        EDITION,
    )


def _text_of_versions(service: str) -> str:
    return f"json_build_array({', '.join(versions(service))})::text"


UNUSUAL = unusual(_SERVICE, _ENVIRONMENT, "%(claim)s::bigint")
VERSIONS = versions(_SERVICE)
NO_CANARY = f"NOT coalesce({canary_sql.SOME}, false)"
_VERSIONS_NAMED = f"""
    CASE WHEN NOT ({unusual("s.id", "e.id", held_sql.claim("s.id"))} OR {held_sql.QUEUED})
        AND {NO_CANARY} THEN {_text_of_versions("s.id")} END
"""
_AT_GATE = f"{row('k.user_id', _VERSIONS_NAMED, IN_USE, 'k.bearer', STAMP)} {PLACE} {BEARER}"
_THERE = change("%(service)s::text", "%(environment)s::text", "null")
_TOO_UNUSUAL = f"({UNUSUAL} OR {held_sql.QUEUED})"
_VERSIONS_THERE = f"""
SELECT CASE WHEN %(stamp)s::bigint = {STAMP} AND NOT {_TOO_UNUSUAL} AND {NO_CANARY}
    THEN {_text_of_versions(_SERVICE)} END
FROM (SELECT) anything
"""  # noqa: S608 fragments of our own


def _live(*more: str) -> str:
    surely = (_THERE, AGREED, amiss(_SERVICE), EDITION)
    parts = (*surely, STAMP, _TOO_UNUSUAL, *more)
    return f"SELECT json_build_array({', '.join(parts)})::text"


_SEEN = f"CASE WHEN {NO_CANARY} THEN {_text_of_versions(_SERVICE)} END"
_LIVE = f"{_live(_SEEN)} FROM (SELECT) anything "

# For the bearer of a token: who that is comes along, and what may be remembered, by which stamp.
OF_REVISION_BY_BEARER = _AT_GATE + of_revision("s.id", "e.id") + NAMED
OF_CHANGE_BY_BEARER = _AT_GATE + JOINED_CHANGE + NAMED
# Where all that seldom changes is remembered: the change and what is amiss, and the stamp; and
# where these are remembered too, whether they are what they were.
OF_REVISION_THERE = of_revision(_SERVICE, _ENVIRONMENT)
LIVE_OF_REVISION = _LIVE + OF_REVISION_THERE
LIVE_OF_CHANGE = _LIVE + JOINED_CHANGE
VERSIONS_OF_REVISION = _VERSIONS_THERE + OF_REVISION_THERE
VERSIONS_OF_CHANGE = _VERSIONS_THERE + JOINED_CHANGE
# A row while they are what was seen, and none else.
SO_OF_REVISION = f"SELECT FROM ({VERSIONS_OF_REVISION}) v (said) WHERE said = %(seen)s"
SO_OF_CHANGE = f"SELECT FROM ({VERSIONS_OF_CHANGE}) v (said) WHERE said = %(seen)s"
LIVE_OF_CHANGE_ALONE = f"""{_live(CHECKS, TASKS, STANDING)}
FROM (SELECT %(service)s::text AS slug, %(tier)s::int AS tier) s
CROSS JOIN (SELECT %(environment)s::text AS slug) e
JOIN changes_change c ON c.id = %(change)s::bigint
"""
