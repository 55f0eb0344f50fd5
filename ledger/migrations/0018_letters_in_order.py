"""Let a delivery name its reader, so that letters and a status page's mail keep their order."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0017_record_into_lanes'),
    ]

    operations = [
        migrations.AddField(
            model_name='delivery',
            name='reader',
            field=models.CharField(blank=True, db_default='', default='', help_text='Who reads it in order where no subscription does: a person, a subscriber.', max_length=60),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('status', 'pending'), models.Q(('reader', ''), _negated=True)), fields=['subject', 'reader', 'id'], name='delivery_in_readers_order'),
        ),
    ]
