"""Record into lanes: each delivery knows its lane and its subject, and recording says which woke.

What it answers are bits: 1 for something in the lanes of the sweep, 2 for something to page.
"""

from importlib import import_module

from django.db import migrations

former = import_module("ledger.migrations.0005_record_with_less_said")
PLACES = """
UPDATE ledger_subscription SET lane = CASE channel WHEN 'email' THEN 'mail' ELSE 'webhooks' END;
UPDATE ledger_delivery told
    SET subject = event.subject,
        lane = CASE WHEN told.reply_id IS NOT NULL THEN 'replies'
            WHEN told.letter_id IS NOT NULL THEN 'mail'
            ELSE coalesce((SELECT lane FROM ledger_subscription WHERE id = told.subscription_id),
                'webhooks') END
    FROM ledger_event event
    WHERE event.id = told.event_id AND told.status IN ('pending', 'failed');
"""
RECORD = """
CREATE FUNCTION ledger_record(
    new_subject text, new_about text[], new_verb text, new_actor text, new_at timestamptz,
    new_data jsonb, new_content_digest text
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    new_event bigint;
    woken integer;
BEGIN
    INSERT INTO ledger_event (subject, about, verb, actor, at, data, content_digest)
        VALUES (new_subject, new_about, new_verb, new_actor, new_at, new_data, new_content_digest)
        RETURNING id INTO new_event;
    IF NOT EXISTS (SELECT FROM ledger_subscription WHERE is_active) THEN
        RETURN 0;
    END IF;
    WITH told AS (
        INSERT INTO ledger_delivery (event_id, subscription_id, subject, lane, status, attempts,
                next_attempt_at, last_error)
            SELECT new_event, wanted.id, new_subject, wanted.lane, 'pending', 0, new_at, ''
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
                        WHERE 'team:' || slug = ANY (new_about)))
            RETURNING lane)
        SELECT coalesce(bit_or(CASE lane WHEN 'paging' THEN 2 ELSE 1 END), 0) INTO woken FROM told;
    RETURN woken;
END $$;
COMMENT ON FUNCTION ledger_record(text, text[], text, text, timestamptz, jsonb, text) IS
    'Called by ledger.timeline.record only; answers 0, or which workers to wake: 1 | 2 (paging).';
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0016_lanes_and_channels")]
    operations = [
        migrations.RunSQL(PLACES, migrations.RunSQL.noop),
        migrations.RunSQL(former.FORGET, former.RECORD),
        migrations.RunSQL(RECORD, former.FORGET),
    ]
