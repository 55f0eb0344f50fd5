"""An outage from the alert to the closed incident, with the change that caused it taken back."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from changes.models import Change, IncidentLink
from changes.states import Kind, State
from incidents import alerts, queries
from incidents.models import Alert, AlertRoute, Incident, ResolutionCheck, ResolutionWatch
from incidents.signals import Said, Signal
from tests import living
from tests.journeys.browsing import Visitor, look_at
from tests.living import at, change_at, say, service, verbs_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.usefixtures("today"),
]
Visit = Callable[..., Visitor]
RATE = "14 % of requests to refunds fail"


def test_an_outage_goes_from_its_alert_to_closed_with_its_cause_taken_back(visit: Visit) -> None:
    cause = _bad_deployment()
    alert = _fires()
    visitor = visit()
    page = visitor.sign_in("oncall", then=f"/alerts/{alert.pk}")
    look_at(visitor, f"/alerts/{alert.pk}", name="outage-1-alert")
    _wide(page)

    page.get_by_role("link", name="Declare an incident").click()
    page.locator("#id_declare_severity").select_option("1")
    page.get_by_role("button", name="Declare an incident", exact=True).click()
    ref = Incident.objects.get().ref
    expect(page.get_by_role("status").first).to_contain_text(f"Declared {ref}.")
    look_at(visitor, f"/incidents/{ref}", name="outage-2-declared")
    _wide(page)
    page.locator("body").press("t")
    expect(page.locator("#room-said")).to_contain_text(f"You command {ref}.")
    page.locator("body").press("a")
    expect(page.locator("#room-head")).to_contain_text("Acknowledged")

    page.get_by_role("button", name=re.compile(f"Caused it.*{cause.ref}")).click()
    expect(page.get_by_role("status").first).to_contain_text(f"{cause.ref}: caused it.")
    page.get_by_role("button", name=f"Take {cause.ref} back").click()
    expect(page.get_by_role("status").first).to_contain_text(f"Take back {cause.ref}")
    made = Change.objects.get(incident__isnull=False)
    look_at(visitor, f"/changes/{made.ref}", name="outage-3-rollback")
    _wide(page)
    expect(page.locator("#approvals")).to_contain_text(
        f"Nobody is asked: who agreed to {cause.ref}"
    )
    expect(page.locator("#links")).to_contain_text(f"Takes back{cause.ref}")
    expect(page.locator("#timeline")).to_contain_text(f"way back was agreed with {cause.ref}")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Finish").click()
    expect(page.locator("#verb-close")).to_be_visible()

    _watched(ref)
    page = visitor.go(f"/incidents/{ref}")
    expect(page.locator("#room-verified")).to_contain_text("second reading due")
    page.locator("body").press("r")
    page.get_by_role("button", name="It is resolved").click()
    expect(page.locator("#verb-resolve")).to_contain_text("say here why you call it resolved")
    visitor.screen("outage-4-not-verified")
    ResolutionWatch.objects.update(green_since=timezone.now() - timedelta(minutes=16))
    page.get_by_role("button", name="It is resolved").click()
    expect(page.locator("#room-head")).to_contain_text("Resolved")
    expect(page.locator("#room-timeline")).to_contain_text("verified: error-rate green twice")
    page.locator("body").press("c")
    page.get_by_label("How it ended").fill("The deploy was taken back.")
    page.get_by_role("button", name="Close the incident").click()
    expect(page.locator("#room-head")).to_contain_text("Closed")
    look_at(visitor, f"/incidents/{ref}", name="outage-5-closed")

    assert (made.kind, living.fresh(made).state) == (Kind.EMERGENCY, State.VALIDATING)
    assert made.implementation_plan == cause.rollback_plan
    assert IncidentLink.objects.get(relation="caused").change_id == cause.pk
    assert (queries.by_ref(ref).state, queries.by_ref(ref).severity) == ("closed", 1)
    assert [verb for verb in verbs_of(ref) if verb != "incident.linked"] == [
        "incident.declared",
        "incident.commander_assigned",
        "incident.acknowledged",
        "incident.resolved",
        "incident.closed",
    ]


def test_an_emergency_change_begins_filled_in_from_the_room_with_one_click(visit: Visit) -> None:
    ref = living.incident(1, minutes=100).ref
    page = visit().sign_in("oncall", then=f"/incidents/{ref}")

    page.get_by_role("link", name="Answer it with an emergency change").click()

    expect(page.get_by_label("Title")).to_have_value(f"Answer {ref}: Refunds fail")
    expect(page.get_by_role("main").get_by_label("Service")).to_have_value("refunds")
    page.get_by_label("Environment").select_option("production")
    expect(page.locator("#advice")).to_contain_text("1 × Emergency CAB")


def _bad_deployment() -> Change:
    """What ran before, and a deployment of the same service that was not its last word."""
    before = living.file(revision="0ld0ne1")
    say("submit", before, minutes=5)
    living.approve(before)
    say("start", before, minutes=61)
    say("finish", before, minutes=62)
    return change_at(State.VALIDATING, planned_start_at=at(50), revision="badbad1")


def _fires() -> Alert:
    """Monitoring says what hurts, and its route leads to the service without declaring."""
    AlertRoute.objects.create(name="Refunds", service=service(), severity=2, declares=False)
    signal = Signal(key="errors", said=Said.FIRING, title=RATE, started_at=at(100))
    with transaction.atomic():
        alerts.take([signal], source="prometheus", now=at(101))
    return Alert.objects.get()


def _watched(ref: str) -> None:
    """The rate of errors was read once since it is green."""
    check = ResolutionCheck.objects.create(
        name="error-rate", query="errors", threshold=0.05, base_url="http://prometheus.example"
    )
    now = timezone.now()
    ResolutionWatch.objects.create(
        incident=queries.by_ref(ref),
        check_row=check,
        due_at=now + timedelta(hours=9),
        green_since=now - timedelta(minutes=1),
        last_at=now,
        said="0.001, and must be < 0.05.",
    )


def _wide(page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")
