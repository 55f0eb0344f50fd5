"""What belongs inside is found before the public reads it."""

import pytest
from django.test import Client

from incidents import updates
from incidents.models import Component, Incident, Update
from incidents.updates.inside import found_in
from ledger import timeline
from tests import living
from tests.living import at, person

NAMES = ("payments-api", "search")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Card payments fail. A rollback runs since 21:40 UTC; 3.5 % of orders are late.", []),
        ("Restarting payments-api now.", ["payments-api"]),
        ("Payments-API, payments-apis and research differ.", ["Payments-API"]),
        ("CHG-12 caused INC-7, and inc-7 again.", ["CHG-12", "INC-7", "inc-7"]),
        (
            "Ask ada.l@acme.example for db-7 on 10.0.0.12.",
            ["ada.l@acme.example", "db-7", "10.0.0.12"],
        ),
        ("See db.eu.acme.example and cache.internal", ["db.eu.acme.example", "cache.internal"]),
        ("Read www.acme.example.org, acme.example or https://status.acme.example.", []),
        ("web-eu-01 web-eu-01", ["web-eu-01"]),
        ("search@acme.example", ["search@acme.example"]),
    ],
)
def test_services_hosts_addresses_and_refs_are_found(text: str, words: list[str]):
    assert found_in(text, names=NAMES, site="status.acme.example") == words


@pytest.fixture
def incident(db: None) -> Incident:
    living.settle()
    cards = Component.objects.create(slug="cards", name="Refunds")
    cards.services.add(living.service("refunds"))
    return living.incident(2, minutes=0)


def publish(incident: Incident, **given: object) -> Update:
    words = {"status": "identified", "message": "Refunds wait for payments-api.", "public": True}
    return updates.publish(ref=incident.ref, actor=person("oncall"), now=at(5), **(words | given))


def test_the_public_reads_no_word_from_the_inside_unless_somebody_lets_it_stand(
    incident: Incident,
):
    with pytest.raises(updates.InsideWords) as refused:
        publish(incident, title="INC-7 on Refunds")

    assert refused.value.words == ["INC-7", "payments-api"]
    assert sorted(refused.value.message_dict) == ["message", "title"]
    assert Update.objects.count() == 0
    publish(incident, public=False)
    publish(incident, may_stand=True)
    told = [event.data.get("named_inside") for event in timeline.events_of(subject=incident.ref)]
    assert told == [None, None, ["payments-api"]]


def test_the_page_shows_the_words_and_asks_whether_they_may_stand(incident: Incident):
    browser = Client()
    browser.force_login(person("oncall"), backend="django.contrib.auth.backends.ModelBackend")
    url = f"/incidents/{incident.ref}/updates"
    given = {"status": "identified", "message": "It is db-7.", "public": "on"}

    blank = browser.get(url).content.decode()
    warned = browser.post(url, given)
    later = browser.post(url, given | {"next_update_at": "2020-01-01T00:00"}).content.decode()
    kept = browser.post(url, given | {"may_stand": "on"})

    assert "It may stand" not in blank
    assert warned.status_code == 422
    html = warned.content.decode()
    assert "This names what is inside: db-7." in html
    assert "It may stand: publish it all the same" in html
    assert "It is db-7.</textarea>" in html
    assert "Promise a time that lies ahead." in later
    assert "It may stand" not in later
    assert (kept.status_code, Update.objects.get().message) == (303, "It is db-7.")
