"""Make the database link every event to the one before, and refuse to change or lose one.

Plain SQL, because pgtrigger's triggers can be switched off from any session. `pg_temp` stands last in the search path,
so that a temporary table cannot pose as the ledger.
"""

from django.db import migrations

LINK = """
CREATE FUNCTION ledger_link_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.subject, 7238411));
    SELECT position, digest INTO head FROM ledger_event
        WHERE subject = NEW.subject ORDER BY position DESC LIMIT 1;
    NEW.position := COALESCE(head.position, 0) + 1;
    NEW.previous_digest := COALESCE(head.digest, repeat('0', 64));
    NEW.digest := encode(sha256(convert_to(
        concat_ws(E'\\n', NEW.subject, NEW.position, NEW.previous_digest, NEW.content_digest),
        'UTF8')), 'hex');
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_event_is_linked BEFORE INSERT ON ledger_event
    FOR EACH ROW EXECUTE FUNCTION ledger_link_event();
"""
UNLINK = """
DROP TRIGGER ledger_event_is_linked ON ledger_event;
DROP FUNCTION ledger_link_event();
"""
KEEP = """
CREATE FUNCTION ledger_keep_events() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('tidegate.allow_truncate', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'The ledger is append-only: % on ledger_event is refused.', TG_OP
        USING ERRCODE = 'insufficient_privilege', HINT = 'Record a new event that corrects it.';
END $$;
CREATE TRIGGER ledger_event_is_kept BEFORE UPDATE OR DELETE ON ledger_event
    FOR EACH ROW EXECUTE FUNCTION ledger_keep_events();
CREATE TRIGGER ledger_event_is_never_emptied BEFORE TRUNCATE ON ledger_event
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep_events();
"""
UNKEEP = """
DROP TRIGGER ledger_event_is_kept ON ledger_event;
DROP TRIGGER ledger_event_is_never_emptied ON ledger_event;
DROP FUNCTION ledger_keep_events();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_ledger")]
    operations = [
        migrations.RunSQL(LINK, UNLINK),
        migrations.RunSQL(KEEP, UNKEEP),
    ]
