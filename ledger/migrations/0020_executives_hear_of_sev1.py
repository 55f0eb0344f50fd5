"""Put in the row that mails the executives of a SEV-1: an address is all that it lacks."""

from django.db import migrations
from django.utils import timezone

NAME = "Executives: every SEV-1"
VERBS = [
    "incident.declared",
    "incident.severity_changed",
    "incident.mitigated",
    "incident.resolved",
    "incident.reopened",
    "incident.update_published",
]


def put_in(apps, schema_editor):
    """Not active: nobody is mailed before somebody says whom."""
    apps.get_model("ledger", "Subscription").objects.get_or_create(
        name=NAME,
        defaults={
            "channel": "email",
            "target": "",
            "lane": "mail",
            "verbs": VERBS,
            "severity_at_most": 1,
            "is_active": False,
            "created_at": timezone.now(),
        },
    )


class Migration(migrations.Migration):
    dependencies = [("ledger", "0019_who_is_not_told_needs_no_target")]
    operations = [migrations.RunPython(put_in, migrations.RunPython.noop)]
