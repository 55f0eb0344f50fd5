"""Seals in the admin are read, by who may read the ledger, and never written."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from catalog.models import User
from catalog.roles import AUDITORS, ON_CALL

pytestmark = pytest.mark.django_db
LIST = "/admin/ledger/seal/"


def signed_in(username: str, group: str) -> Client:
    user = User.objects.create_user(username, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def test_an_auditor_reads_seals_and_writes_none(story, seal):
    (made,) = seal()
    browser = signed_in("auditor", AUDITORS)

    shown = browser.get(f"{LIST}1/change/").content.decode()
    assert made.digest in shown
    assert bytes(made.signature).hex() in shown
    assert 'name="_save"' not in shown
    assert made.digest in browser.get(f"{LIST}?q={made.digest}").content.decode()
    assert browser.get(f"{LIST}add/").status_code == 403
    assert browser.post(f"{LIST}1/delete/", {"post": "yes"}).status_code == 403
    assert browser.post(f"{LIST}1/change/", {"count": 9}).status_code == 403


def test_who_may_not_read_the_ledger_reads_no_seals(story, seal):
    seal()

    assert signed_in("oncall", ON_CALL).get(LIST).status_code == 403
