"""Tokens are limited to environments too, and in how often they may be used.

What the gate remembers need not be forgotten when a token is made: nobody has borne it before.
"""

import django.contrib.postgres.fields
import django.core.validators
from django.db import migrations, models

DROP = "DROP TRIGGER catalog_apitoken_is_stamped ON catalog_apitoken;"
WATCH = """
CREATE CONSTRAINT TRIGGER catalog_apitoken_is_stamped
    AFTER {made}DELETE OR UPDATE OF user_id, name, digest, scopes, services, teams, expires_at, revoked_at{more}
    ON catalog_apitoken
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog_stamp_anew();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_second_factors")]
    operations = [
        migrations.AddField(
            "apitoken",
            "environments",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.SlugField(),
                blank=True,
                db_default=[],
                default=list,
                help_text="Only in these environments; empty means any.",
                size=None,
            ),
        ),
        migrations.AddField(
            "apitoken",
            "per_minute",
            models.PositiveIntegerField(
                blank=True,
                help_text="Of each kind, asking the gate and writing; empty means the usual limits.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="requests a minute",
            ),
        ),
        migrations.AddConstraint(
            "apitoken",
            models.CheckConstraint(
                condition=models.Q(("per_minute__gte", 1)),
                name="token_sends_at_least_one_a_minute",
            ),
        ),
        migrations.RunSQL(
            DROP + WATCH.format(made="", more=", environments, per_minute"),
            DROP + WATCH.format(made="INSERT OR ", more=""),
        ),
    ]
