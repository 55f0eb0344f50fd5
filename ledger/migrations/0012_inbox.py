"""Make room for what comes in: sources, their keys, and their messages as they came."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0011_seal_is_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(help_text='Part of its address: /hooks/<slug>.', max_length=80, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('vendor', models.SlugField(max_length=40)),
                ('per_minute', models.PositiveIntegerField(default=600, help_text='More are refused until the minute is over; the sender is told when.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60000)], verbose_name='messages a minute')),
                ('is_active', models.BooleanField(default=True, help_text='Otherwise it is refused.')),
                ('created_at', models.DateTimeField(editable=False)),
            ],
            options={
                'ordering': ['slug'],
                'constraints': [models.CheckConstraint(condition=models.Q(('per_minute__gte', 1)), name='source_may_send_something')],
            },
        ),
        migrations.CreateModel(
            name='SourceKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('prefix', models.CharField(editable=False, max_length=12)),
                ('digest', models.BinaryField(max_length=32, unique=True)),
                ('sealed_secret', models.BinaryField(default=bytes)),
                ('created_at', models.DateTimeField(editable=False)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='ledger.source')),
            ],
            options={
                'ordering': ['source', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.CharField(max_length=60)),
                ('delivery_id', models.CharField(blank=True, max_length=255)),
                ('in_order', models.CharField(blank=True, max_length=255)),
                ('headers', models.JSONField(default=dict)),
                ('body', models.BinaryField()),
                ('received_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('failed', 'Failed, to be tried again'), ('done', 'Done'), ('dead', 'Given up')], default='pending', max_length=7)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField()),
                ('claimed_until', models.DateTimeField(blank=True, help_text='A worker holds it until then.', null=True)),
                ('error', models.TextField(blank=True, default='')),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='ledger.source')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['source', 'received_at'], name='message_by_source'), models.Index(fields=['received_at'], name='message_by_time'), models.Index(condition=models.Q(('state__in', ['pending', 'failed'])), fields=['next_attempt_at', 'id'], name='message_due'), models.Index(condition=models.Q(('state__in', ['pending', 'failed']), models.Q(('in_order', ''), _negated=True)), fields=['source', 'in_order', 'id'], name='message_in_order'), models.Index(condition=models.Q(('state', 'dead')), fields=['id'], name='message_given_up')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('delivery_id', ''), _negated=True), fields=('source', 'delivery_id'), name='message_is_kept_once'), models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'failed', 'done', 'dead'])), name='message_state_is_known')],
            },
        ),
    ]
