"""The words changes are found by, kept in a table of their own by a trigger."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

# Only the first 20,000 characters of a text are indexed: a tsvector holds 1 MB at most. Addresses are
# taken apart at / : @, as `queries.search` takes apart what is asked, or a registry would hide its image.
WORDS = """
CREATE FUNCTION changes_words_in(written text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector('english', translate(left(written, 20000), '/:@', '   '))
$$;
CREATE FUNCTION changes_words_of(one changes_change) RETURNS tsvector
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT setweight(changes_words_in(one.title), 'A')
        || setweight(changes_words_in(concat_ws(' ', 'CHG-' || one.id,
            (SELECT slug FROM catalog_service WHERE id = one.service_id),
            one.revision, one.artifact, one.external_id, 'INC-' || one.incident_id)), 'B')
        || changes_words_in(one.description) || changes_words_in(one.justification)
        || changes_words_in(one.impact_analysis) || changes_words_in(one.implementation_plan)
        || changes_words_in(one.test_plan) || changes_words_in(one.rollback_plan)
        || changes_words_in(one.monitoring_plan)
$$;
"""
KEEP = """
CREATE FUNCTION changes_keep_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes_searchtext AS kept (change_id, words) VALUES (NEW.id, changes_words_of(NEW))
    ON CONFLICT (change_id) DO UPDATE SET words = EXCLUDED.words WHERE kept.words <> EXCLUDED.words;
    RETURN NULL;
END $$;
CREATE TRIGGER change_can_be_searched
    AFTER INSERT OR UPDATE OF title, service_id, revision, artifact, external_id, incident_id,
        description, justification, impact_analysis, implementation_plan, test_plan, rollback_plan,
        monitoring_plan
    ON changes_change FOR EACH ROW EXECUTE FUNCTION changes_keep_words();
"""
FILL = """
INSERT INTO changes_searchtext (change_id, words)
    SELECT id, changes_words_of(one) FROM changes_change one;
"""
FORGET = """
DROP TRIGGER change_can_be_searched ON changes_change;
DROP FUNCTION changes_keep_words();
DROP FUNCTION changes_words_of(changes_change);
DROP FUNCTION changes_words_in(text);
"""


class Migration(migrations.Migration):
    dependencies = [("changes", "0002_default_rules")]

    operations = [
        migrations.CreateModel(
            name="SearchText",
            fields=[
                (
                    "change",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="search_text",
                        serialize=False,
                        to="changes.change",
                    ),
                ),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["words"], name="search_text_words", gin_pending_list_limit=256
                    )
                ],
            },
        ),
        migrations.RunSQL(WORDS + KEEP + FILL, FORGET),
    ]
