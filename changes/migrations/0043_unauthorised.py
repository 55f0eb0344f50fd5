"""Make room for deployments that were seen, and for changes that went ahead without leave."""

import datetime
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0007_tokens_are_rotated'),
        ("changes", "0042_standard_changes_close_themselves"),
        ('incidents', '0002_find_major_incidents_by_time'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DetectionRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_active', models.BooleanField(default=True, help_text='Otherwise they are only counted.', verbose_name='unauthorised deployments become changes')),
                ('grace', models.DurationField(default=datetime.timedelta(seconds=30), help_text='How long a permit may take to be used up after the deployment was seen, such as 00:00:30. They are judged every ten seconds.', validators=[django.core.validators.MinValueValidator(datetime.timedelta(0)), django.core.validators.MaxValueValidator(datetime.timedelta(seconds=3600))])),
                ('same_within', models.DurationField(default=datetime.timedelta(seconds=3600), help_text='What is told of one revision of a service within this is one deployment.', validators=[django.core.validators.MinValueValidator(datetime.timedelta(seconds=60)), django.core.validators.MaxValueValidator(datetime.timedelta(days=1))], verbose_name='one deployment within')),
                ('implementing_counts', models.BooleanField(default=True, help_text='Otherwise only a permit that was used up does.', verbose_name='a change being implemented counts as leave')),
            ],
            options={
                'verbose_name': 'rule for deployments seen',
                'verbose_name_plural': 'rule for deployments seen',
            },
        ),
        migrations.CreateModel(
            name='SeenDeployment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('vendor', models.CharField(max_length=20, verbose_name='told by')),
                ('project', models.CharField(blank=True, max_length=200)),
                ('stage', models.CharField(blank=True, max_length=200)),
                ('revision', models.CharField(blank=True, max_length=120)),
                ('external_id', models.CharField(blank=True, help_text="The tool's own number for it, where it has one.", max_length=255)),
                ('at', models.DateTimeField(verbose_name='deployed at')),
                ('seen_at', models.DateTimeField()),
                ('judge_at', models.DateTimeField(null=True)),
                ('state', models.CharField(choices=[('unmapped', 'Not mapped'), ('waiting', 'Waiting to be judged'), ('authorised', 'Authorised'), ('unauthorised', 'Unauthorised')], max_length=12)),
                ('by', models.CharField(blank=True, choices=[('permit', 'A permit'), ('change', 'A change being implemented')], max_length=6, verbose_name='leave')),
                ('told', models.JSONField(default=list)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='change',
            name='change_state_follows_moves',
        ),
        migrations.RemoveIndex(
            model_name='change',
            name='change_owes_review',
        ),
        migrations.AddField(
            model_name='change',
            name='unauthorised_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name='doorrun',
            name='vendor',
            field=models.CharField(choices=[('github', 'GitHub'), ('azure', 'Azure DevOps'), ('servicenow', 'ServiceNow DevOps'), ('octopus', 'Octopus Deploy'), ('jira', 'Jira Service Management'), ('argo-cd', 'Argo CD'), ('pagerduty', 'PagerDuty')], max_length=10),
        ),
        migrations.AlterField(
            model_name='doormapping',
            name='vendor',
            field=models.CharField(choices=[('github', 'GitHub'), ('azure', 'Azure DevOps'), ('servicenow', 'ServiceNow DevOps'), ('octopus', 'Octopus Deploy'), ('jira', 'Jira Service Management'), ('argo-cd', 'Argo CD'), ('pagerduty', 'PagerDuty')], max_length=10, verbose_name='tool'),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(condition=models.Q(models.Q(('kind', 'emergency'), ('unauthorised_at__isnull', False), _connector='OR'), ('finished_at__isnull', False), ('reviewed_at__isnull', True)), fields=['service', 'finished_at'], name='change_owes_review'),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(condition=models.Q(('unauthorised_at__isnull', False)), fields=['-id'], name='change_unauthorised'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='change',
            trigger=pgtrigger.compiler.Trigger(name='change_state_follows_moves', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{awaiting_approval:cancelled,awaiting_approval:implementing,awaiting_approval:planning,awaiting_approval:scheduled,implementing:validating,planning:awaiting_approval,planning:cancelled,planning:validating,scheduled:cancelled,scheduled:implementing,scheduled:planning,validating:cancelled,validating:closed}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='49baf595dc5c1592cd4239f2ac6e41ab8dac78ad', operation='UPDATE', pgid='pgtrigger_change_state_follows_moves_a4fc4', table='changes_change', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='detectionrule',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='there_is_one_detection_rule'),
        ),
        migrations.AddField(
            model_name='seendeployment',
            name='change',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='seen_deployments', to='changes.change'),
        ),
        migrations.AddField(
            model_name='seendeployment',
            name='environment',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.environment'),
        ),
        migrations.AddField(
            model_name='seendeployment',
            name='service',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.service'),
        ),
        migrations.AddIndex(
            model_name='seendeployment',
            index=models.Index(condition=models.Q(('service__isnull', False)), fields=['service', 'environment', '-at'], name='seen_by_place'),
        ),
        migrations.AddIndex(
            model_name='seendeployment',
            index=models.Index(condition=models.Q(('external_id', ''), _negated=True), fields=['vendor', 'external_id'], name='seen_by_external_id'),
        ),
        migrations.AddIndex(
            model_name='seendeployment',
            index=models.Index(fields=['at'], include=('service', 'state', 'by'), name='seen_by_time'),
        ),
        migrations.AddIndex(
            model_name='seendeployment',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['judge_at'], name='seen_due'),
        ),
        migrations.AddIndex(
            model_name='seendeployment',
            index=models.Index(condition=models.Q(('state', 'unmapped')), fields=['vendor', 'project', 'stage'], name='seen_unmapped'),
        ),
        migrations.AddConstraint(
            model_name='seendeployment',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'unmapped'), models.Q(('environment__isnull', False), ('service__isnull', False)), _connector='OR'), name='seen_deployment_is_mapped_to_be_judged'),
        ),
        migrations.AddConstraint(
            model_name='seendeployment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'authorised'), models.Q(('by', ''), _negated=True), ('change__isnull', False)), models.Q(models.Q(('state', 'authorised'), _negated=True), ('by', '')), _connector='OR'), name='authorised_deployment_says_by_what'),
        ),
    ]
