"""In the admin: mappings are tried before they are saved, and topics confirmed by a click."""

import socket
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from catalog.models import User
from catalog.roles import AUDITORS, CHANGE_MANAGERS
from incidents.intake import topics
from incidents.models import SignalMapping, SnsTopic
from ledger import timeline
from ledger.inbox import sources
from ledger.models import Source

pytestmark = pytest.mark.django_db
ADD = "/admin/incidents/signalmapping/add/"
TOPICS = "/admin/incidents/snstopic/"
ARN = "arn:aws:sns:eu-west-1:123456789012:alarms"
SAMPLE = '{"id": 7, "name": "Queue is full", "svc": "checkout", "level": "P2"}'


def visitor(name: str, role: str) -> Client:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def manager(db: None) -> Client:
    return visitor("manager", CHANGE_MANAGERS)


@pytest.fixture
def auditor(db: None) -> Client:
    return visitor("auditor", AUDITORS)


def source(vendor: str, now: Any) -> Source:
    actor = User.objects.first()
    return sources.make(actor=actor, now=now, slug=vendor, name=vendor, vendor=vendor)[0]


@pytest.fixture
def given(manager: Client, now: Any) -> dict[str, Any]:
    return {
        "source": source("json", now).pk,
        "key": "id",
        "title": "name",
        "severity": "level",
        "service": "svc",
        "environment": "env",
        "is_active": "on",
        "sample": SAMPLE,
    }


def test_a_mapping_is_tried_on_a_message_before_it_is_saved(manager, given):
    tried = manager.post(ADD, {**given, "_try": "1"})

    page = tried.content.decode()
    assert "What this message comes to" in page
    assert "Queue is full" in page.split("What this message comes to")[1]
    assert "“environment” is read from env, where nothing is." in page
    assert not SignalMapping.objects.exists()
    manager.post(ADD, given)
    kept = SignalMapping.objects.get()
    assert (kept.key, kept.service) == ("id", "svc")
    assert [one.verb for one in timeline.events_of(subject=kept.ref)] == ["signal_mapping.created"]


@pytest.mark.parametrize(
    ("sample", "sentence"),
    [
        ("", "The body is not JSON"),
        ("{", "The body is not JSON"),
        ('{"uid": 7}', "“key” is read from id, where nothing is."),
        ("<script>alert(1)</script>", "The body is not JSON"),
    ],
)
def test_a_message_that_cannot_be_read_says_why(manager, given, sample, sentence):
    page = manager.post(ADD, {**given, "sample": sample, "_try": "1"}).content.decode()

    assert sentence in page
    assert "<script>alert" not in page
    assert not SignalMapping.objects.exists()


def test_a_wrong_path_stands_beside_its_field(manager, given):
    page = manager.post(ADD, {**given, "title": "a..b"}).content.decode()

    assert "Write names with dots between" in page
    assert not SignalMapping.objects.exists()


def test_an_auditor_looks_and_changes_nothing(auditor, manager, given, now):
    manager.post(ADD, given)
    topic = topics.ask(
        source=source("cloudwatch", now),
        arn=ARN,
        address="https://sns.eu-west-1.amazonaws.com/?Token=very-secret",
        now=now,
    )
    row = SignalMapping.objects.get()

    assert auditor.get(f"/admin/incidents/signalmapping/{row.pk}/change/").status_code == 200
    assert auditor.post(ADD, given).status_code == 403
    page = auditor.get(TOPICS).content.decode()
    assert (ARN in page, "Confirm the selected" in page, "very-secret" in page) == (
        True,
        False,
        False,
    )
    auditor.post(TOPICS, {"action": "confirm", "_selected_action": [topic.pk]})
    topic.refresh_from_db()
    assert topic.state == "waiting"


def test_a_name_of_amazon_that_leads_inside_is_not_asked_and_the_page_says_so(
    manager, now, monkeypatch
):
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: inside)
    address = "https://sns.eu-west-1.amazonaws.com/?Token=very-secret"
    topic = topics.ask(source=source("cloudwatch", now), arn=ARN, address=address, now=now)

    answer = manager.post(
        TOPICS, {"action": "confirm", "_selected_action": [topic.pk]}, follow=True
    )

    page = answer.content.decode()
    assert "Amazon was not told" in page
    assert "169.254.169.254, which is not a public address" in page
    assert "very-secret" not in page
    assert SnsTopic.objects.get().state == "waiting"
