"""Keep what is ahead apart: reservations of services, locks of environments, conflicts that were told.

PostgreSQL refuses two changes that exclude each other, which needs btree_gist.
"""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0003_environment_takes_one_at_a_time'),
        ('changes', '0009_times_from_calendars'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name='ConflictCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField()),
                ('change', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='changes.change')),
            ],
        ),
        migrations.CreateModel(
            name='Conflict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.CharField(choices=[('hard', 'Hard: one keeps the other from starting'), ('soft', 'Soft: both should know')], max_length=4)),
                ('why', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), size=None)),
                ('found_at', models.DateTimeField()),
                ('cleared_at', models.DateTimeField(blank=True, null=True)),
                ('change', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='conflicts_later', to='changes.change')),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conflicts_earlier', to='changes.change')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('change__lt', models.F('other'))), name='conflict_names_the_earlier_change_first'), models.CheckConstraint(condition=models.Q(('level__in', ['hard', 'soft'])), name='conflict_level_is_known'), models.UniqueConstraint(condition=models.Q(('cleared_at__isnull', True)), fields=('change', 'other'), name='open_conflict_is_kept_once')],
            },
        ),
        migrations.CreateModel(
            name='EnvironmentLock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=300)),
                ('locked_at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('released_at', models.DateTimeField(blank=True, null=True)),
                ('change', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='locks', to='changes.change')),
                ('environment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='locks', to='catalog.environment')),
                ('locked_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('released_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-locked_at', '-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('until__gt', models.F('locked_at'))), name='lock_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='lock_states_its_reason'), models.CheckConstraint(condition=models.Q(models.Q(('released_at__isnull', True), ('released_by__isnull', True)), models.Q(('released_at__isnull', False), ('released_by__isnull', False)), _connector='OR'), name='released_lock_says_when_and_by_whom'), models.CheckConstraint(condition=models.Q(models.Q(('released_at__gte', models.F('locked_at')), ('released_at__lte', models.F('until'))), ('released_at__isnull', True), _connector='OR'), name='lock_is_released_while_it_holds'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('released_at__isnull', True)), expressions=[('environment', '='), (models.Func('locked_at', 'until', django.contrib.postgres.fields.ranges.RangeBoundary(), function='tstzrange', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&')], name='environment_is_locked_once_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('standard', 'Standard'), ('normal', 'Normal'), ('emergency', 'Emergency')], max_length=9)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('is_own', models.BooleanField(help_text="The change's own service, not one it also affects.")),
                ('is_running', models.BooleanField(default=False)),
                ('claim', models.BigIntegerField()),
                ('excludes', models.BooleanField(default=False)),
                ('change', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='changes.change')),
                ('environment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.environment')),
                ('implementer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('service', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.service')),
            ],
            options={
                'indexes': [models.Index(fields=['service', 'starts_at'], name='reservation_by_service'), models.Index(condition=models.Q(('is_own', True)), fields=['environment', 'claim', 'starts_at'], name='reservation_by_claim'), models.Index(fields=['implementer', 'starts_at'], name='reservation_by_implementer'), models.Index(condition=models.Q(('is_own', True), ('is_running', True)), fields=['environment'], name='reservation_running')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='reservation_ends_after_it_starts'), models.UniqueConstraint(fields=('change', 'service'), name='change_reserves_a_service_once'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('excludes', True)), expressions=[('environment', '='), ('claim', '='), (models.Func('starts_at', 'ends_at', django.contrib.postgres.fields.ranges.RangeBoundary(), function='tstzrange', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&')], name='one_change_at_a_time_where_it_excludes')],
            },
        ),
    ]
