"""Give recording one call: the event, and a delivery to every active subscription that wants it.

A function keeps its plan in the session; the same two inserts as one WITH statement are planned at every
call, which costs a fifth more.
"""

from django.db import migrations

RECORD = """
CREATE FUNCTION ledger_record(
    new_subject text, new_about text[], new_verb text, new_actor text, new_at timestamptz,
    new_data jsonb, new_content_digest text,
    any_verbs varchar[], any_services varchar[], any_teams varchar[]
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    new_event bigint;
    deliveries integer;
BEGIN
    INSERT INTO ledger_event (subject, about, verb, actor, at, data, content_digest)
        VALUES (new_subject, new_about, new_verb, new_actor, new_at, new_data, new_content_digest)
        RETURNING id INTO new_event;
    INSERT INTO ledger_delivery
            (event_id, subscription_id, status, attempts, next_attempt_at, last_error)
        SELECT new_event, wanted.id, 'pending', 0, new_at, ''
        FROM ledger_subscription wanted
        WHERE wanted.is_active
            AND (wanted.verbs = '{}' OR wanted.verbs && any_verbs)
            AND (wanted.services = '{}' AND wanted.teams = '{}'
                OR wanted.services && any_services OR wanted.teams && any_teams);
    GET DIAGNOSTICS deliveries = ROW_COUNT;
    RETURN deliveries;
END $$;
COMMENT ON FUNCTION ledger_record IS
    'Called by ledger.timeline.record only; answers how many deliveries it made.';
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_event_is_append_only")]
    operations = [migrations.RunSQL(RECORD, "DROP FUNCTION ledger_record")]
