"""Answers to one run, or to one question that is polled, are numbered, and no number given twice."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("changes", "0035_soak_of_canary_steps")]
    operations = [
        migrations.AddField(
            model_name="gateanswer",
            name="asking",
            field=models.UUIDField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="gateanswer",
            name="attempt",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="gateanswer",
            name="gist",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=32
            ),
        ),
        migrations.AddField(
            model_name="gateanswer",
            name="named",
            field=models.CharField(blank=True, db_default="", default="", max_length=24),
        ),
        migrations.AddField(
            model_name="gateanswer",
            name="number",
            field=models.PositiveIntegerField(db_default=1, default=1, editable=False),
        ),
        migrations.AddConstraint(
            model_name="gateanswer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("asking__isnull", False)),
                fields=("asking", "number"),
                name="one_answer_after_the_other",
            ),
        ),
    ]
