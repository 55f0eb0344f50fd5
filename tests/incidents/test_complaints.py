"""What people say is wrong is an alert, once a message; three of a service make an incident."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from catalog import tokens
from catalog.models import Service, User
from incidents import complaints
from incidents.models import Alert, AlertRoute, Complaint, Incident
from ledger import timeline, verify
from ledger.models import Event

pytestmark = pytest.mark.django_db
Report = Callable[..., complaints.Reported]
MAIL = {
    "from": "customer@example.org",
    "subject": "I cannot pay",
    "text": "It says: try again later.",
    "service": "checkout",
    "message_id": "<1@mail.example.org>",
    "affected": 3,
}


@pytest.fixture
def report(oncall: User, now: Any) -> Report:
    """Report a problem, so many minutes from now, as a message of its own."""

    def reported(number: int = 1, *, after: float = 0, **given: Any) -> complaints.Reported:
        words = {"subject": "I cannot pay", "said_by": "ada", "message_id": f"m-{number}"}
        at = now + timedelta(minutes=after)
        return complaints.report(**(words | given), actor=oncall, now=at)

    return reported


@pytest.fixture
def people(checkout: Service) -> AlertRoute:
    """Three complaints about a service within ten minutes declare a SEV-2."""
    return AlertRoute.objects.create(
        name="People",
        matchers='source="people"',
        service_label="service",
        severity=2,
        grouping=AlertRoute.Grouping.SERVICE,
        threshold=3,
        threshold_minutes=10,
    )


def test_a_complaint_is_an_alert_of_people_once(report, checkout, now):
    first = report(service=checkout, affected=40, since_at=now - timedelta(hours=1), text="Help.")
    again = report(subject="Something else")

    assert (first.is_new, again.is_new, again.complaint) == (True, False, first.complaint)
    alert = Alert.objects.get()
    assert (alert.source, alert.key, alert.state) == ("people", first.complaint.ref, "firing")
    assert (alert.title, alert.body) == ("I cannot pay", "Help.\n40 affected.")
    assert alert.started_at == now - timedelta(hours=1)
    assert alert.labels == {"alertname": "UserComplaint", "service": "checkout"}
    event = timeline.events_of(subject=first.complaint.ref).get()
    assert (event.verb, event.actor) == ("complaint.reported", "oncall")
    seen = verify.Seen(lambda progress: None)
    assert list(verify.faults(rows=[complaints.row_digests], seen=seen)) == []


@pytest.mark.parametrize(("minutes", "declared"), [((0, 4, 9), 1), ((0, 8, 16), 0), ((0, 4), 0)])
def test_three_of_one_service_within_ten_minutes_declare(
    report, people, checkout, minutes, declared
):
    told = [report(number, after=after, service=checkout) for number, after in enumerate(minutes)]

    assert Incident.objects.count() == declared
    if declared:
        incident = Incident.objects.get()
        assert (incident.service, incident.severity) == (checkout, 2)
        assert told[-1].alert.incident == incident


def test_complaints_about_other_services_or_none_are_kept_and_declare_nothing(
    report, people, checkout
):
    other = Service.objects.create(slug="refunds", name="Refunds", owner_team=checkout.owner_team)
    for number, service in enumerate([checkout, checkout, other, other, None, None, None]):
        report(number, service=service)

    assert not Incident.objects.exists()
    assert Alert.objects.filter(unrouted_because="").count() == 4
    assert Alert.objects.exclude(unrouted_because="").count() == 3


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"subject": "  "}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"said_by": ""}, "said_by"),
    ],
)
def test_what_says_nothing_is_refused_and_nothing_is_kept(report, given, field):
    with pytest.raises(ValidationError) as refused:
        report(**given)

    assert list(refused.value.message_dict) == [field]
    assert (Complaint.objects.count(), Alert.objects.count(), Event.objects.count()) == (0, 0, 0)


def test_nothing_began_later_than_it_was_said(report, now):
    with pytest.raises(ValidationError, match="lies ahead"):
        report(since_at=now + timedelta(minutes=1))


@pytest.fixture
def mail(now: Any) -> Callable[..., tuple[int, Any]]:
    robot = User.objects.create_user("mailer", is_robot=True)

    def sent(told: Any = MAIL, *, scopes: Any = ("incidents:write",), **limits: Any) -> Any:
        _, secret = tokens.issue(user=robot, name="m", scopes=scopes, now=now, **limits)
        answer = Client().post(
            "/api/v1/complaints",
            told if isinstance(told, bytes) else json.dumps(told),
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )
        return answer.status_code, answer.json()

    return sent


def test_a_mail_is_passed_on_once(mail, checkout):
    status, told = mail()
    again, repeated = mail({**MAIL, "subject": "RE: I cannot pay"})

    complaint = Complaint.objects.get()
    assert (status, again, complaint.reported_by.username) == (201, 200, "mailer")
    assert told == {
        "ref": complaint.ref,
        "from": "customer@example.org",
        "subject": "I cannot pay",
        "service": "checkout",
        "since_at": None,
        "affected": 3,
        "reported_at": told["reported_at"],
        "incident": None,
        "is_new": True,
    }
    assert repeated == {**told, "is_new": False}
    assert Alert.objects.count() == 1


def test_mails_without_a_number_are_each_taken(mail, checkout):
    plain = {"from": "a@example.org", "subject": "Slow"}

    assert [mail(plain)[0], mail(plain)[0]] == [201, 201]
    assert Complaint.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"from": 7}, "from"),
        ({"from": ""}, "from"),
        ({"subject": ""}, "subject"),
        ({"service": "nothing"}, "service"),
        ({"affected": -1}, "affected"),
        ({"affected": 2**40}, "affected"),
        ({"since_at": "noon"}, "since_at"),
        ({"said_by": "x"}, "said_by"),
    ],
)
def test_a_wrong_mail_is_refused_with_its_field(mail, checkout, wrong, field):
    status, told = mail({**MAIL, **wrong})

    assert (status, list(told["errors"])) == (422, [field])
    assert not Complaint.objects.exists()


def test_a_token_reaches_only_what_it_may(mail, checkout):
    other = Service.objects.create(slug="refunds", name="R", owner_team=checkout.owner_team)

    assert mail(scopes=("changes:read",))[0] == 403
    assert mail(services=[other])[0] == 403
    assert Client().post("/api/v1/complaints").status_code == 401
    assert not Complaint.objects.exists()


@pytest.fixture
def browser(oncall: User) -> Client:
    client = Client()
    client.force_login(oncall, backend="django.contrib.auth.backends.ModelBackend")
    return client


def form_of(browser: Client) -> dict[str, str]:
    page = browser.get("/report?service=checkout")
    number = page.context["form"]["number"].value()
    return {"subject": "I cannot pay", "service": "checkout", "number": str(number)}


def test_a_person_reports_a_problem_once_however_often_it_is_sent(browser, checkout, oncall):
    given = form_of(browser) | {"affected": "5", "since_at": "2026-01-01T10:00", "text": "Help."}

    answers = [browser.post("/report", given) for _ in range(2)]

    assert [(one.status_code, one["Location"]) for one in answers] == [(303, "/report")] * 2
    complaint = Complaint.objects.get()
    assert (complaint.said_by, complaint.service, complaint.affected) == ("oncall", checkout, 5)
    html = browser.get("/report").content.decode()
    assert "Reported. Whoever is on call sees it." in html
    assert "I cannot pay" in html
    assert Alert.objects.count() == 1


def test_the_third_of_a_service_hears_of_the_incident(browser, people, checkout):
    for _ in range(3):
        browser.post("/report", form_of(browser))

    html = browser.get("/report").content.decode()
    ref = Incident.objects.get().ref
    assert f"Reported. It is part of {ref}" in html
    assert "Known already" in html


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"subject": ""}, "Say what happens."),
        ({"service": "checkot"}, "There is no service checkot. Leave it out if in doubt."),
        ({"since_at": "noon"}, "Give a day and a time."),
        ({"since_at": "2199-01-01T10:00"}, "This lies ahead: say since when it has been so."),
        ({"affected": "many"}, "Give a number."),
    ],
)
def test_a_wrong_form_comes_back_with_what_was_typed(browser, checkout, wrong, sentence):
    answer = browser.post("/report", form_of(browser) | {"text": "Typed."} | wrong)

    html = answer.content.decode()
    assert (answer.status_code, sentence in html, "Typed.</textarea>" in html) == (422, True, True)
    assert not Complaint.objects.exists()


def test_strangers_sign_in_first():
    answer = Client().post("/report", {"subject": "x"})

    assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=/report")
    assert not Complaint.objects.exists()
