"""Policy rules out and in as YAML in the admin."""

import pytest
from django.urls import reverse

from changes.models import PolicyRule
from changes.rulebook import exchange
from tests.changes.rulebook.test_exchange import FILE

EXPORT = reverse("admin:changes_policyrule_export")
IMPORT = reverse("admin:changes_policyrule_import")


def named() -> list[str]:
    return list(PolicyRule.objects.filter(managed_in="git").values_list("name", flat=True))


def test_a_file_is_shown_as_a_diff_and_then_imported(signed_in):
    browser = signed_in("manager")

    shown = browser.post(IMPORT, {"yaml": FILE, "_show": "1"})
    content = shown.content.decode()
    assert "Nothing is saved yet." in content
    assert "+name: CAB for databases" in content
    assert named() == []

    done = browser.post(IMPORT, {"yaml": FILE, "_import": "1"}, follow=True)
    assert "2 of 2 rules changed." in done.content.decode()
    assert named() == ["CAB for databases", "No risky Fridays"]
    page = reverse("admin:changes_policyrule_change", args=[PolicyRule.objects.latest("id").pk])
    assert "It is kept in git: the next import writes over what is changed here." in (
        browser.get(page).content.decode()
    )


def test_what_is_wrong_is_said_beside_the_text(signed_in):
    answer = signed_in("manager").post(IMPORT, {"yaml": "version: 1", "_import": "1"})

    assert "`rules` must be a list" in answer.content.decode()
    assert named() == []


def test_readers_export_and_do_not_import(signed_in):
    exported = signed_in("auditor").get(EXPORT)

    assert (exported.status_code, exported.content.decode()) == (200, exchange.export())
    assert signed_in("auditor").get(IMPORT).status_code == 403
    assert signed_in("auditor").post(IMPORT, {"yaml": FILE, "_import": "1"}).status_code == 403
    assert signed_in("cab-1").post(IMPORT, {"yaml": FILE, "_import": "1"}).status_code == 403
    assert named() == []


@pytest.mark.parametrize("address", [EXPORT, IMPORT])
def test_strangers_see_neither(signed_in, address: str):
    assert signed_in("engineer").get(address).status_code == 302
