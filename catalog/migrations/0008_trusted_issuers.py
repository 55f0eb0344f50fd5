"""Whom we believe about pipelines: issuers, their keys, rules of trust, and what was exchanged."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0007_tokens_are_rotated"),
    ]

    operations = [
        migrations.CreateModel(
            name='Issuer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
                ('url', models.CharField(help_text='Exactly as `iss` of its tokens, such as https://token.actions.githubusercontent.com or https://gitlab.com.', max_length=300, unique=True, verbose_name='address')),
                ('audience', models.CharField(help_text='What `aud` of its tokens must be; choose one for this Tidegate alone, such as its address.', max_length=200)),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='SpentSubject',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64)),
                ('ends_at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='TrustRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.SlugField(max_length=80)),
                ('conditions', models.JSONField(help_text='All must match: {"repository": "acme/shop", "ref": "refs/heads/main"}. * stands for any characters but /, ** for any.')),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('gate', 'Ask the gate, report deployments'), ('changes:read', 'Read changes'), ('changes:write', 'File and move changes'), ('windows:write', 'Write windows'), ('alerts:write', 'Send alerts'), ('incidents:write', 'Declare and run incidents'), ('admin', 'Everything its user may do')], max_length=24), size=None)),
                ('services', django.contrib.postgres.fields.ArrayField(base_field=models.SlugField(max_length=80), blank=True, default=list, size=None)),
                ('teams', django.contrib.postgres.fields.ArrayField(base_field=models.SlugField(), blank=True, default=list, size=None)),
                ('environments', django.contrib.postgres.fields.ArrayField(base_field=models.SlugField(), blank=True, default=list, size=None)),
                ('minutes', models.PositiveSmallIntegerField(default=15, help_text="How long a token lives at most; never longer than the pipeline's own.", validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(15)])),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['issuer', 'name'],
            },
        ),
        migrations.AddField(
            model_name='apitoken',
            name='origin',
            field=models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict, help_text="Of which pipeline's token it was made; empty where a person issued it."),
        ),
        migrations.CreateModel(
            name='IssuerKeys',
            fields=[
                ('issuer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='keys_read', serialize=False, to='catalog.issuer')),
                ('sealed_keys', models.BinaryField(default=b'')),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('tried_at', models.DateTimeField(blank=True, null=True)),
                ('wanted_at', models.DateTimeField(blank=True, null=True)),
                ('problem', models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.AddConstraint(
            model_name='issuer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('audience', ''), _negated=True), models.Q(('url', ''), _negated=True)), name='issuer_has_an_address_and_an_audience'),
        ),
        migrations.AddField(
            model_name='spentsubject',
            name='issuer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.issuer'),
        ),
        migrations.AddField(
            model_name='trustrule',
            name='acts_as',
            field=models.ForeignKey(help_text='A robot.', limit_choices_to={'is_robot': True}, on_delete=django.db.models.deletion.PROTECT, related_name='trust_rules', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='trustrule',
            name='issuer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rules', to='catalog.issuer'),
        ),
        migrations.AddConstraint(
            model_name='spentsubject',
            constraint=models.UniqueConstraint(fields=('issuer', 'key'), name='subject_is_spent_once'),
        ),
        migrations.AddConstraint(
            model_name='trustrule',
            constraint=models.UniqueConstraint(fields=('issuer', 'name'), name='rule_of_an_issuer_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='trustrule',
            constraint=models.CheckConstraint(condition=models.Q(('minutes__gte', 1), ('minutes__lte', 15)), name='trusted_tokens_live_a_quarter_of_an_hour_at_most'),
        ),
    ]
