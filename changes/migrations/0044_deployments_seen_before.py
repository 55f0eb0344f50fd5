"""Count the deployments that were reported before, and say how those to come are judged."""

from django.db import migrations

RULE = """
INSERT INTO changes_detectionrule (id, is_active, grace, same_within, implementing_counts)
VALUES (1, true, interval '30 seconds', interval '1 hour', true) ON CONFLICT DO NOTHING
"""
SEEN = """
INSERT INTO changes_seendeployment (vendor, project, stage, service_id, environment_id, revision,
    external_id, at, seen_at, state, by, change_id, told)
SELECT 'gate', '', '', c.service_id, c.environment_id, c.revision, '', d.at, d.reported_at,
    'authorised', CASE d.permit_id WHEN '' THEN 'change' ELSE 'permit' END, c.id, '[]'
FROM changes_deployment d JOIN changes_change c ON c.id = d.change_id WHERE d.status = 'started'
"""


class Migration(migrations.Migration):
    dependencies = [("changes", "0043_unauthorised")]

    operations = [
        migrations.RunSQL(RULE, migrations.RunSQL.noop),
        migrations.RunSQL(SEEN, migrations.RunSQL.noop),
    ]
