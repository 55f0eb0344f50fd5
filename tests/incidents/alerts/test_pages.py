"""The pages of alerts: what fires first, whose it is or why nobody's, and acknowledging."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from catalog.models import User
from catalog.roles import AUDITORS
from incidents.models import Alert
from ledger import timeline

pytestmark = pytest.mark.django_db
QUERIES = 4


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def some(say, route) -> None:
    """a1 fires, a2 has ended, a3 is unrouted, a4 fires on checkout as a warning."""
    route(matchers='team!=""')
    say("a1", "firing", labels={"team": "pay"}, severity=1)
    say("a2", "firing", after=1, labels={"team": "pay"})
    say("a2", "resolved", after=2, labels={"team": "pay"})
    say("a3", "firing", after=3, source="other")
    say("a4", "firing", after=4, labels={"team": "pay"}, severity=3)


def test_alerts_are_listed_by_view_and_filter(some, oncall):
    def keys(query: str = "") -> list[str]:
        return [one.key for one in browser(oncall).get(f"/alerts{query}").context["alerts"]]

    assert keys() == ["a4", "a3", "a1"]
    assert keys("?view=unrouted") == ["a3"]
    assert keys("?view=ended") == ["a2"]
    assert keys("?view=all") == ["a4", "a3", "a2", "a1"]
    assert keys("?service=checkout&severity=1") == ["a1"]
    assert keys("?source=other") == ["a3"]
    assert keys("?service=nobody") == []
    assert browser(oncall).get("/alerts?view=lost").status_code == 404
    assert browser(oncall).get("/alerts?older=x~1").status_code == 200


def test_pages_of_alerts_meet_without_a_gap(say, oncall, monkeypatch):
    monkeypatch.setattr("incidents.web.alerts.PER_PAGE", 2)
    for number in range(5):
        say(f"a{number}", "firing", after=number // 2)
    found, url = [], "/alerts"
    while url:
        context = browser(oncall).get(url).context
        found += [one.key for one in context["alerts"]]
        url = context["pager"]["older_url"]

    assert sorted(found) == ["a0", "a1", "a2", "a3", "a4"]
    back = browser(oncall).get(context["pager"]["newer_url"]).context
    assert [one.key for one in back["alerts"]] == found[2:4]


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_asks_the_same_however_long(say, oncall, count, django_assert_num_queries):
    for number in range(count):
        say(f"a{number}", "firing")
    client = browser(oncall)
    client.get("/alerts")

    with django_assert_num_queries(QUERIES):
        client.get("/alerts")


def test_an_alert_says_why_it_is_nobodys_and_is_acknowledged(some, oncall):
    alert = Alert.objects.get(key="a3")
    page = browser(oncall).get(f"/alerts/{alert.pk}").content.decode()
    assert "No route matches it." in page
    assert "/incidents/?title=a3+is+bad" in page

    answer = browser(oncall).post(f"/alerts/{alert.pk}/acknowledge")

    alert.refresh_from_db()
    assert (answer.status_code, alert.state, alert.acknowledged_by) == (303, "acknowledged", oncall)
    event = timeline.events_of(subject=alert.ref).get()
    assert (event.verb, event.actor) == ("alert.acknowledged", "oncall")
    assert event.data == {"title": "a3 is bad", "source": "other", "key": "a3"}
    assert "Acknowledged" in browser(oncall).get(f"/alerts/{alert.pk}").content.decode()


def test_an_incident_is_declared_from_an_alert(some, oncall):
    alert = Alert.objects.get(key="a3")
    page = browser(oncall).get(f"/alerts/{alert.pk}")
    form = browser(oncall).get(page.context["declare_url"]).context["declare"].fields
    given = {field.name: field.value() or "" for field in form}

    answer = browser(oncall).post("/incidents/", {**given, "service": "checkout", "severity": 2})

    alert.refresh_from_db()
    assert answer.status_code == 303
    assert alert.incident is not None
    assert (alert.incident.title, alert.incident.onset_at) == ("a3 is bad", alert.started_at)


def test_an_alert_leads_to_its_incident(some, oncall):
    alert = Alert.objects.get(key="a1")

    assert f"/incidents/{alert.incident.ref}" in (
        browser(oncall).get(f"/alerts/{alert.pk}").content.decode()
    )
    assert browser(oncall).get("/alerts/999999").status_code == 404


def test_an_auditor_reads_and_acknowledges_nothing(some):
    user = User.objects.create_user("auditor")
    user.groups.add(Group.objects.get_or_create(name=AUDITORS)[0])
    alert = Alert.objects.get(key="a1")
    assert browser(user).get(f"/alerts/{alert.pk}").status_code == 200

    assert browser(user).post(f"/alerts/{alert.pk}/acknowledge").status_code == 403

    alert.refresh_from_db()
    assert alert.state == "firing"
    assert not timeline.events_of(subject=alert.ref).exists()


def test_nobody_reads_alerts_without_signing_in(some):
    for path in ("/alerts", f"/alerts/{Alert.objects.first().pk}"):
        assert Client().get(path).status_code == 302
