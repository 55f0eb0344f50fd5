"""Rows every installation begins with: who approves what, and the weekend freeze."""

from datetime import date, time, timedelta

from django.db import migrations

APPROVAL_RULES = [
    {"name": "Peer review", "kinds": ["normal"], "authority": "peer", "count": 1},
    {
        "name": "Service owner from medium risk",
        "kinds": ["normal"],
        "risk_at_least": "medium",
        "authority": "service_owner",
        "count": 1,
    },
    {
        "name": "CAB from high risk",
        "kinds": ["normal"],
        "risk_at_least": "high",
        "authority": "cab",
        "count": 2,
    },
    {"name": "Emergency CAB", "kinds": ["emergency"], "authority": "ecab", "count": 1},
]


def add_rows(apps, schema_editor):
    rules = apps.get_model("changes", "ApprovalRule")
    for rule in APPROVAL_RULES:
        rules.objects.get_or_create(name=rule["name"], defaults=rule)
    apps.get_model("changes", "Window").objects.get_or_create(
        name="Weekend freeze",
        defaults={
            "effect": "freeze",
            "level": "block",
            "reason": "nobody is there to help over the weekend",
            "recurrence": "FREQ=WEEKLY;BYDAY=FR",
            "first_date": date(2024, 1, 5),
            "start_time": time(16),
            "duration": timedelta(hours=62),
            "environments": ["production"],
            "except_standard_up_to_risk": "low",
        },
    )


class Migration(migrations.Migration):
    dependencies = [("changes", "0001_changes")]
    operations = [migrations.RunPython(add_rows, migrations.RunPython.noop)]
