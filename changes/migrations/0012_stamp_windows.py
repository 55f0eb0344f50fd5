"""Stamp anew when a window or a time it lists is written: the gate remembers those of a place."""

from django.db import migrations

WATCH = """
CREATE CONSTRAINT TRIGGER {table}_is_stamped AFTER INSERT OR DELETE OR UPDATE ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog_stamp_anew();
CREATE TRIGGER {table}_is_stamped_when_emptied AFTER TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_stamp_anew();
"""
UNWATCH = """
DROP TRIGGER {table}_is_stamped ON {table};
DROP TRIGGER {table}_is_stamped_when_emptied ON {table};
"""
TABLES = ("changes_window", "changes_listedtime")


class Migration(migrations.Migration):
    dependencies = [("changes", "0011_reserve_what_is_ahead"), ("catalog", "0004_stamp")]
    operations = [
        migrations.RunSQL(WATCH.format(table=table), UNWATCH.format(table=table))
        for table in TABLES
    ]
