"""Let an event be told to one person, in words of their own."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0008_call_back_who_asked'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('heading', models.CharField(help_text='The subject line.', max_length=200)),
                ('words', models.TextField()),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='delivery',
            name='delivery_has_one_receiver',
        ),
        migrations.AddField(
            model_name='letter',
            name='to',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='letters', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='delivery',
            name='letter',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='ledger.letter'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('callback__isnull', True), ('letter__isnull', True), ('subscription__isnull', False)), models.Q(('callback__isnull', False), ('letter__isnull', True), ('subscription__isnull', True)), models.Q(('callback__isnull', True), ('letter__isnull', False), ('subscription__isnull', True)), _connector='OR'), name='delivery_has_one_receiver'),
        ),
        migrations.AddConstraint(
            model_name='letter',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('heading', ''), _negated=True), models.Q(('words', ''), _negated=True)), name='letter_says_something'),
        ),
    ]
