"""Keep the indexes that are read: every one of them is written again at every move of a change.

A change had 23; foreign keys that say who did what when are never looked up by, and others begin
an index of their own. The schedule gets the two it reads.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


FORMER = """
DROP INDEX IF EXISTS change_planned_for_over_a_week;
CREATE INDEX change_planned_for_over_a_week ON changes_change (planned_end_at)
    WHERE planned_end_at - planned_start_at > interval '7 days'
"""
COVERING = """
DROP INDEX change_planned_for_over_a_week;
CREATE INDEX change_planned_for_over_a_week ON changes_change (planned_end_at)
    INCLUDE (planned_start_at, state)
    WHERE planned_end_at - planned_start_at > interval '7 days'
"""


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0002_make_role_groups'),
        ('changes', '0005_windows_except'),
        ('incidents', '0001_incidents'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='change',
            name='change_by_planned_start',
        ),
        migrations.AlterField(
            model_name='change',
            name='author',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='authored_changes', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='change',
            name='broke_glass_by',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='change',
            name='ended_by',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='change',
            name='held_by',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='change',
            name='last_editor',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='last_edited_changes', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='change',
            name='reviewed_by',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='change',
            name='service',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='catalog.service'),
        ),
        migrations.AlterField(
            model_name='change',
            name='started_by',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='change',
            name='team',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='catalog.team'),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(fields=['planned_start_at'], include=('planned_end_at', 'state'), name='change_by_planned_start'),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(fields=['team', 'planned_start_at'], name='change_by_team_planned_start'),
        ),
        migrations.RunSQL(COVERING, FORMER),
    ]
