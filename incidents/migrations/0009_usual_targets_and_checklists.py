"""The matrix, targets and checklists every installation begins with."""

from datetime import timedelta

from django.db import migrations

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MATRIX = {(1, 1): 1, (1, 2): 2, (1, 3): 3, (2, 1): 2, (2, 2): 3, (2, 3): 4, (3, 1): 3, (3, 2): 4, (3, 3): 4}
# severity: respond within, reminder; update every, reminder; owes a postmortem
TARGETS = {
    1: (5 * MINUTE, 2 * MINUTE, 30 * MINUTE, 5 * MINUTE, True),
    2: (15 * MINUTE, 5 * MINUTE, 1 * HOUR, 10 * MINUTE, True),
    3: (1 * HOUR, 15 * MINUTE, 4 * HOUR, 30 * MINUTE, False),
    4: (None, 2 * HOUR, 1 * DAY, 2 * HOUR, False),
}
STEPS = (
    (5, [1, 2, 3], "Acknowledge it, and say on the timeline what you see."),
    (5, [1, 2], "Take command, or name who commands."),
    (5, [1, 2], "Look at the suspects: did a change start shortly before?"),
    (5, [1, 2, 3], "Check that the severity fits: who is hurt, and is there a way around?"),
    (15, [1, 2], "Name somebody for communications, and publish the first update."),
    (15, [1, 2], "Roll back the likeliest suspect, or write down why not."),
    (15, [1, 2, 3], "Name the services that are affected, and tell the teams that depend on them."),
    (15, [1], "Name a scribe."),
    (30, [1, 2], "Publish the next update, with the time of the one after."),
    (30, [1, 2], "Not mitigated yet? Call in the owner of what it depends on."),
    (30, [1], "Estimate how many users and how much money it affects."),
    (30, [1, 2], "Hand over before anybody has been on it for four hours."),
)


def add_rows(apps, schema_editor):
    for (impact, urgency), severity in MATRIX.items():
        apps.get_model("incidents", "SeverityRule").objects.get_or_create(
            impact=impact, urgency=urgency, defaults={"severity": severity}
        )
    for severity, (within, reminder, every, update_reminder, owes) in TARGETS.items():
        apps.get_model("incidents", "SeverityTarget").objects.get_or_create(
            severity=severity,
            defaults={
                "respond_within": within,
                "respond_reminder": reminder,
                "update_every": every,
                "update_reminder": update_reminder,
                "owes_postmortem": owes,
            },
        )
    items = apps.get_model("incidents", "ChecklistItem").objects
    for position, (within, severities, text) in enumerate(STEPS, start=1):
        items.get_or_create(
            within_minutes=within,
            text=text,
            defaults={"position": position, "severities": severities},
        )


class Migration(migrations.Migration):
    dependencies = [("incidents", "0008_running_an_incident")]
    operations = [migrations.RunPython(add_rows, migrations.RunPython.noop)]
