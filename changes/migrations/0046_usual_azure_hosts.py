"""Where Microsoft itself runs Azure DevOps."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

HOSTS = ("dev.azure.com", "*.visualstudio.com")


def add(apps: Apps, schema: BaseDatabaseSchemaEditor) -> None:
    rows = apps.get_model("changes", "AzureHost").objects
    for host in HOSTS:
        rows.get_or_create(host=host)


class Migration(migrations.Migration):
    dependencies = [("changes", "0045_runs_that_wait")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
