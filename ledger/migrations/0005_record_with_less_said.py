"""Record with what the event says alone: what subscriptions match is read from it here.

The words to match were three more arrays to send with every event, which took longer to write down
than the whole event; and mostly nobody has subscribed.
"""

from django.db import migrations

FORMER = """
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
"""
FORGET_FORMER = """
DROP FUNCTION ledger_record(
    text, text[], text, text, timestamptz, jsonb, text, varchar[], varchar[], varchar[])
"""
RECORD = """
CREATE FUNCTION ledger_record(
    new_subject text, new_about text[], new_verb text, new_actor text, new_at timestamptz,
    new_data jsonb, new_content_digest text
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    new_event bigint;
    deliveries integer;
BEGIN
    INSERT INTO ledger_event (subject, about, verb, actor, at, data, content_digest)
        VALUES (new_subject, new_about, new_verb, new_actor, new_at, new_data, new_content_digest)
        RETURNING id INTO new_event;
    IF NOT EXISTS (SELECT FROM ledger_subscription WHERE is_active) THEN
        RETURN 0;
    END IF;
    INSERT INTO ledger_delivery
            (event_id, subscription_id, status, attempts, next_attempt_at, last_error)
        SELECT new_event, wanted.id, 'pending', 0, new_at, ''
        FROM ledger_subscription wanted
        WHERE wanted.is_active
            AND (wanted.verbs = '{}' OR EXISTS (
                SELECT FROM unnest(wanted.verbs) word
                WHERE word = new_verb
                    OR right(word, 2) = '.*' AND starts_with(new_verb, left(word, -1))))
            AND (wanted.services = '{}' AND wanted.teams = '{}'
                OR EXISTS (SELECT FROM unnest(wanted.services) slug
                    WHERE 'service:' || slug = ANY (new_about))
                OR EXISTS (SELECT FROM unnest(wanted.teams) slug
                    WHERE 'team:' || slug = ANY (new_about)));
    GET DIAGNOSTICS deliveries = ROW_COUNT;
    RETURN deliveries;
END $$;
COMMENT ON FUNCTION ledger_record(text, text[], text, text, timestamptz, jsonb, text) IS
    'Called by ledger.timeline.record only; answers how many deliveries it made.';
"""
FORGET = "DROP FUNCTION ledger_record(text, text[], text, text, timestamptz, jsonb, text)"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_find_what_was_given_up")]
    operations = [
        migrations.RunSQL(FORGET_FORMER, FORMER),
        migrations.RunSQL(RECORD, FORGET),
    ]
