"""Let a subscription that is not active wait for its target."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0018_letters_in_order")]
    operations = [
        migrations.AlterField(
            model_name="subscription",
            name="target",
            field=models.CharField(
                blank=True,
                help_text="An e-mail address; the https:// address of a webhook; a channel of Slack, such as C0INC; the id of a page of Statuspage; elsewhere a word for people. Only one that is not active may be without.",
                max_length=500,
            ),
        ),
        migrations.RemoveConstraint(model_name="subscription", name="subscription_has_a_target"),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_active", False), models.Q(("target", ""), _negated=True), _connector="OR"),
                name="active_subscription_has_a_target",
            ),
        ),
    ]
