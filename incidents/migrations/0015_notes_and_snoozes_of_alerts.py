"""Keep what people say of alerts in the tool that keeps them, and until when they snooze them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0014_alerts_that_were_over")]
    operations = [
        migrations.AddField(
            model_name="alert",
            name="snoozed_until",
            field=models.DateTimeField(
                blank=True, help_text="Until then it declares no incident.", null=True
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                condition=models.Q(("snoozed_until__isnull", False)),
                fields=["snoozed_until"],
                name="alert_snoozed",
            ),
        ),
        migrations.CreateModel(
            name="AlertNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("word", models.CharField(max_length=64)),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("noted", "Noted"),
                            ("snoozed", "Snoozed it"),
                            ("acknowledged", "Acknowledged it"),
                            ("closed", "Closed it"),
                        ],
                        max_length=12,
                    ),
                ),
                ("by", models.CharField(blank=True, default="", max_length=200)),
                ("text", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField()),
                (
                    "alert",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="incidents.alert",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("alert", "word"), name="alert_note_is_kept_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("act__in", ["noted", "snoozed", "acknowledged", "closed"])
                        ),
                        name="alert_note_act_is_known",
                    ),
                ],
            },
        ),
    ]
