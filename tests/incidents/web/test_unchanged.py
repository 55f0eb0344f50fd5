"""A room that asks again: little is done where nothing changed, and whatever did is shown."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.test import Client, RequestFactory
from django.utils import timezone

from catalog.models import Service, User
from incidents import alerts, lifecycle
from incidents.models import AlertRoute, Incident
from incidents.queries import versions
from incidents.signals import Said, Signal
from incidents.web import unchanged

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}
UNCHANGED, ANEW = 3, 17


@pytest.fixture
def browser(oncall: User) -> Client:
    client = Client()
    client.force_login(oncall, backend="django.contrib.auth.backends.ModelBackend")
    return client


def asked(browser: Client, incident: Incident, tag: str = "") -> Any:
    """The parts, asked for twice within one minute where a tag is told."""
    headers = HX | ({"If-None-Match": tag} if tag else {})
    return browser.get(f"/incidents/{incident.ref}/now", headers=headers)


def test_nothing_new_takes_three_statements_and_is_not_told_again(
    browser: Client, declared: Callable[..., Incident], django_assert_num_queries: Any
):
    incident, minute = declared(), None
    while minute != timezone.now().minute:  # A tag lasts for a minute.
        minute = timezone.now().minute
        with django_assert_num_queries(ANEW):
            first = asked(browser, incident)
        with django_assert_num_queries(UNCHANGED):
            again = asked(browser, incident, first["ETag"])

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert first["Cache-Control"] == again["Cache-Control"] == "private, no-cache"
    assert "Cookie" in first["Vary"]
    page = browser.get(f"/incidents/{incident.ref}/now", headers={"If-None-Match": first["ETag"]})
    assert (page.status_code, page.has_header("ETag")) == (303, False)
    assert asked(browser, Incident(pk=999_999)).status_code == 404
    assert Client().get(f"/incidents/{incident.ref}/now", headers=HX).status_code == 302


def test_whatever_is_done_to_an_incident_makes_another_version(
    declared: Callable[..., Incident], oncall: User, checkout: Service
):
    incident, now = declared(), timezone.now()
    other = declared(title="Mail is late")
    told = {"ref": incident.ref, "actor": oncall, "now": now}
    AlertRoute.objects.create(name="All", service=checkout, grouping="service")

    alert = incident.alerts.model.objects.filter(key="a")

    def take(word: Said) -> None:
        signal = Signal(key="a", said=word, title="a", started_at=now, ended_at=now)
        with transaction.atomic():
            alerts.take([signal], source="am", now=now)

    lifecycle.add_task(**told, title="Call the bank")
    take(Said.FIRING)
    alert.update(incident=incident)
    seen = {versions.version(incident.pk, now=now)}
    for number, act in enumerate(
        (
            lambda: lifecycle.note(**told, text="It began at noon."),
            lambda: lifecycle.assign_commander(**told, commander=oncall),
            lambda: lifecycle.set_severity(**told, severity=4, reason="It is not so bad."),
            lambda: lifecycle.say_task(**told, number=1, verb="finish"),
            lambda: take(Said.RESOLVED),
            lambda: lifecycle.merge(
                ref=other.ref, into=incident.ref, actor=oncall, now=now, note="One cause."
            ),
            lambda: lifecycle.mitigate(**told),
        ),
        start=2,
    ):
        act()
        seen.add(versions.version(incident.pk, now=now))
        assert len(seen) == number, number
    assert versions.version(incident.pk, now=now) in seen


def test_a_tag_is_of_one_reader_one_address_and_one_minute_and_of_clocks_that_ran_out(
    declared: Callable[..., Incident], oncall: User, settings: Any
):
    incident = declared(severity=2)
    clock = incident.clocks.order_by("due_at")[0]
    now = clock.due_at.replace(second=0, microsecond=0)

    def tag(user: User, path: str, seconds: float = 0) -> str | None:
        request = RequestFactory().get(path)
        request.user = user
        return unchanged.tag_at(request, incident.ref, now=now + timedelta(seconds=seconds))

    stranger = User.objects.create_user("stranger")
    tags = [
        tag(oncall, "/now"),
        tag(stranger, "/now"),
        tag(oncall, "/now?all=1"),
        tag(oncall, "/now", 60),
    ]
    assert len(set(tags)) == 4
    assert versions.version(incident.pk, now=clock.due_at) != versions.version(
        incident.pk, now=clock.due_at - timedelta(microseconds=1)
    )
    assert tag(oncall, "/now", 1) in (tags[0], tag(oncall, "/now", 59))
    assert unchanged.tag_at(RequestFactory().get("/"), "CHG-1", now=now) is None
    assert AnonymousUser().pk is None
