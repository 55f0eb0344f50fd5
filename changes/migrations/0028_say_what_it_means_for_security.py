from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("changes", "0027_checks_we_run")]

    operations = [
        migrations.AddField(
            model_name="change",
            name="security_impact",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
    ]
