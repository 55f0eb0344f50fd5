"""Routes in the admin: tried on the last day, kept on the record, by change managers only."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from catalog.models import User
from catalog.roles import CHANGE_MANAGERS
from incidents.models import Alert, AlertRoute
from ledger import timeline

pytestmark = pytest.mark.django_db
ADD = "/admin/incidents/alertroute/add/"


@pytest.fixture
def manager(db: None) -> User:
    user = User.objects.create_user("manager", is_staff=True)
    user.groups.add(Group.objects.get_or_create(name=CHANGE_MANAGERS)[0])
    return user


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def filled(**given) -> dict:
    return {
        "name": "Payments",
        "order": 10,
        "is_active": "on",
        "matchers": 'team="pay"',
        "service_label": "service",
        "grouping": "tool",
        "declares": "on",
        "threshold": 1,
        "threshold_minutes": 10,
        **given,
    }


def test_a_route_is_made_and_edited_on_the_record(manager):
    client = browser(manager)
    assert client.post(ADD, filled()).status_code == 302
    route = AlertRoute.objects.get()
    assert (route.name, route.matchers, route.declares) == ("Payments", 'team="pay"', True)

    page = f"/admin/incidents/alertroute/{route.pk}/change/"
    assert client.post(page, filled(severity=2)).status_code == 302

    route.refresh_from_db()
    assert route.severity == 2
    events = list(timeline.events_of(subject=route.ref))
    assert [event.verb for event in events] == ["alert_route.created", "alert_route.edited"]
    assert events[1].data["diff"] == {"severity": [None, 2]}
    assert client.get(page).status_code == 200


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"matchers": "team"}, "is no matcher"),
        ({"matchers": 'team=~"(a"'}, "no regular expression of RE2"),
        ({"service_label": ""}, "Choose a service, or name the label that holds its slug."),
        ({"grouping": "labels"}, "Name the labels that tell the groups apart."),
        ({"declares": "", "resolves": "on"}, "A route that declares no incident resolves none."),
        ({"threshold": 0}, "greater than or equal to 1"),
    ],
)
def test_what_makes_no_route_is_said_beside_its_field(manager, given, says):
    answer = browser(manager).post(ADD, filled(**given))

    assert says in answer.content.decode().replace("&quot;", '"')
    assert not AlertRoute.objects.exists()


def test_a_route_is_tried_before_it_is_kept(manager, say, route, checkout):
    route(name="First", order=1, matchers='team="pay",alertname="Taken"')
    for key, labels in {
        "mine": {"team": "pay", "service": "checkout"},
        "lost": {"team": "pay", "service": "nobody"},
        "taken": {"team": "pay", "alertname": "Taken"},
        "other": {"team": "web"},
    }.items():
        say(key, "firing", labels=labels)
    Alert.objects.update(started_at=timezone.now())

    answer = browser(manager).post(ADD, filled(_try="1"))

    found = answer.context["tried"]
    assert (found.heard, found.groups) == (4, 1)
    assert {
        one.alert.key: (one.place.service, one.earlier and one.earlier.name)
        for one in found.matches
    } == {
        "mine": (checkout, None),
        "lost": (None, None),
        "taken": (None, "First"),
    }
    assert AlertRoute.objects.count() == 1
    wrong = browser(manager).post(ADD, filled(_try="1", matchers="x"))
    assert wrong.status_code == 422


def test_others_write_no_routes(manager, oncall):
    oncall.is_staff = True
    oncall.save()

    assert browser(oncall).post(ADD, filled()).status_code == 403
    assert not AlertRoute.objects.exists()
