from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0013_postmortems_are_nagged_for")]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="was_over",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="This firing had ended before we heard of it.",
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                condition=models.Q(
                    ("incident__isnull", True), ("state", "resolved"), ("was_over", True)
                ),
                fields=["-started_at", "-id"],
                name="alert_missed",
            ),
        ),
    ]
