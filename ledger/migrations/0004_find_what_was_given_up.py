"""Find what was given up without reading everything that was sent."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0003_record_in_one_call'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('status', 'failed')), fields=['id'], name='delivery_given_up'),
        ),
    ]
