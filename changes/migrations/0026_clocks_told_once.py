"""Remember which clocks were told of, and find the reviews that emergencies owe."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0005_second_factors'),
        ('changes', '0025_who_approves_templates'),
        ('incidents', '0002_find_major_incidents_by_time'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ClockNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owes', models.CharField(max_length=6)),
                ('stage', models.CharField(choices=[('reminder', 'It runs out soon'), ('breach', 'It has run out')], max_length=8)),
                ('told_at', models.DateTimeField()),
            ],
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(condition=models.Q(('finished_at__isnull', False), ('kind', 'emergency'), ('reviewed_at__isnull', True)), fields=['service', 'finished_at'], name='change_owes_review'),
        ),
        migrations.AddField(
            model_name='clocknotice',
            name='change',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='clock_notices', to='changes.change'),
        ),
        migrations.AddConstraint(
            model_name='clocknotice',
            constraint=models.UniqueConstraint(fields=('change', 'owes', 'stage'), name='clock_is_told_once_at_each_stage'),
        ),
        migrations.AddConstraint(
            model_name='clocknotice',
            constraint=models.CheckConstraint(condition=models.Q(('owes__in', ['votes', 'review'])), name='clock_counts_votes_or_a_review'),
        ),
    ]
