"""Thousands may need one service: an index names them all, so that no row of theirs is read."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0009_usage_of_tokens")]
    operations = [
        migrations.AddIndex(
            model_name="servicedependency",
            index=models.Index(fields=["needs", "service"], name="dependency_by_what_is_needed"),
        ),
        migrations.AlterField(
            model_name="servicedependency",
            name="needs",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="needed_by_rows",
                to="catalog.service",
            ),
        ),
    ]
