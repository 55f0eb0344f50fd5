"""Runs that wait to be told, GitHub apps and Azure DevOps hosts, in the admin."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone
from pytest_httpserver import HTTPServer

from catalog.models import User
from changes import waiting_runs
from changes.models import GithubApp, WaitingRun
from ledger import outbox
from ledger.inbox import sources
from ledger.models import Delivery
from tests.changes.waiting_runs.conftest import app_key, pem
from tests.changes.waiting_runs.fake_github import APP_ID, FakeGithub
from tests.living import verbs_of

ADD = reverse("admin:changes_githubapp_add")
RUNS = reverse("admin:changes_waitingrun_changelist")


def says(browser: Any, action: str, run: WaitingRun) -> list[str]:
    """What the page says after an action on a run."""
    chosen = {"action": action, "_selected_action": [run.pk]}
    answer = browser.post(RUNS, chosen, follow=True)
    return [str(message) for message in answer.context["messages"]]


def run_of(**given: Any) -> WaitingRun:
    """A run of nobody's pipeline, whose answer no tool will take."""
    now = timezone.now()
    arrival = waiting_runs.Arrival(
        vendor="azure",
        key="one",
        project="Fabrikam/shop",
        stage="prod",
        run_id="77",
        place=dict.fromkeys(("project", "hub", "plan", "job", "task"), "x")
        | {"collection": "https://dev.azure.com/fabrikam"},
        waits_for=timedelta(hours=1),
        **given,
    )
    run = waiting_runs.arrive(arrival, actor=User.objects.filter(is_robot=True)[0], now=now)
    assert run is not None
    return run


def test_a_manager_keeps_an_app_and_tries_it(
    signed_in: Any, httpserver: HTTPServer, settings: Any
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    manager, now = signed_in("manager"), timezone.now()
    github = FakeGithub(httpserver, app_key().public_key(), now)
    source, _ = sources.make(
        actor=User.objects.get(username="manager"), now=now, slug="gh", name="x", vendor="github"
    )
    robot = User.objects.filter(is_robot=True)[0]
    form = {"slug": "acme", "app_id": APP_ID, "api_url": github.url, "source": source.pk}
    form |= {"robot": robot.pk, "is_active": "on", "key": pem()}

    answer = manager.post(ADD, form)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row = GithubApp.objects.get()
    page = manager.get(reverse("admin:changes_githubapp_change", args=[row.pk]))
    tried = manager.post(reverse("admin:changes_githubapp_try", args=[row.pk]))
    GithubApp.objects.update(app_id="1")
    missed = manager.post(reverse("admin:changes_githubapp_try", args=[row.pk]))

    assert b"BEGIN" not in page.content
    assert row.sealed_key.encode() not in page.content
    assert list(get_messages(tried.wsgi_request))[-1].message == (
        "GitHub knows it as “Tidegate of Acme”."
    )
    assert "does not know this app by this key: 401" in str(
        list(get_messages(missed.wsgi_request))[-1]
    )


def test_a_run_that_waits_is_seen_and_stopped_by_hand(signed_in: Any) -> None:
    run = run_of()
    manager = signed_in("manager")

    page = manager.get(RUNS)
    stopped, again = says(manager, "give_up", run), says(manager, "give_up", run)

    assert b"Fabrikam/shop" in page.content
    assert stopped == ["Stopped 1."]
    over = f"{run.ref}: This run no longer waits. Nothing is left to do."
    assert again == [over, "Stopped 0."]
    assert WaitingRun.objects.get().ended_because == "manager stopped it by hand."
    assert verbs_of(run.ref) == ["run.arrived", "run.given_up"]


def test_an_answer_that_was_given_up_is_sent_again_by_hand(signed_in: Any) -> None:
    run = run_of(lent="job-token")
    manager = signed_in("manager")
    early = says(manager, "send_again", run)
    waiting_runs.look_at_due(now=timezone.now() + timedelta(hours=2))
    waiting_runs.watch(now=timezone.now() + timedelta(days=3), limit=1)
    delivery = Delivery.objects.get(reply=run.reply)
    outbox.deliver(delivery_id=delivery.pk, now=timezone.now() + timedelta(hours=2))

    page = manager.get(RUNS)
    again = says(manager, "send_again", run)

    assert early[0].startswith(f"{run.ref}: Nothing was decided yet.")
    assert "token was forgotten" in page.content.decode()
    assert again == ["Sending 1 again."]
    assert Delivery.objects.get(pk=delivery.pk).status == Delivery.Status.PENDING


@pytest.mark.parametrize("name", ["auditor", "cab-1"])
def test_others_only_read(signed_in: Any, name: str) -> None:
    run = run_of()
    browser = signed_in(name)

    assert browser.get(RUNS).status_code == 200
    browser.post(RUNS, {"action": "give_up", "_selected_action": [run.pk]})
    assert WaitingRun.objects.get().state == WaitingRun.State.WAITING
    for page in ("githubapp_add", "azurehost_add"):
        assert browser.post(reverse(f"admin:changes_{page}"), {}).status_code == 403
