"""Which postmortems are owed, on the list and in the room."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import User
from incidents import lifecycle
from incidents.models import Incident

pytestmark = pytest.mark.django_db
LIST = 8


@pytest.fixture
def browser(oncall: User) -> Client:
    client = Client()
    client.force_login(oncall, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("owed", [1, 3])
def test_the_list_names_what_is_owed_and_by_when(
    owed: int,
    browser: Client,
    declared: Callable[..., Incident],
    oncall: User,
    django_assert_num_queries: Any,
):
    now = timezone.now()
    for days in range(owed):
        incident = declared(now=now - timedelta(days=20 - days))
        lifecycle.resolve(ref=incident.ref, actor=oncall, now=now - timedelta(days=20 - 9 * days))

    with django_assert_num_queries(LIST):
        html = browser.get("/incidents/").content.decode()

    shown = html[html.index("Postmortems owed") :]
    assert shown.count('class="ref"') == owed
    assert ("was due" in shown, "; Payments" in shown) == (True, True)


def test_in_the_room_somebody_says_where_it_stands(
    browser: Client, declared: Callable[..., Incident], oncall: User
):
    now = timezone.now()
    incident = declared(now=now - timedelta(hours=2))
    url = f"/incidents/{incident.ref}"
    unasked = browser.get(url).content.decode()
    lifecycle.resolve(ref=incident.ref, actor=oncall, now=now)

    owing = browser.get(url).content.decode()
    wrong = browser.post(f"{url}/do/postmortem", {"address": "wiki"})
    browser.post(f"{url}/do/postmortem", {"address": "https://wiki.example.org/7?a=1&b=2"})

    assert "Say where its postmortem is" not in unasked
    assert "owed by" in owing
    assert "Say where its postmortem is" in owing
    assert wrong.status_code == 422
    assert "Give the address of the postmortem" in wrong.content.decode()
    html = browser.get(url).content.decode()
    assert 'href="https://wiki.example.org/7?a=1&amp;b=2" rel="noopener noreferrer"' in html
    assert "Postmortems owed" not in browser.get("/incidents/").content.decode()
