"""Refuse to change or lose a seal, as events are kept. Plain SQL, as for events (see 0002)."""

from django.db import migrations

KEEP = """
CREATE FUNCTION ledger_keep_seals() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('tidegate.allow_truncate', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'The ledger is append-only: % on ledger_seal is refused.', TG_OP
        USING ERRCODE = 'insufficient_privilege', HINT = 'A seal stands for ever as it was signed.';
END $$;
CREATE TRIGGER ledger_seal_is_kept BEFORE UPDATE OR DELETE ON ledger_seal
    FOR EACH ROW EXECUTE FUNCTION ledger_keep_seals();
CREATE TRIGGER ledger_seal_is_never_emptied BEFORE TRUNCATE ON ledger_seal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep_seals();
"""
UNKEEP = """
DROP TRIGGER ledger_seal_is_kept ON ledger_seal;
DROP TRIGGER ledger_seal_is_never_emptied ON ledger_seal;
DROP FUNCTION ledger_keep_seals();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0010_seals")]
    operations = [migrations.RunSQL(KEEP, UNKEEP)]
