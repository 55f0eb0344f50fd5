"""The pages of incidents: list, declare, one incident, command, close."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from catalog.models import Environment, Service, User
from catalog.roles import AUDITORS
from incidents import lifecycle, queries
from incidents.models import Incident
from ledger import timeline
from ledger.models import Event

pytestmark = pytest.mark.django_db
Declared = Callable[..., Incident]


@pytest.fixture
def browser(oncall: User, production: Environment) -> Client:
    """A browser in which somebody from no team has signed in."""
    return _browser(oncall)


@pytest.fixture
def auditor(production: Environment) -> Client:
    user = User.objects.create_user("auditor")
    user.groups.add(Group.objects.get_or_create(name=AUDITORS)[0])
    return _browser(user)


def _browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def verbs(ref: str) -> list[str]:
    return [event.verb for event in timeline.events_of(subject=ref)]


def test_open_incidents_are_listed_first(browser: Client, declared: Declared, oncall: User):
    still, over = declared(title="Cards fail"), declared(title="Mail is late")
    lifecycle.close(ref=over.ref, note="Sent.", actor=oncall, now=over.declared_at)

    def refs(view: str) -> list[str]:
        return [one.ref for one in browser.get(f"/incidents/{view}").context["incidents"]]

    assert refs("") == [still.ref]
    assert refs("?view=closed") == [over.ref]
    assert refs("?view=all") == [over.ref, still.ref]
    assert browser.get("/incidents/?view=lost").status_code == 404


def test_an_incident_is_declared_with_what_is_known(
    browser: Client, checkout: Service, production: Environment, oncall: User
):
    answer = browser.post(
        "/incidents/",
        {
            "title": " Cards fail ",
            "service": "checkout",
            "environment": "production",
            "severity": "1",
            "description": "Since noon.",
        },
    )

    (found,) = queries.shown()
    assert (answer.status_code, answer["Location"]) == (303, f"/incidents/{found.ref}")
    assert (found.title, found.service, found.environment) == ("Cards fail", checkout, production)
    assert (found.severity, found.declared_by, found.description) == (1, oncall, "Since noon.")
    assert verbs(found.ref) == ["incident.declared"]
    assert f"Declared {found.ref}." in browser.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": "  "}, "Say what is broken."),
        ({"service": "checkot"}, "There is no service checkot. The catalog lists them."),
        ({"service": ""}, "Name the service."),
        ({"service": "a b"}, "Give the slug of a service, such as payments-api."),
        ({"severity": "9"}, "Choose a severity from 1 to 4."),
    ],
)
def test_a_wrong_declaration_comes_back_with_what_was_typed(
    browser: Client, checkout: Service, wrong: dict[str, str], sentence: str
):
    given = {"title": "Cards fail", "service": "checkout", "severity": "2", "description": "Noon."}

    answer = browser.post("/incidents/", given | wrong)

    html = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in html
    assert "Noon.</textarea>" in html
    assert (Incident.objects.count(), Event.objects.count()) == (0, 0)


@pytest.mark.parametrize("title", ["x" * 201, "<script>alert(1)</script>", "\x00"])
def test_odd_titles_break_nothing(browser: Client, checkout: Service, title: str):
    answer = browser.post(
        "/incidents/", {"title": title, "service": "checkout", "severity": "2"}, follow=True
    )

    assert answer.status_code in (200, 422)
    assert "<script>alert" not in answer.content.decode()


def test_one_incident_tells_what_is_known_and_what_happened(browser: Client, declared: Declared):
    incident = declared(description="Since <b>noon</b>.")

    html = browser.get(f"/incidents/{incident.ref}").content.decode()

    assert "Since &lt;b&gt;noon&lt;/b&gt;." in html
    assert "declared it as SEV-1 on checkout" in html
    assert f"/changes/new?incident={incident.ref}" in html


def test_somebody_takes_command_once(browser: Client, declared: Declared, oncall: User):
    ref = declared().ref

    answer = browser.post(f"/incidents/{ref}/command")

    assert (answer.status_code, answer["Location"]) == (303, f"/incidents/{ref}")
    assert queries.by_ref(ref).commander == oncall
    assert verbs(ref) == ["incident.declared", "incident.commander_assigned"]
    shown = [verb.name for verb in browser.get(f"/incidents/{ref}").context["verbs"]]
    assert shown == ["acknowledge", "mitigate", "resolve", "close"]


def test_it_is_closed_with_a_note(browser: Client, declared: Declared, oncall: User):
    ref = declared().ref

    empty = browser.post(f"/incidents/{ref}/close", {"note": "  "})
    answer = browser.post(f"/incidents/{ref}/close", {"note": "Rolled back."})

    assert empty.status_code == 422
    assert "Say how the incident ended." in empty.content.decode()
    assert (answer.status_code, answer["Location"]) == (303, f"/incidents/{ref}")
    found = queries.by_ref(ref)
    assert (found.state, found.closing_note, found.closed_by) == ("closed", "Rolled back.", oncall)
    assert verbs(ref) == ["incident.declared", "incident.closed"]


def test_a_closed_incident_offers_to_reopen_it_and_refuses_the_rest(
    browser: Client, declared: Declared, oncall: User, now: datetime
):
    ref = declared().ref
    lifecycle.close(ref=ref, note="Rolled back.", actor=oncall, now=now)

    (shown,) = browser.get(f"/incidents/{ref}").context["verbs"]
    again = browser.post(f"/incidents/{ref}/close", {"note": "Again."})
    command = browser.post(f"/incidents/{ref}/command")

    assert (shown.name, shown.allowed) == ("reopen", True)
    assert (again.status_code, command.status_code) == (409, 409)
    assert "is closed, since Fri 20 Nov 16:00 UTC." in again.content.decode()
    assert queries.by_ref(ref).closing_note == "Rolled back."


def test_an_auditor_reads_everything_and_changes_nothing(
    auditor: Client, declared: Declared, checkout: Service
):
    ref = declared().ref

    pages = [auditor.get(url) for url in ("/incidents/", f"/incidents/{ref}")]
    tried = [
        auditor.post("/incidents/", {"title": "X", "service": "checkout", "severity": "2"}),
        auditor.post(f"/incidents/{ref}/close", {"note": "Over."}),
        auditor.post(f"/incidents/{ref}/command"),
    ]

    assert [page.status_code for page in pages] == [200, 200]
    assert pages[0].context["declare"].allowed is False
    assert not any(verb.allowed for verb in pages[1].context["verbs"])
    assert [answer.status_code for answer in tried] == [403, 403, 403]
    assert verbs(ref) == ["incident.declared"]
    assert Incident.objects.count() == 1


@pytest.mark.parametrize("path", ["", "/close", "/command"])
@pytest.mark.parametrize("ref", ["INC-999", "INC-x", "CHG-1"])
def test_an_unknown_incident_is_not_found(browser: Client, ref: str, path: str):
    answer = browser.post(f"/incidents/{ref}{path}") if path else browser.get(f"/incidents/{ref}")

    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/incidents/", "/incidents/INC-1"])
def test_who_has_not_signed_in_is_sent_to_the_door(client: Client, path: str):
    assert client.get(path)["Location"] == f"/sign-in?next={path}"


def test_pages_meet_without_gap_or_overlap(browser: Client, declared: Declared):
    refs = [declared(title=str(number)).ref for number in range(60)][::-1]
    pages, url = [], "/incidents/?view=all"
    while url:
        context = browser.get(url).context
        pages.append([one.ref for one in context["incidents"]])
        last, url = context, context["pager"]["older_url"]

    assert [len(page) for page in pages] == [25, 25, 10]
    assert [ref for page in pages for ref in page] == refs
    newer = browser.get(last["pager"]["newer_url"]).context
    assert [one.ref for one in newer["incidents"]] == pages[1]
    assert browser.get("/incidents/?newer=x&older=-1").status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_take_as_many_statements_however_many_rows(
    rows: int, browser: Client, declared: Declared, django_assert_num_queries: Any
):
    for _ in range(rows):
        declared()

    with django_assert_num_queries(9):
        browser.get("/incidents/")
