"""The index by which the schedule finds the few changes planned for longer than a week.

Its condition has no form in the ORM that PostgreSQL takes for immutable, so it stands here as SQL.
"""

from django.db import migrations

LONG = """
CREATE INDEX change_planned_for_over_a_week ON changes_change (planned_end_at)
    WHERE planned_end_at - planned_start_at > interval '7 days'
"""


class Migration(migrations.Migration):
    dependencies = [("changes", "0003_search_text")]

    operations = [migrations.RunSQL(LONG, "DROP INDEX change_planned_for_over_a_week")]
