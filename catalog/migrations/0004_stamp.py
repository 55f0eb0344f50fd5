"""A number that is another after every change of what the gate remembers between questions.

See Note [What the gate remembers] in changes.queries.kept. It is written when a transaction commits, so nobody waits
for it longer than that, and whoever sees the number sees all that it stands for.
"""

from django.db import migrations

STAMP = """
CREATE TABLE catalog_stamp (
    number bigint NOT NULL,
    writer xid8,
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one)
);
CREATE SEQUENCE catalog_stamp_number;
INSERT INTO catalog_stamp (number) VALUES (nextval('catalog_stamp_number'));

CREATE FUNCTION catalog_stamp_anew() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE catalog_stamp
        SET number = nextval('catalog_stamp_number'), writer = pg_current_xact_id()
        WHERE writer IS DISTINCT FROM pg_current_xact_id();
    RETURN NULL;
END $$;
COMMENT ON FUNCTION catalog_stamp_anew() IS
    'For tables whose rows the gate remembers: a deferred constraint trigger, and one for TRUNCATE.';
"""
UNSTAMP = """
DROP FUNCTION catalog_stamp_anew();
DROP SEQUENCE catalog_stamp_number;
DROP TABLE catalog_stamp;
"""
WATCH = """
CREATE CONSTRAINT TRIGGER {table}_is_stamped AFTER INSERT OR DELETE OR UPDATE{columns} ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog_stamp_anew();
CREATE TRIGGER {table}_is_stamped_when_emptied AFTER TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_stamp_anew();
"""
UNWATCH = """
DROP TRIGGER {table}_is_stamped ON {table};
DROP TRIGGER {table}_is_stamped_when_emptied ON {table};
"""
# That a token was used, or that somebody signed in, is noted often and changes nothing here.
TABLES = {
    "catalog_user": " OF username, is_robot, is_active",
    "catalog_apitoken": " OF user_id, name, digest, scopes, services, teams, expires_at, revoked_at",
    "catalog_user_groups": "",
    "auth_group": "",
    "catalog_team": "",
    "catalog_membership": "",
    "catalog_service": "",
    "catalog_environment": "",
}


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_environment_takes_one_at_a_time"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [
        migrations.RunSQL(STAMP, UNSTAMP),
        *(
            migrations.RunSQL(
                WATCH.format(table=table, columns=columns), UNWATCH.format(table=table)
            )
            for table, columns in TABLES.items()
        ),
    ]
