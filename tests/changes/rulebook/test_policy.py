"""Writing policy rules: versions, events, refusals, and rules that are never stale."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from changes.models import PolicyBook, PolicyRule, PolicyVersion
from changes.queries import policies
from changes.queries.rows import KEPT
from changes.rulebook import policy
from ledger.decision import Refused
from ledger.models import Event
from tests.changes.policies.custom.given import is_
from tests.changes.rulebook.given import FRIDAYS, always, row, saved
from tests.living import NINE, at, person, settle

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def settled() -> None:
    settle()


WORDS = "Deny start and deploy when kind is normal on Fridays after 14:00 Europe/Berlin"


def edition() -> Any:
    return str(PolicyBook.objects.get().edition)


def test_a_rule_is_kept_with_its_version_and_its_event():
    rule = saved()

    version = PolicyVersion.objects.get(rule=rule)
    assert (version.version, version.sentence, version.saved_at, version.saved_by) == (
        1,
        WORDS,
        NINE,
        "manager",
    )
    assert version.says == {
        "name": "No risky Fridays",
        "is_active": True,
        "effect": "deny",
        "mode": "enforce",
        "verbs": ["start", "deploy"],
        "message": "Nobody is there to help on Friday afternoons.",
        "remedy": "Plan it for Monday.",
        "authority": "",
        "count": 1,
        "conditions": FRIDAYS,
        "managed_in": "",
    }
    event = Event.objects.get(subject=rule.ref)
    assert (event.verb, event.actor, event.at) == ("policy_rule.created", "manager", NINE)
    assert (event.data["version"], event.data["sentence"]) == (1, WORDS)
    assert event.data["says"]["conditions"] == FRIDAYS


def test_every_save_is_a_new_version_and_says_what_changed():
    rule = saved()
    rule.mode = "shadow"

    policy.save(rule, actor=person("manager"), now=at(5))

    assert list(rule.versions.values_list("version", "sentence")) == [
        (2, f"In shadow: deny {WORDS[5:]}"),
        (1, WORDS),
    ]
    event = Event.objects.filter(subject=rule.ref).latest("position")
    assert (event.verb, event.data["version"], event.data["diff"]) == (
        "policy_rule.edited",
        2,
        {"mode": ["enforce", "shadow"]},
    )


def test_saving_what_it_says_already_writes_nothing():
    rule = saved()
    before = edition()

    policy.save(PolicyRule.objects.get(), actor=person("manager"), now=at(5))

    assert (rule.versions.count(), Event.objects.filter(subject=rule.ref).count()) == (1, 1)
    assert edition() == before


def test_the_teams_a_rule_names_are_told():
    rule = saved(conditions={"any": [is_("team", ["payments"], "in"), is_("tier", 1)]})

    assert Event.objects.get(subject=rule.ref).about == ["team:payments"]


def test_a_requirement_is_asked_at_submit_and_a_denial_asks_nobody():
    asks = saved(effect="require", authority="cab", count=2, name="Asks")
    denies = saved(authority="cab", count=2, name="Denies", verbs=["deploy", "submit"])

    assert (asks.verbs, asks.authority, asks.count) == (["submit"], "cab", 2)
    assert (denies.verbs, denies.authority, denies.count) == (["submit", "deploy"], "", 1)


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"message": " "}, "message", "Say what is wrong, to whoever it stops or warns."),
        ({"remedy": ""}, "remedy", "Say what to do next."),
        ({"verbs": []}, "verbs", "Choose at which verbs it is asked."),
        ({"effect": "require"}, "authority", "Choose whose approval it asks for."),
        ({"effect": "forbid"}, "effect", "Value 'forbid' is not a valid choice."),
        ({"name": "x" * 101}, "name", "Ensure this value has at most 100 characters (it has 101)."),
        (
            {"message": "x" * 301},
            "message",
            "Ensure this value has at most 300 characters (it has 301).",
        ),
        (
            {"conditions": {"all": []}},
            "conditions",
            "all: The group is empty. Add a condition, or remove it.",
        ),
        (
            {"conditions": {"all": [is_("teir", 1)]}},
            "conditions",
            "all[0]: There is no field “teir”. Did you mean tier?",
        ),
        (
            {"conditions": {"all": [is_("tier", 1)] * 10_000}},
            "conditions",
            "It has 10,000 conditions; 200 are the most. Split the rule.",
        ),
        (
            {"conditions": {"all": [is_("service", "paymets-api")]}},
            "conditions",
            "There is no service paymets-api. Did you mean payments-api?",
        ),
        (
            {"conditions": {"all": [is_("author_teams", "nobody", "contains")]}},
            "conditions",
            "There is no team nobody.",
        ),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_nothing_is_saved(
    wrong: dict[str, Any], field: str, sentence: str
):
    events = Event.objects.count()
    with pytest.raises(ValidationError) as refused:
        policy.save(row(**wrong), actor=person("manager"), now=NINE)

    assert refused.value.message_dict[field] == [sentence]
    assert (PolicyRule.objects.count(), PolicyVersion.objects.count()) == (0, 0)
    assert Event.objects.count() == events


def test_two_rules_never_share_a_name():
    saved()
    with pytest.raises(ValidationError, match="Policy rule with this Name already exists"):
        saved()


def test_at_most_two_hundred_rules_are_active():
    PolicyRule.objects.bulk_create(row(name=f"Rule {number}") for number in range(200))

    with pytest.raises(ValidationError) as refused:
        saved()

    assert refused.value.message_dict == {
        "is_active": ["200 rules are active, the most there may be: end one."]
    }
    assert saved(is_active=False).pk


@pytest.mark.parametrize("name", ["stranger", "cab-1", "auditor", "engineer", "ci"])
def test_only_change_managers_write(name: str):
    with pytest.raises(Refused) as refused:
        policy.save(row(), actor=person(name), now=NINE)

    assert refused.value.decision.codes == ("not_permitted",)
    assert not PolicyRule.objects.exists()


def test_an_edit_of_an_older_version_is_refused():
    rule = saved()
    rule.mode = "shadow"
    policy.save(rule, actor=person("manager"), now=at(5), seen=1)
    late = PolicyRule.objects.get()
    late.is_active = False

    with pytest.raises(Refused, match="is at version 2 now") as refused:
        policy.save(late, actor=person("manager"), now=at(6), seen=1)

    assert refused.value.decision.codes == ("edited_meanwhile",)
    assert PolicyRule.objects.get().is_active


def test_versions_and_rules_cannot_be_taken_back_in_sql():
    rule = saved()
    for statement in (
        "UPDATE changes_policyversion SET sentence = ''",
        "DELETE FROM changes_policyversion",
        "DELETE FROM changes_policyrule",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    assert rule.versions.get().sentence == WORDS


def test_rules_are_read_once_an_edition(django_assert_num_queries):
    saved()
    now = edition()
    policies.in_force(now)

    with django_assert_num_queries(0):
        rules = policies.in_force(now)

    assert [rule.source for rule in rules.rules] == ["policy rule No risky Fridays, version 1"]


def test_whatever_writes_a_rule_makes_the_kept_ones_old():
    always()
    assert len(policies.in_force(edition()).rules) == 1

    with connection.cursor() as cursor:
        cursor.execute("UPDATE changes_policyrule SET is_active = false")

    assert policies.in_force(edition()).rules == ()


def test_an_edition_that_was_rolled_back_never_comes_again():
    always(name="Stays")
    savepoint = transaction.savepoint()
    always(name="Rolled back")
    assert len(policies.in_force(edition()).rules) == 2

    transaction.savepoint_rollback(savepoint)

    assert [one.name for one in policies.in_force(edition()).rules] == ["Stays"]


def test_before_the_first_rule_there_is_none():
    assert policies.in_force(None).rules == ()


def test_a_denial_that_cannot_be_read_any_more_denies():
    always()
    with connection.cursor() as cursor:
        cursor.execute("""UPDATE changes_policyrule SET conditions = '{"all": [{"field": "x"}]}'""")

    (rule,) = policies.in_force(edition()).rules

    assert rule.message == (
        "The policy rule “Nothing moves” cannot be read: all[0]: There is no field “x”."
    )


def test_a_rule_that_is_changed_in_sql_is_named():
    rule = saved()
    assert dict(KEPT["policy rules"]())[rule.ref] == recorded(rule)

    with connection.cursor() as cursor:
        cursor.execute("UPDATE changes_policyrule SET mode = 'shadow'")

    assert dict(KEPT["policy rules"]())[rule.ref] != recorded(rule)


def recorded(rule: PolicyRule) -> Any:
    return Event.objects.filter(subject=rule.ref).latest("position").data["row_digest"]
