"""Make room for updates of incidents, and for a status page."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0009_usage_of_tokens'),
        ('incidents', '0011_verify_before_resolving'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Component',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=80, unique=True)),
                ('name', models.CharField(help_text='As customers call it.', max_length=120)),
                ('words', models.CharField(blank=True, default='', help_text='For customers.', max_length=200, verbose_name='what it is')),
                ('position', models.PositiveSmallIntegerField(default=100, help_text='Small ones stand first.')),
                ('follows_incidents', models.BooleanField(default=True, help_text='Otherwise only what is published for the outside counts.')),
                ('is_shown', models.BooleanField(default=True)),
                ('environment', models.ForeignKey(blank=True, help_text='Only incidents of this environment count, and those of none; empty means all.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.environment')),
                ('services', models.ManyToManyField(blank=True, related_name='components', to='catalog.service')),
            ],
            options={
                'ordering': ['position', 'name'],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=200)),
                ('health', models.CharField(choices=[('operational', 'Operational'), ('maintenance', 'Under maintenance'), ('degraded', 'Degraded performance'), ('partial_outage', 'Partial outage'), ('major_outage', 'Major outage')], max_length=14)),
                ('opened_at', models.DateTimeField()),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
                ('components', models.ManyToManyField(blank=True, related_name='notices', to='incidents.component')),
                ('incident', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='notice', to='incidents.incident')),
            ],
            options={
                'ordering': ['-opened_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='SetHealth',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('health', models.CharField(choices=[('operational', 'Operational'), ('maintenance', 'Under maintenance'), ('degraded', 'Degraded performance'), ('partial_outage', 'Partial outage'), ('major_outage', 'Major outage')], max_length=14)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(blank=True, null=True)),
                ('component', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='set_healths', to='incidents.component')),
                ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Subscriber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('asked_at', models.DateTimeField()),
                ('next_attempt_at', models.DateTimeField(blank=True, help_text='When the confirming mail is due; empty once it is sent.', null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('confirm_digest', models.CharField(blank=True, default='', max_length=64)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('next_attempt_at__isnull', False)), fields=['next_attempt_at'], name='subscriber_to_confirm'), models.Index(fields=['confirm_digest'], name='subscriber_by_token')],
            },
        ),
        migrations.CreateModel(
            name='Update',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('investigating', 'Investigating'), ('identified', 'Identified'), ('monitoring', 'Monitoring'), ('resolved', 'Resolved')], max_length=13)),
                ('message', models.TextField()),
                ('is_public', models.BooleanField(default=False)),
                ('next_update_at', models.DateTimeField(blank=True, help_text='When the next one is promised.', null=True)),
                ('published_at', models.DateTimeField()),
                ('subscribers_told_at', models.DateTimeField(blank=True, help_text='When subscribers of the status page had their mail made.', null=True)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='updates', to='incidents.incident')),
                ('published_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddConstraint(
            model_name='component',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='component_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='notice_has_a_title'),
        ),
        migrations.AddConstraint(
            model_name='sethealth',
            constraint=models.UniqueConstraint(condition=models.Q(('ends_at__isnull', True)), fields=('component',), name='component_is_said_to_stand_one_way'),
        ),
        migrations.AddConstraint(
            model_name='sethealth',
            constraint=models.CheckConstraint(condition=models.Q(('health__in', ['operational', 'maintenance', 'degraded', 'partial_outage', 'major_outage'])), name='said_health_is_known'),
        ),
        migrations.AddConstraint(
            model_name='sethealth',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('ends_at__gte', models.F('starts_at')), _connector='OR'), name='said_health_ends_after_it_begins'),
        ),
        migrations.AddIndex(
            model_name='update',
            index=models.Index(condition=models.Q(('is_public', True), ('subscribers_told_at__isnull', True)), fields=['id'], name='update_for_subscribers'),
        ),
        migrations.AddConstraint(
            model_name='update',
            constraint=models.CheckConstraint(condition=models.Q(('message', ''), _negated=True), name='update_says_something'),
        ),
        migrations.AddConstraint(
            model_name='update',
            constraint=models.CheckConstraint(condition=models.Q(('next_update_at__isnull', True), ('next_update_at__gt', models.F('published_at')), _connector='OR'), name='next_update_is_later'),
        ),
    ]
