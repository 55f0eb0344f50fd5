"""The war room in light and dark, wide and narrow; it refreshes and keeps what is being typed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from changes.states import State
from incidents import clocks, lifecycle, queries
from incidents.models import Alert, Incident, ResolutionCheck, ResolutionWatch
from tests.journeys.browsing import Visitor, look_at
from tests.living import change_at, incident, person, service

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.usefixtures("today"),
]
Visit = Callable[..., Visitor]


def test_the_room_is_seen_in_every_look(visit: Visit) -> None:
    change_at(State.VALIDATING)
    ref = _busy()
    quiet = incident(4, minutes=100).ref
    visitor = visit()
    visitor.sign_in("oncall", then="/incidents/")

    look_at(visitor, f"/incidents/{ref}", name="war-room")
    look_at(visitor, f"/incidents/{quiet}", name="war-room-quiet")
    look_at(visitor, f"/incidents/{ref}/notes/1", name="war-room-correct")
    look_at(visitor, "/incidents/", name="incident-list")
    lifecycle.close(ref=ref, note="Over.", actor=person("oncall"), now=timezone.now())
    look_at(visitor, f"/incidents/{ref}", name="war-room-closed")


def test_the_room_refreshes_itself_and_keeps_what_is_being_typed(visit: Visit) -> None:
    ref = incident(1, minutes=100).ref
    visitor = visit()
    page = visitor.sign_in("oncall", then=f"/incidents/{ref}")
    page.keyboard.press("e")
    page.keyboard.type("Half of what I kn")
    oncall, now = person("oncall"), timezone.now()

    lifecycle.note(ref=ref, text="Somebody else saw this.", actor=oncall, now=now)
    lifecycle.mitigate(ref=ref, actor=oncall, now=now, note="Traffic moved.")

    expect(page.get_by_text("Somebody else saw this.")).to_be_visible(timeout=15_000)
    expect(page.locator("#room-now")).to_contain_text("It is mitigated now")
    box = page.get_by_label("What happened")
    expect(box).to_be_focused()
    page.keyboard.type("ow of it.")
    expect(box).to_have_value("Half of what I know of it.")
    page.get_by_role("button", name="Write it down").click()
    expect(page.locator("#room-timeline")).to_contain_text("Half of what I know of it.")
    expect(page.get_by_label("What happened")).to_have_value("")


def test_keys_say_what_is_next_and_a_refusal_is_shown_beside(visit: Visit) -> None:
    ref = incident(2, minutes=100).ref
    visitor = visit()
    page = visitor.sign_in("oncall", then=f"/incidents/{ref}")

    page.get_by_label("What happened").fill("Not sent yet.")
    page.locator("h1").click()
    page.keyboard.press("t")
    expect(page.get_by_role("status").last).to_contain_text(f"You command {ref}.")
    lifecycle.acknowledge(ref=ref, actor=person("oncall"), now=timezone.now())
    page.locator("body").press("a")
    expect(page.get_by_role("alert")).to_contain_text("somebody said so before you")
    page.locator("body").press("m")
    page.get_by_label("What helped").fill("Restarted.")
    page.get_by_role("button", name="It is mitigated").click()
    expect(page.locator("#room-head")).to_contain_text("Mitigated")
    expect(page.get_by_label("What happened")).to_have_value("Not sent yet.")
    page.get_by_role("button", name="Acknowledge it, and say").click()
    expect(page.locator("#room-checklist")).to_contain_text("oncall,")

    assert queries.by_ref(ref).state == "mitigated"


def test_the_room_works_without_javascript(visit: Visit) -> None:
    ref = incident(2, minutes=100).ref
    ResolutionCheck.objects.create(
        name="p99", query="p99", threshold=5, base_url="http://p.example"
    )
    visitor = visit(java_script_enabled=False)
    page = visitor.sign_in("oncall", then=f"/incidents/{ref}")

    page.get_by_role("button", name="Acknowledge", exact=False).first.click()
    expect(page.get_by_role("status").first).to_contain_text(f"Acknowledged {ref}.")
    page.get_by_label("What happened").fill("By hand.")
    page.get_by_role("button", name="Write it down").click()
    expect(page.locator("#room-timeline")).to_contain_text("By hand.")
    page.get_by_role("link", name="Correct it (note 1)").click()
    page.get_by_label("What happened").fill("By both hands.")
    page.get_by_role("button", name="Correct it").click()

    expect(page.locator("#room-timeline")).to_contain_text("Before the correction: By hand.")
    page.get_by_text("It is resolved…").click()
    page.get_by_role("button", name="It is resolved").click()
    expect(page.get_by_text("say here why you call it resolved")).to_be_visible()
    page.get_by_label("What restored it").fill("The bank says so.")
    page.get_by_role("button", name="It is resolved").click()
    expect(page.locator("#room-timeline")).to_contain_text("not verified: Nobody has looked at p99")


def _busy() -> str:
    """An incident with something in every part of its room."""
    oncall, now = person("oncall"), timezone.now()
    ref = incident(1, minutes=90).ref
    say = {"ref": ref, "actor": oncall, "now": now}
    clocks.tick(now=now - timedelta(minutes=10), limit=5)
    lifecycle.assign(role="commander", person=oncall, **say)
    lifecycle.assign(role="scribe", person=person("engineer"), **say)
    lifecycle.affect(service=service("payments-api"), **say)
    lifecycle.measure(users_affected=12_000, money_affected=4_200, currency="EUR", **say)
    earlier = now - timedelta(minutes=30)
    lifecycle.note(text="Half of all refunds fail.", at=earlier, **say)
    lifecycle.correct(number=1, text="All refunds fail, since 11:20. " + "w" * 150, **say)
    lifecycle.pin(number=2, **say)
    lifecycle.add_task(title="Call the bank", assignee=oncall, **say)
    lifecycle.add_task(title="Tell support", **say)
    lifecycle.say_task(number=1, verb="finish", **say)
    Alert.objects.create(
        source="prometheus",
        key="k",
        state="firing",
        title="RefundErrors on refunds: 14 % of requests fail",
        occurrence="1",
        first_at=earlier,
        started_at=earlier,
        last_heard_at=now,
        incident=queries.by_ref(ref),
        occurrences=3,
    )
    _looked_at(queries.by_ref(ref), now)
    return ref


def _looked_at(found: Incident, now: datetime) -> None:
    """A check in every light."""
    rate = 'sum(rate(http_requests_total{service="$service",code=~"5.."}[5m])) / sum(rate(x[5m]))'
    for name, green_since, last_at in (
        ("error-rate", 4, 0),
        ("p99-latency", 20, 0),
        ("queue-of-refunds-that-wait-for-the-bank", None, 0),
        ("traffic", None, 12),
        ("zz-untouched", None, None),
    ):
        check = ResolutionCheck.objects.create(
            name=name, query=rate, threshold=0.05, base_url="http://prometheus.example"
        )
        if last_at is not None:
            ResolutionWatch.objects.create(
                incident=found,
                check_row=check,
                due_at=now + timedelta(hours=9),
                last_at=now - timedelta(minutes=last_at),
                green_since=green_since and now - timedelta(minutes=green_since),
                said="0.2, and must be < 0.05.",
                looks=3,
            )
