"""Find votes by when they were cast, for the report on what approvals were worth."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('changes', '0028_say_what_it_means_for_security'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='vote',
            index=models.Index(fields=['cast_at'], name='vote_by_time'),
        ),
    ]
