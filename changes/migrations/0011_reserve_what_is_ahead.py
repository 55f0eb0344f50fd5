"""Reserve for the changes that are scheduled or running already.

Where two of them exclude each other already, the one filed first has the place: the other is told so
when it starts.
"""

from django.db import migrations

RESERVE = """
INSERT INTO changes_reservation (change_id, service_id, environment_id, implementer_id, kind,
    starts_at, ends_at, is_own, is_running, claim, excludes)
SELECT c.id, x.service_id, c.environment_id, c.implementer_id, c.kind,
    c.planned_start_at, c.planned_end_at, x.is_own, c.state = 'implementing', x.service_id, false
FROM changes_change c
CROSS JOIN LATERAL (
    SELECT c.service_id, true UNION
    SELECT m.service_id, false FROM changes_change_also_affects m WHERE m.change_id = c.id
) x(service_id, is_own)
WHERE c.state IN ('scheduled', 'implementing') AND c.planned_end_at IS NOT NULL
"""
EXCLUDE = """
UPDATE changes_reservation r SET excludes = true
WHERE r.is_own AND r.kind = 'normal' AND NOT EXISTS (
    SELECT FROM changes_reservation o
    WHERE o.is_own AND o.kind = 'normal' AND o.change_id < r.change_id
        AND o.environment_id = r.environment_id AND o.claim = r.claim
        AND o.starts_at < r.ends_at AND o.ends_at > r.starts_at)
"""


class Migration(migrations.Migration):
    dependencies = [("changes", "0010_reserve_and_lock")]

    operations = [
        migrations.RunSQL(RESERVE, "DELETE FROM changes_reservation"),
        migrations.RunSQL(EXCLUDE, migrations.RunSQL.noop),
    ]
