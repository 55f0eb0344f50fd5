"""The table behind Django's cache, so that all processes count the same."""

from django.db import migrations

CREATE = """
CREATE UNLOGGED TABLE config_cache (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX config_cache_expires ON config_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("config", "0001_heartbeat")]
    operations = [migrations.RunSQL(CREATE, "DROP TABLE config_cache")]
