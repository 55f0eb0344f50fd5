"""What was open is declared, and began when it was declared, as far as anybody wrote down."""

from django.db import migrations

FORWARDS = """
UPDATE incidents_incident SET onset_at = declared_at,
    state = CASE WHEN state = 'open' THEN 'declared' ELSE state END
"""
BACKWARDS = """
UPDATE incidents_incident SET closed_at = coalesce(closed_at, resolved_at),
    closing_note = CASE WHEN state <> 'resolved' THEN closing_note
        WHEN resolution = '' THEN 'Resolved.' ELSE resolution END,
    closed_by_id = CASE WHEN state = 'resolved' THEN resolved_by_id ELSE closed_by_id END,
    state = CASE WHEN state IN ('resolved', 'closed') THEN 'closed' ELSE 'open' END
"""


class Migration(migrations.Migration):

    dependencies = [('incidents', '0004_states_of_incidents')]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
