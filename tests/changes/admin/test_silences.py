"""Alertmanager servers in the admin: what is refused, and a token that nobody reads again."""

from typing import Any

import pytest
from django.urls import reverse

from changes.models import AlertmanagerServer
from ledger import sealing, timeline
from ledger.models import Event

ADD = reverse("admin:changes_alertmanagerserver_add")
LIST = reverse("admin:changes_alertmanagerserver_changelist")
MAIN = {
    "slug": "main",
    "name": "Main",
    "base_url": "https://alertmanager.example.org",
    "service_label": "service",
    "longest": "2:00:00",
    "is_active": "on",
    "bearer": "s3cret-token",
}


def errors(answer: Any) -> dict[str, list[str]]:
    """What the form says is wrong, by field; empty where the row was written."""
    return dict(answer.context["adminform"].form.errors) if answer.status_code == 200 else {}


def change_of(server: AlertmanagerServer) -> str:
    return reverse("admin:changes_alertmanagerserver_change", args=[server.pk])


@pytest.mark.parametrize(
    ("base_url", "says"),
    [
        ("alertmanager", "address"),
        ("ftp://alertmanager.example.org", "address"),
        ("https://ada:hush@alertmanager.example.org", "password"),
        ("http://127.0.0.1:9093", "127.0.0.1 is not a public address"),
        ("http://10.0.0.12:9093", "10.0.0.12 is not a public address"),
        ("http://[::1]:9093", "::1 is not a public address"),
        ("http://169.254.169.254/latest/meta-data", "169.254.169.254 is not a public address"),
    ],
)
def test_an_address_that_is_never_asked_is_refused_beside_its_field(
    signed_in: Any, base_url: str, says: str
) -> None:
    before = Event.objects.count()

    wrong = errors(signed_in("manager").post(ADD, MAIN | {"base_url": base_url}))

    assert list(wrong) == ["base_url"]
    assert says in wrong["base_url"][0]
    assert not AlertmanagerServer.objects.filter(slug="main").exists()
    assert Event.objects.count() == before


def test_an_address_inside_is_taken_where_its_network_is_allowed(
    signed_in: Any, settings: Any
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["10.0.0.0/24"]

    assert (
        errors(signed_in("manager").post(ADD, MAIN | {"base_url": "http://10.0.0.12:9093"})) == {}
    )
    assert AlertmanagerServer.objects.get(slug="main").base_url == "http://10.0.0.12:9093"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"services": "nowhere"}, "services"),
        ({"environments": "moon"}, "environments"),
        ({"service_label": "1service"}, "service_label"),
        ({"environment_label": "a-b"}, "environment_label"),
        ({"longest": "0:00:30"}, "longest"),
        ({"longest": "25:00:00"}, "longest"),
        ({"bearer": "two words"}, "bearer"),
        ({"bearer": "x" * 4001}, "bearer"),
    ],
)
def test_each_wrong_field_says_so(signed_in: Any, given: dict[str, str], field: str) -> None:
    assert list(errors(signed_in("manager").post(ADD, MAIN | given))) == [field]
    assert not AlertmanagerServer.objects.filter(slug="main").exists()


def test_its_token_is_sealed_kept_replaced_and_forgotten_and_never_shown(signed_in: Any) -> None:
    manager = signed_in("manager")
    pages = [manager.post(ADD, MAIN, follow=True)]
    server = AlertmanagerServer.objects.get(slug="main")
    change = change_of(server)
    kept = [_token(server)]
    for given in (
        {"bearer": "", "name": "Main one"},
        {"bearer": "an0ther-token"},
        {"bearer": "", "forget_bearer": "on"},
    ):
        pages += [manager.post(change, MAIN | given, follow=True), manager.get(change)]
        server.refresh_from_db()
        kept.append(_token(server))
    pages.append(manager.post(change, MAIN | {"bearer": "wr0ng-token", "longest": "x"}))
    pages.append(signed_in("auditor").get(change))

    assert kept == ["s3cret-token", "s3cret-token", "an0ther-token", ""]
    events = list(timeline.events_of(subject="alertmanager:main"))
    assert [one.data["diff"].get("bearer") for one in events[1:]] == [
        None,
        [True, True],
        [True, False],
    ]
    shown = [page.content.decode() for page in pages] + [str(one.data) for one in events]
    for secret in ("s3cret", "an0ther", "wr0ng"):
        assert [one for one in shown if secret in one] == []


def test_others_only_read_and_nobody_deletes(signed_in: Any) -> None:
    signed_in("manager").post(ADD, MAIN)
    server = AlertmanagerServer.objects.get(slug="main")

    for name in ("auditor", "cab-1"):
        browser = signed_in(name)
        assert browser.get(LIST).status_code == 200
        assert browser.post(ADD, MAIN | {"slug": "other"}).status_code == 403
        assert browser.post(change_of(server), MAIN | {"name": "Mine"}).status_code == 403
    assert signed_in("engineer").get(LIST).status_code == 302
    delete = reverse("admin:changes_alertmanagerserver_delete", args=[server.pk])
    assert signed_in("manager").post(delete, {"post": "yes"}).status_code == 403
    server.refresh_from_db()
    assert server.name == "Main"


def _token(server: AlertmanagerServer) -> str:
    sealed = server.sealed_bearer
    return sealing.unseal(sealed.encode()).decode() if sealed else ""
