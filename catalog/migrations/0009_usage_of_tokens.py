"""What all processes together let through for a token in a minute; lost in a crash, and not missed."""

from django.db import migrations

MAKE = """
CREATE UNLOGGED TABLE catalog_usage (
    token_id bigint NOT NULL,
    kind text NOT NULL,
    minute bigint NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (token_id, kind)
) WITH (fillfactor = 50);
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0008_trusted_issuers")]
    operations = [migrations.RunSQL(MAKE, "DROP TABLE catalog_usage;")]
