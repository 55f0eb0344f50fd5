"""What was deployed before days were counted is to be counted, too."""

from django.db import migrations

MARK = """
INSERT INTO changes_seenmark (day)
SELECT DISTINCT (at AT TIME ZONE 'UTC')::date FROM changes_seendeployment
"""


class Migration(migrations.Migration):
    dependencies = [("changes", "0054_days_of_deployments_are_counted")]
    operations = [migrations.RunSQL(MARK, migrations.RunSQL.noop)]
