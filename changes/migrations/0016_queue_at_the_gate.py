"""Give whoever waits at the gate a place in the order in which they asked."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0004_stamp'),
        ('changes', '0015_calendar_feeds'),
        ('ledger', '0008_call_back_who_asked'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='QueuePlace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.CharField(blank=True, max_length=120)),
                ('artifact', models.CharField(blank=True, max_length=300)),
                ('run_id', models.CharField(blank=True, max_length=120)),
                ('pipeline_url', models.URLField(blank=True)),
                ('joined_at', models.DateTimeField()),
                ('asked_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('ready_from', models.DateTimeField(null=True)),
                ('look_at', models.DateTimeField(null=True)),
                ('released_at', models.DateTimeField(null=True)),
                ('held_until', models.DateTimeField(null=True)),
                ('left_at', models.DateTimeField(null=True)),
                ('left_because', models.CharField(blank=True, choices=[('started', 'Started'), ('denied', 'Denied'), ('cancelled', 'Cancelled'), ('expired', 'Stopped asking')], max_length=9)),
                ('asked_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('callback', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.callback')),
                ('change', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='queue_places', to='changes.change')),
                ('environment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.environment')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('left_at__isnull', True)), fields=['environment', 'id'], name='queue_of_environment'), models.Index(condition=models.Q(('left_at__isnull', True)), fields=['look_at'], name='queue_to_look_at'), models.Index(condition=models.Q(('left_at__isnull', True)), fields=['expires_at'], name='queue_that_ends')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('left_at__isnull', True)), fields=('change', 'run_id'), name='run_waits_once_with_a_change'), models.CheckConstraint(condition=models.Q(models.Q(('left_at__isnull', True), ('left_because', '')), models.Q(('left_at__isnull', False), models.Q(('left_because', ''), _negated=True)), _connector='OR'), name='place_that_is_left_says_why'), models.CheckConstraint(condition=models.Q(models.Q(('held_until__isnull', True), ('released_at__isnull', True)), models.Q(('held_until__isnull', False), ('released_at__isnull', False)), _connector='OR'), name='released_place_says_until_when')],
            },
        ),
    ]
