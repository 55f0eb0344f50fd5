"""What is planned for more than a week is told from that of other teams by the index alone.

Few changes are, but nearly all of them ended after a period that lies back: for the month of one
team the rows of every team's long changes were read.
"""

from django.db import migrations

ALONE = """
DROP INDEX change_planned_for_over_a_week;
CREATE INDEX change_planned_for_over_a_week ON changes_change (planned_end_at)
    INCLUDE (planned_start_at, state)
    WHERE planned_end_at - planned_start_at > interval '7 days'
"""
WITH_PLACE = """
DROP INDEX change_planned_for_over_a_week;
CREATE INDEX change_planned_for_over_a_week
    ON changes_change (planned_end_at, planned_start_at, team_id, service_id) INCLUDE (state)
    WHERE planned_end_at - planned_start_at > interval '7 days'
"""


class Migration(migrations.Migration):
    dependencies = [("changes", "0055_mark_days_seen_before")]
    operations = [migrations.RunSQL(WITH_PLACE, ALONE)]
