"""The status page and the updates of an incident, in light and dark, wide and narrow."""

from collections.abc import Callable

import pytest

from incidents import lifecycle, updates
from incidents.models import Component, Notice
from incidents.status_page import components, serving
from tests import living
from tests.journeys.browsing import Visitor, look_at
from tests.living import at, person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.usefixtures("today"),
]
Visit = Callable[..., Visitor]
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def shop(slug: str, name: str, service: str, **given: object) -> Component:
    component = Component(slug=slug, name=name, **given)
    return components.keep(
        component, services=[living.service(service)], actor=person("manager"), now=at(-300)
    )


def test_the_status_page_says_how_things_stand(visit: Visit) -> None:
    visitor = visit()
    serving.forget()
    look_at(visit(), "/status", name="status-empty")  # which a browser keeps for a while
    shop("cards", "Card payments", "refunds", words="Paying by card, online and in shops.")
    hidden = shop("payouts", "Payouts " + "to far away places " * 5, "payments-api")
    over = living.incident(1, on="payments-api", minutes=-500)
    updates.publish(
        ref=over.ref,
        status="investigating",
        message="Payouts wait.",
        public=True,
        actor=person("oncall"),
        now=at(-490),
    )
    lifecycle.resolve(ref=over.ref, actor=person("oncall"), now=at(-400))
    components.say(component=hidden, health="maintenance", actor=person("manager"), now=at(0))
    now = living.incident(2, minutes=0)
    for minutes, status, words in (
        (5, "investigating", "We are looking into a problem with Card payments."),
        (20, "identified", f"A rollback runs. {HOSTILE}\n\nIt takes minutes."),
    ):
        updates.publish(
            ref=now.ref,
            status=status,
            message=words,
            public=True,
            actor=person("oncall"),
            now=at(minutes),
            next_update_at=at(200),
        )

    serving.forget()
    look_at(visitor, "/status", name="status")
    assert "Some systems are not available" in visitor.page.inner_text("h1")
    notice = Notice.objects.get(incident=now)
    look_at(visitor, f"/status/incident-{notice.pk}", name="status-incident")
    visitor.page.goto(f"{visitor.url}/status")
    visitor.page.get_by_label("Your e-mail address").fill("ada@example.org")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/status/subscribe")
    assert "Look at your mail" in visitor.page.inner_text("h1")


def test_an_update_is_published_from_its_page(visit: Visit) -> None:
    shop("cards", "Card payments", "refunds")
    incident = living.incident(2, minutes=0)
    visitor = visit()
    page = visitor.sign_in("oncall", then=f"/incidents/{incident.ref}/updates")
    look_at(visitor, f"/incidents/{incident.ref}/updates", name="updates-empty")

    page.get_by_text("Publish an update").click()
    page.get_by_label("For everybody").check()
    visitor.screen("updates-form")
    page.get_by_label("What is said").fill("Cards fail since db-7 is down.")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_text("This names what is inside: db-7.").first.wait_for()
    visitor.screen("updates-inside")
    page.get_by_label("It may stand").check()
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_text("for everybody,").wait_for()

    look_at(visitor, f"/incidents/{incident.ref}/updates", name="updates")
