"""The levels every installation begins with: the ones that were fixed before."""

from django.db import migrations

USUAL = {"medium": 30, "high": 60}


def add_rows(apps, schema_editor):
    rows = apps.get_model("changes", "RiskThreshold")
    for level, score in USUAL.items():
        rows.objects.get_or_create(level=level, defaults={"from_score": score})


class Migration(migrations.Migration):
    dependencies = [("changes", "0019_risk_levels")]
    operations = [migrations.RunPython(add_rows, migrations.RunPython.noop)]
