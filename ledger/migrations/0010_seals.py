"""Make room for seals: signed proof of which events there were."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0009_letters_to_one_person'),
    ]

    operations = [
        migrations.CreateModel(
            name='Seal',
            fields=[
                ('number', models.PositiveBigIntegerField(help_text='1, 2, 3 … without a gap.', primary_key=True, serialize=False)),
                ('sealed_at', models.DateTimeField()),
                ('first_id', models.BigIntegerField(help_text='The id of its first event.')),
                ('last_id', models.BigIntegerField(help_text='The id of its last event.', unique=True)),
                ('count', models.PositiveIntegerField(help_text='How many events it covers.')),
                ('root', models.CharField(max_length=64)),
                ('heads', models.JSONField(help_text='The newest event it covers of each subject: position, begin of its digest.')),
                ('previous_digest', models.CharField(max_length=64, unique=True)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('kid', models.CharField(max_length=40, verbose_name='key')),
                ('signature', models.BinaryField(max_length=64)),
            ],
            options={
                'ordering': ['number'],
                'indexes': [models.Index(fields=['sealed_at'], name='seal_by_time')],
                'constraints': [models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='seal_is_numbered_from_one'), models.CheckConstraint(condition=models.Q(('count__gte', 1)), name='seal_covers_an_event'), models.CheckConstraint(condition=models.Q(('last_id__gte', models.F('first_id'))), name='seal_ends_after_it_begins')],
            },
        ),
    ]
