"""Stamp anew when a signing key comes or goes: the gate remembers the one that signs permits."""

from django.db import migrations

WATCH = """
CREATE CONSTRAINT TRIGGER ledger_signingkey_is_stamped
    AFTER INSERT OR DELETE OR UPDATE ON ledger_signingkey
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog_stamp_anew();
CREATE TRIGGER ledger_signingkey_is_stamped_when_emptied AFTER TRUNCATE ON ledger_signingkey
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_stamp_anew();
"""
UNWATCH = """
DROP TRIGGER ledger_signingkey_is_stamped ON ledger_signingkey;
DROP TRIGGER ledger_signingkey_is_stamped_when_emptied ON ledger_signingkey;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_record_with_less_said"), ("catalog", "0004_stamp")]
    operations = [migrations.RunSQL(WATCH, UNWATCH)]
