"""A token knows which one it replaces, and how often its end was announced."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0006_token_limits")]
    operations = [
        migrations.AddField(
            "apitoken",
            "replaces",
            models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="replaced_by",
                to="catalog.apitoken",
            ),
        ),
        migrations.AddField(
            "apitoken",
            "reminders",
            models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="How often its end was announced."
            ),
        ),
        migrations.AddIndex(
            "apitoken",
            models.Index(
                "expires_at",
                name="token_ends",
                condition=models.Q(revoked_at__isnull=True, expires_at__isnull=False),
            ),
        ),
    ]
