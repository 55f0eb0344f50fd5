"""Let an event go to the callback somebody gave for it, not only to subscriptions."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0007_check_words_cheaply'),
    ]

    operations = [
        migrations.AlterField(
            model_name='delivery',
            name='subscription',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='ledger.subscription'),
        ),
        migrations.CreateModel(
            name='Callback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(max_length=500)),
                ('sealed_secret', models.BinaryField()),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('url', ''), _negated=True), models.Q(('sealed_secret', b''), _negated=True)), name='callback_has_an_address_and_a_secret')],
            },
        ),
        migrations.AddField(
            model_name='delivery',
            name='callback',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='ledger.callback'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('callback__isnull', True), ('subscription__isnull', False)), models.Q(('callback__isnull', False), ('subscription__isnull', True)), _connector='OR'), name='delivery_has_one_receiver'),
        ),
    ]
