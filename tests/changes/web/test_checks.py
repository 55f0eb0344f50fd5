"""Checks that we run on the page of a change."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_httpserver import HTTPServer

from changes.models import CheckRun
from tests.changes.sampling.watching import MINUTE, answering, looked, rule, run_of, validating
from tests.living import say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
Open = Callable[[str], Client]


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8", "::1/128"]


def test_what_is_looked_at_is_shown_with_its_figures(
    signed_in: Open, httpserver: HTTPServer
) -> None:
    asked = rule(httpserver)
    change = validating()
    with answering(httpserver):
        looked(90, 91)
    with answering(httpserver, 503):
        looked(92)

    page = signed_in("engineer").get(f"/changes/{change.ref}")

    (line,) = page.context["checks"]
    assert (line.check.state, line.verb) == ("running", None)
    assert line.progress.startswith("Does not hold. It answered 503 in ")
    assert line.progress.endswith("3 looks, 1 did not hold.")
    assert [one.holds for one in line.looks] == [False, True, True]
    html = page.content.decode()
    assert f"GET {asked.url} answers 200" in html
    assert (html.count('class="held"'), html.count('class="missed"')) == (2, 1)
    assert "style=" not in line.svg


def test_one_that_was_given_up_is_run_again(signed_in: Open, httpserver: HTTPServer) -> None:
    rule(httpserver, soak=0 * MINUTE, give_up_after=MINUTE)
    change = validating()
    with answering(httpserver, 500):
        looked(90, 91)
    client, run = signed_in("engineer"), f"/changes/{change.ref}/checks/run"

    (failed,) = client.get(f"/changes/{change.ref}").context["checks"]
    stranger = signed_in("stranger").post(run, {"name": "smoke"})
    unknown = client.post(run, {"name": "<script>"})
    again = client.post(run, {"name": "smoke"})
    twice = client.post(run, {"name": "smoke"})

    assert (failed.check.state, failed.check.by, failed.verb.label) == (
        "failed",
        "Tidegate",
        "Run it again",
    )
    assert failed.svg
    codes = [one.status_code for one in (stranger, unknown, again, twice)]
    assert codes == [403, 422, 303, 409]
    assert (CheckRun.objects.count(), run_of(change).state) == (2, "running")


def test_a_running_check_costs_two_statements(
    signed_in: Open, statements: Callable[[Client, str], int], httpserver: HTTPServer
) -> None:
    client = signed_in("engineer")
    plain = validating()
    rule(httpserver)
    rule(httpserver, "second")
    watched = validating()
    with answering(httpserver):
        looked(90, 90, 91, 91)

    before = statements(client, f"/changes/{plain.ref}")
    assert statements(client, f"/changes/{watched.ref}") == before + 2


def test_evidence_that_ci_sends_is_shown_as_it_is_and_never_taken_for_ours(
    signed_in: Open,
) -> None:
    change = validating()
    sent = {"asks": {"kind": "<b>http</b>"}, "looks": "none"}
    say("report_check", change, by="ci", minutes=92, name="smoke", passed=True, evidence=sent)

    html = signed_in("engineer").get(f"/changes/{change.ref}").content.decode()
    pack = signed_in("auditor").get(f"/changes/{change.ref}/evidence").content.decode()

    for page in (html, pack):
        assert "&quot;kind&quot;: &quot;&lt;b&gt;http&lt;/b&gt;&quot;" in page
    assert "What was looked at" not in html
