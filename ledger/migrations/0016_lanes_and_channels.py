"""Give deliveries a lane and subscriptions more channels."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0015_sources_that_fall_silent'),
    ]

    operations = [
        migrations.CreateModel(
            name='Thread',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.TextField()),
                ('remote_id', models.CharField(max_length=200)),
                ('place', models.CharField(blank=True, default='', max_length=200)),
                ('opened_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='delivery',
            name='delivery_status_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='subscription',
            name='subscription_channel_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='subscription',
            name='webhook_has_a_secret',
        ),
        migrations.RemoveIndex(
            model_name='delivery',
            name='delivery_due',
        ),
        migrations.AddField(
            model_name='delivery',
            name='lane',
            field=models.CharField(choices=[('paging', 'Paging'), ('chat', 'Chat'), ('mail', 'Mail'), ('webhooks', 'Webhooks'), ('status', 'Status pages of others'), ('replies', 'Replies'), ('subscribers', 'Subscribers of our status page')], db_default='webhooks', default='webhooks', max_length=11),
        ),
        migrations.AddField(
            model_name='delivery',
            name='subject',
            field=models.TextField(db_default='', default='', help_text='That of the event, for keeping the order.'),
        ),
        migrations.AddField(
            model_name='subscription',
            name='base_url',
            field=models.CharField(blank=True, db_default='', default='', help_text="Where the tool's API is, such as https://events.eu.pagerduty.com; empty means the vendor's usual one.", max_length=300, verbose_name='API address'),
        ),
        migrations.AddField(
            model_name='subscription',
            name='components',
            field=models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict, help_text='Of Statuspage: which component each service is, as {"checkout": "k1"}.'),
        ),
        migrations.AddField(
            model_name='subscription',
            name='lane',
            field=models.CharField(choices=[('paging', 'Paging'), ('chat', 'Chat'), ('mail', 'Mail'), ('webhooks', 'Webhooks'), ('status', 'Status pages of others')], db_default='webhooks', default='webhooks', help_text='What it is sent with; nothing holds up paging.', max_length=11),
        ),
        migrations.AddField(
            model_name='subscription',
            name='severity_at_most',
            field=models.PositiveSmallIntegerField(blank=True, choices=[(1, 'SEV-1'), (2, 'SEV-2'), (3, 'SEV-3'), (4, 'SEV-4')], help_text='Only incidents that are this bad or worse when the message is sent.', null=True, verbose_name='severities up to'),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='status',
            field=models.CharField(choices=[('pending', 'Pending'), ('sent', 'Sent'), ('failed', 'Failed'), ('dropped', 'Not needed any more')], default='pending', max_length=7),
        ),
        migrations.AlterField(
            model_name='subscription',
            name='channel',
            field=models.CharField(choices=[('email', 'E-mail'), ('webhook', 'Webhook'), ('slack', 'Slack, incoming webhook'), ('slack_bot', 'Slack, bot'), ('teams', 'Microsoft Teams, Workflows'), ('pagerduty', 'PagerDuty, Events v2'), ('opsgenie', 'Opsgenie'), ('statuspage', 'Statuspage'), ('apprise', 'Another, by apprise')], max_length=10),
        ),
        migrations.AlterField(
            model_name='subscription',
            name='sealed_secret',
            field=models.BinaryField(default=bytes, help_text='Its signing secret, key or address, encrypted.'),
        ),
        migrations.AlterField(
            model_name='subscription',
            name='target',
            field=models.CharField(help_text='An e-mail address; the https:// address of a webhook; a channel of Slack, such as C0INC; the id of a page of Statuspage; elsewhere a word for people.', max_length=500),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('status', 'pending')), fields=['lane', 'next_attempt_at', 'id'], name='delivery_due_in_lane'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('status__in', ['pending', 'failed'])), fields=['subscription', 'subject', 'id'], name='delivery_in_order'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'sent', 'failed', 'dropped'])), name='delivery_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'webhook', 'slack', 'slack_bot', 'teams', 'pagerduty', 'opsgenie', 'statuspage', 'apprise'])), name='subscription_channel_is_known'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('channel', 'email'), models.Q(('sealed_secret', b''), _negated=True), _connector='OR'), name='subscription_but_by_email_has_a_secret'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('severity_at_most__isnull', True), models.Q(('severity_at_most__gte', 1), ('severity_at_most__lte', 4)), _connector='OR'), name='subscription_severity_is_one_to_four'),
        ),
        migrations.AddField(
            model_name='thread',
            name='subscription',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='threads', to='ledger.subscription'),
        ),
        migrations.AddConstraint(
            model_name='thread',
            constraint=models.UniqueConstraint(fields=('subscription', 'subject'), name='subject_has_one_thread_at_a_receiver'),
        ),
        migrations.AddConstraint(
            model_name='thread',
            constraint=models.CheckConstraint(condition=models.Q(('remote_id', ''), _negated=True), name='thread_says_what_the_tool_calls_it'),
        ),
    ]
