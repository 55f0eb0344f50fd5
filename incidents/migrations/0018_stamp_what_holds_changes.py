"""The gate remembers which incidents hold the changes of a service, so what decides that is stamped.

See Note [What the gate remembers] in changes.queries.kept. An incident is written often while it is run; only where it
begins or ceases to hold something, or would be told otherwise, is that stamped.
"""

from django.db import migrations

WATCH = """
CREATE CONSTRAINT TRIGGER {table}_is_stamped AFTER INSERT OR DELETE ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog_stamp_anew();
CREATE CONSTRAINT TRIGGER {table}_is_stamped_when_changed AFTER UPDATE ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (({old}) IS DISTINCT FROM ({new}))
    EXECUTE FUNCTION catalog_stamp_anew();
CREATE TRIGGER {table}_is_stamped_when_emptied AFTER TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_stamp_anew();
"""
UNWATCH = """
DROP TRIGGER {table}_is_stamped ON {table};
DROP TRIGGER {table}_is_stamped_when_changed ON {table};
DROP TRIGGER {table}_is_stamped_when_emptied ON {table};
"""
TABLES = {
    "incidents_incident": ("state", "severity", "service_id", "environment_id", "declared_at"),
    "incidents_affectedservice": ("incident_id", "service_id", "until"),
    "catalog_servicedependency": ("service_id", "needs_id"),
}


def _watch(table: str, columns: tuple[str, ...]) -> migrations.RunSQL:
    old, new = (", ".join(f"{row}.{name}" for name in columns) for row in ("OLD", "NEW"))
    return migrations.RunSQL(
        WATCH.format(table=table, old=old, new=new), UNWATCH.format(table=table)
    )


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0017_matchers_know_the_level"),
        ("catalog", "0009_usage_of_tokens"),
    ]
    operations = [_watch(table, columns) for table, columns in TABLES.items()]
