"""What clients do where the gate cannot be reached, by environment."""

import datetime
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0005_second_factors'),
        ('changes', '0036_answers_of_one_run'),
    ]

    operations = [
        migrations.CreateModel(
            name='FailMode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mode', models.CharField(choices=[('deny', 'Deny: nothing is deployed until the gate answers'), ('allow', 'Allow: deploy, and say so')], default='deny', max_length=5)),
                ('reason', models.CharField(blank=True, help_text='Pipelines print it.', max_length=300)),
                ('allow_until', models.DateTimeField(blank=True, help_text='Then it denies again; production must say when.', null=True)),
                ('lasts', models.DurationField(default=datetime.timedelta(seconds=43200), help_text='How long a client goes by what it was told: a day at most.')),
                ('environment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='fail_mode', to='catalog.environment')),
            ],
            options={
                'ordering': ['environment__slug'],
                'constraints': [models.CheckConstraint(condition=models.Q(('mode__in', ['deny', 'allow'])), name='fail_mode_is_to_deny_or_to_allow'), models.CheckConstraint(condition=models.Q(('mode', 'deny'), models.Q(('reason', ''), _negated=True), _connector='OR'), name='fail_mode_that_allows_says_why'), models.CheckConstraint(condition=models.Q(('mode', 'allow'), ('allow_until__isnull', True), _connector='OR'), name='fail_mode_that_denies_has_no_end'), models.CheckConstraint(condition=models.Q(('lasts__gte', datetime.timedelta(seconds=300)), ('lasts__lte', datetime.timedelta(days=1))), name='fail_mode_lasts_a_day_at_most')],
            },
        ),
    ]
