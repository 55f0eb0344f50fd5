"""Let a postmortem that is owed run on a clock, and say where it stands."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("incidents", "0012_updates_and_status_page"),
    ]
    operations = [
        migrations.AlterField(
            model_name="incidentclock",
            name="kind",
            field=models.CharField(
                choices=[
                    ("respond", "Somebody answers"),
                    ("update", "The next update"),
                    ("postmortem", "The postmortem"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="postmortemduty",
            name="address",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AddField(
            model_name="postmortemduty",
            name="written_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="postmortemduty",
            name="written_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="postmortemduty",
            index=models.Index(
                condition=models.Q(("written_at", None)), fields=["due_at"], name="postmortem_owed"
            ),
        ),
        migrations.AddConstraint(
            model_name="postmortemduty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("address", ""), ("written_at", None), ("written_by", None)),
                    models.Q(("written_at__isnull", False), models.Q(("address", ""), _negated=True)),
                    _connector="OR",
                ),
                name="written_postmortem_says_where_and_when",
            ),
        ),
    ]
