"""The alert routes every installation begins with; one that has routes of its own keeps to those."""

from django.db import migrations

BY_LABELS = {"service_label": "service", "environment_label": "environment", "grouping": "service"}
ROUTES = (
    {
        "name": "Complaints of people",
        "order": 900,
        "matchers": 'source="people"',
        "service_label": "service",
        "severity": 3,
        "grouping": "service",
        "threshold": 3,
        "threshold_minutes": 10,
    },
    {
        "name": "Grave alerts of a service",
        "order": 910,
        "matchers": 'severity_level=~"1|2"',
        **BY_LABELS,
    },
    {"name": "Other alerts of a service", "order": 990, "declares": False, **BY_LABELS},
)


def add_rows(apps, schema_editor):
    routes = apps.get_model("incidents", "AlertRoute").objects
    if not routes.exists():
        routes.bulk_create(routes.model(**one) for one in ROUTES)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0015_notes_and_snoozes_of_alerts")]
    operations = [migrations.RunPython(add_rows, migrations.RunPython.noop)]
