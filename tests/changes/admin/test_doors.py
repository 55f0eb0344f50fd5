"""What other tools call the places here, in the admin."""

from typing import Any

from django.contrib.messages import get_messages
from django.urls import reverse

from catalog.models import Environment, Service
from changes.models import DoorMapping, GateAnswer
from ledger.models import Event

ADD = reverse("admin:changes_doormapping_add")


def shop() -> dict[str, Any]:
    return {
        "vendor": "github",
        "project": "acme/shop",
        "stage": "live",
        "service": Service.objects.get(slug="refunds").pk,
        "environment": Environment.objects.get(slug="production").pk,
        "is_active": "on",
    }


def test_a_manager_maps_and_tries_it(signed_in: Any) -> None:
    manager = signed_in("manager")
    answer = manager.post(ADD, shop())
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row = DoorMapping.objects.get(project="acme/shop")
    before = (Event.objects.count(), GateAnswer.objects.count())

    page = manager.get(reverse("admin:changes_doormapping_change", args=[row.pk]))
    tried = manager.post(
        reverse("admin:changes_doormapping_try", args=[row.pk]), {"revision": "0000000\x00"}
    )

    assert b"Try it as it is kept" in page.content
    assert b"door_mapping.created" in page.content
    said = str(list(get_messages(tried.wsgi_request))[-1])
    assert said.startswith("Tried, nothing is recorded. The gate would say deny. No open change")
    assert (Event.objects.count(), GateAnswer.objects.count()) == before


def test_others_only_read_and_try_nothing(signed_in: Any) -> None:
    signed_in("manager").post(ADD, shop())
    row = DoorMapping.objects.get(project="acme/shop")

    for name in ("auditor", "cab-1"):
        browser = signed_in(name)
        assert browser.get(reverse("admin:changes_doormapping_changelist")).status_code == 200
        assert browser.post(ADD, shop()).status_code == 403
        trying = reverse("admin:changes_doormapping_try", args=[row.pk])
        assert browser.post(trying, {"revision": "x"}).status_code == 403
