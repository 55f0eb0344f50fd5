"""Policy rules in the admin: an outline without script, a sentence, versions, and who may."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from catalog.models import User
from changes.models import PolicyRule, PolicyVersion
from ledger.models import Event
from tests.changes.policies.custom.given import is_

ADD = reverse("admin:changes_policyrule_add")
FILLED = {
    "name": "No risky work on Fridays",
    "is_active": "on",
    "mode": "enforce",
    "effect": "deny",
    "verbs": ["start", "deploy"],
    "message": "Nobody is there to help.",
    "remedy": "Plan it for Monday.",
    "authority": "",
    "count": "1",
    "seen": "0",
    "shape": "0g 1c 1g 2c 2c 1c",
    "joined-0": "all",
    "field-1": "kind",
    "operator-1": "is",
    "value-1": "normal",
    "joined-2": "any",
    "field-3": "tier",
    "operator-3": "at_most",
    "value-3": "2",
    "field-4": "category",
    "operator-4": "in",
    "value-4": "database, network",
    "field-5": "weekday",
    "operator-5": "is",
    "value-5": "friday",
    "zone-5": "Europe/Berlin",
}
TREE = {
    "all": [
        is_("kind", "normal"),
        {"any": [is_("tier", 2, "at_most"), is_("category", ["database", "network"], "in")]},
        is_("weekday", "friday", zone="Europe/Berlin"),
    ]
}
SENTENCE = (
    "Deny start and deploy when kind is normal and (tier is at most 2 or category is database or "
    "network) on Fridays Europe/Berlin."
)


def page_of(rule: PolicyRule) -> str:
    return reverse("admin:changes_policyrule_change", args=[rule.pk])


def kept() -> PolicyRule:
    return PolicyRule.objects.get(name=FILLED["name"])


def written() -> tuple[int, int, int]:
    return PolicyRule.objects.count(), PolicyVersion.objects.count(), Event.objects.count()


def test_an_outline_becomes_a_rule_with_groups(signed_in):
    answer = signed_in("manager").post(ADD, FILLED)

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert kept().conditions == TREE
    assert kept().versions.get().sentence + "." == SENTENCE
    event = Event.objects.get(subject=kept().ref)
    assert (event.verb, event.actor) == ("policy_rule.created", "manager")


def test_a_kept_rule_comes_back_as_the_outline_it_was(signed_in):
    browser = signed_in("manager")
    browser.post(ADD, FILLED)

    page = browser.get(page_of(kept()))

    assert page.context["shape"] == FILLED["shape"]
    assert [(row.field, row.operator, row.value, row.zone) for row in page.context["rows"]] == [
        ("", "", "", ""),
        ("kind", "is", "normal", ""),
        ("", "", "", ""),
        ("tier", "at_most", "2", ""),
        ("category", "in", "database, network", ""),
        ("weekday", "is", "friday", "Europe/Berlin"),
    ]
    assert SENTENCE in page.content.decode()
    assert "It said" in page.content.decode()


def test_saving_it_unchanged_makes_no_version_and_an_edit_makes_one(signed_in):
    browser = signed_in("manager")
    browser.post(ADD, FILLED)
    again = FILLED | {"seen": "1"}

    browser.post(page_of(kept()), again)
    assert kept().version == 1

    browser.post(page_of(kept()), again | {"value-3": "1"})
    assert (kept().version, kept().versions.count()) == (2, 2)


def test_two_people_do_not_write_over_each_other(signed_in):
    browser = signed_in("manager")
    browser.post(ADD, FILLED)
    browser.post(page_of(kept()), FILLED | {"seen": "1", "value-3": "1"})

    answer = browser.post(page_of(kept()), FILLED | {"seen": "1", "value-3": "3"})

    assert answer.status_code == 200
    assert "is at version 2 now" in str(answer.context["adminform"].form.non_field_errors())
    assert kept().version == 2


def test_a_mistake_stands_beside_its_row_and_nothing_is_saved(signed_in):
    before = written()

    answer = signed_in("manager").post(
        ADD, FILLED | {"field-3": "teir", "value-4": "databse", "zone-5": "Mars"}
    )

    assert answer.status_code == 200
    assert [row.mistakes for row in answer.context["rows"]] == [
        [],
        [],
        [],
        ["There is no field “teir”. Did you mean tier?"],
        [
            "“databse” is none of deployment, configuration, database, infrastructure, network, "
            "security, other. Did you mean database?"
        ],
        ["“Mars” is not an IANA time zone. Use a name such as Europe/Amsterdam or UTC."],
    ]
    assert "see the rows that say why" in answer.content.decode()
    assert written() == before


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"shape": "0g"}, "The group is empty. Add a condition, or remove it."),
        ({"message": ""}, "Say what is wrong, to whoever it stops or warns."),
        ({"remedy": ""}, "Say what to do next."),
        ({"verbs": []}, "Choose at which verbs it is asked."),
        ({"effect": "require"}, "Choose whose approval it asks for."),
        ({"field-1": "service", "value-1": "paymets-api"}, "There is no service paymets-api."),
        ({"joined-0": "xor"}, "“xor” has no place here."),
        ({"shape": "0g " + "1c " * 250}, "conditions; 200 are the most. Split the rule."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_saved(
    signed_in, wrong: dict[str, Any], sentence: str
):
    before = written()
    many = {f"field-{n}": "tier" for n in range(6, 251)} if "shape" in wrong else {}

    answer = signed_in("manager").post(ADD, FILLED | many | wrong)

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert written() == before


def test_two_hundred_conditions_pass_through_the_form(signed_in):
    many: dict[str, Any] = {"shape": "0g" + " 1c" * 200}
    for number in range(1, 201):
        many |= {
            f"field-{number}": "tier",
            f"operator-{number}": "is",
            f"value-{number}": "1",
            f"zone-{number}": "",
        }

    answer = signed_in("manager").post(ADD, FILLED | many)

    assert answer.status_code == 302
    assert len(kept().conditions["all"]) == 200


def test_a_rule_is_read_back_before_it_is_saved(signed_in):
    before = written()

    page = signed_in("manager").post(ADD, FILLED | {"_read": "Read it back"})

    content = page.content.decode()
    assert SENTENCE in content
    assert "Nothing is saved yet." in content
    assert "It also refuses emergency changes" not in content
    assert written() == before


def test_a_denial_of_everything_is_warned_of_and_saved(signed_in):
    all_of_it = FILLED | {"shape": "0g 1c", "field-1": "tier", "operator-1": "at_least"}

    answer = signed_in("manager").post(ADD, all_of_it | {"value-1": "1"}, follow=True)

    assert "It refuses every change, always: its conditions match whatever is asked." in (
        answer.content.decode()
    )
    assert kept().version == 1


@pytest.mark.parametrize("name", ["cab-1", "auditor"])
def test_who_is_no_change_manager_reads_only(signed_in, name: str):
    signed_in("manager").post(ADD, FILLED)
    browser = signed_in(name)
    before = written()

    page = browser.get(page_of(kept()))

    assert page.status_code == 200
    assert SENTENCE in page.content.decode()
    assert "Add a condition" not in page.content.decode()
    for button in ({}, {"_read": "1"}, {"_edit": "condition:0"}):
        assert browser.post(page_of(kept()), FILLED | button).status_code == 403
        assert browser.post(ADD, FILLED | button).status_code == 403
    assert written() == before


def test_a_stranger_sees_nothing(signed_in):
    signed_in("manager").post(ADD, FILLED)

    assert signed_in("engineer").get(page_of(kept())).status_code == 302


def test_a_permission_alone_makes_no_change_manager(signed_in):
    clerk = User.objects.create(username="clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__endswith="_policyrule"))

    answer = signed_in("clerk").post(ADD, FILLED)

    assert "Only change managers write policy rules; clerk is none." in str(
        answer.context["adminform"].form.non_field_errors()
    )


def test_a_rule_is_never_deleted(signed_in):
    signed_in("manager").post(ADD, FILLED)
    delete = reverse("admin:changes_policyrule_delete", args=[kept().pk])

    assert signed_in("admin").post(delete, {"post": "yes"}).status_code == 403


def test_the_list_reads_every_rule(signed_in, django_assert_max_num_queries):
    browser = signed_in("manager")
    browser.post(ADD, FILLED)
    browser.post(ADD, FILLED | {"name": "Another"})

    with django_assert_max_num_queries(9):
        page = browser.get(reverse("admin:changes_policyrule_changelist"))

    assert page.content.decode().count(SENTENCE) == 2


def test_hostile_words_are_shown_as_words(signed_in):
    hostile = "<script>alert(1)</script>"
    page = signed_in("manager").post(ADD, FILLED | {"value-1": hostile, "zone-5": hostile})

    assert hostile not in page.content.decode()
    assert page.content.decode().count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 3
