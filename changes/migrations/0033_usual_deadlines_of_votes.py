"""The deadlines every installation begins with: a reminder, then the next authority as well."""

from datetime import timedelta

from django.db import migrations

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
USUAL = {
    "peer": (4 * HOUR, 24 * HOUR, "service_owner"),
    "service_owner": (8 * HOUR, 24 * HOUR, "change_manager"),
    "cab": (24 * HOUR, 48 * HOUR, "change_manager"),
    "change_manager": (24 * HOUR, None, ""),
    "ecab": (15 * MINUTE, 30 * MINUTE, "change_manager"),
    "group": (24 * HOUR, 48 * HOUR, "change_manager"),
    "people": (24 * HOUR, 48 * HOUR, "change_manager"),
}


def add_rows(apps, schema_editor):
    rows = apps.get_model("changes", "ApprovalDeadline")
    for authority, (remind, escalate, following) in USUAL.items():
        rows.objects.get_or_create(
            authority=authority,
            rule=None,
            defaults={
                "remind_after": remind,
                "escalate_after": escalate,
                "next_authority": following,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("changes", "0032_deadlines_of_votes")]
    operations = [migrations.RunPython(add_rows, migrations.RunPython.noop)]
