"""The status page: what it says, what it never says, and how it is served and written to files."""

import json
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents import lifecycle, tasks
from incidents.models import Notice, SetHealth
from incidents.status_page import components, exporting, gathering, serving
from ledger import timeline
from tests.incidents.status_page.conftest import INSIDE, publish
from tests.living import at, person

pytestmark = pytest.mark.django_db
PARTS = ("", "/summary.json", "/feed.atom", "/feed.rss")


def said(path="", **headers):
    serving.forget()
    return Client().get(f"/status{path}", headers=headers)


def stands():
    return {line.slug: str(line.health) for line in gathering.board(now=at(10)).lines}


def test_it_needs_nobody_to_sign_in_and_says_that_all_is_well(page):
    answer = said()

    assert answer.status_code == 200
    assert "All systems are operational" in answer.content.decode()
    assert "Content-Security-Policy" in answer.headers
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("severity", "health"),
    [(1, "major_outage"), (2, "partial_outage"), (3, "degraded"), (4, "operational")],
)
def test_a_component_stands_as_its_worst_open_incident(page, broken, severity, health):
    incident = broken(severity)

    assert stands() == {"cards": health, "shop": "operational"}
    lifecycle.resolve(ref=incident.ref, actor=person("oncall"), now=at(8))
    assert stands()["cards"] == "operational"
    assert gathering.board(now=at(10)).lines[0].days[-1].health == health


@pytest.mark.parametrize("follows", [True, False])
def test_a_day_keeps_the_worst_that_was_reached_whatever_it_is_now(page, broken, follows):
    page["cards"].follows_incidents = follows
    page["cards"].save()
    incident = broken(3, minutes=-3 * 24 * 60)
    for days, severity in ((3, 3), (2, 1), (1, 4)):
        minutes = -days * 24 * 60 + 5
        if severity != 3:
            lifecycle.set_severity(
                ref=incident.ref,
                severity=severity,
                reason="So it is.",
                actor=person("oncall"),
                now=at(minutes),
            )
        if not follows:
            publish(incident, minutes=minutes + 1)
    lifecycle.resolve(ref=incident.ref, actor=person("oncall"), now=at(0))

    (line,) = [one for one in gathering.board(now=at(10)).lines if one.slug == "cards"]

    shown = [str(day.health) for day in line.days[-4:]]
    assert shown == ["degraded", "major_outage", "major_outage", "operational"]
    assert line.health == "operational"


def test_nothing_of_the_inside_is_said(page, broken):
    incident = broken()
    lifecycle.mitigate(ref=incident.ref, actor=person("oncall"), now=at(1), note="db-7 is on fire")
    publish(incident, public=False, message="db-7 is on fire", status="investigating")
    publish(incident)
    number = Notice.objects.get().pk

    for part in (*PARTS, f"/incident-{number}"):
        told = said(part).content.decode()
        assert "A rollback runs." in told
        assert [word for word in INSIDE if word in told] == []


def test_a_component_may_follow_what_is_published_alone(page, broken):
    page["cards"].follows_incidents = False
    page["cards"].save()
    incident = broken()
    assert stands()["cards"] == "operational"

    publish(incident)

    assert stands()["cards"] == "partial_outage"
    publish(incident, minutes=7, status="resolved")
    assert stands()["cards"] == "operational"


def test_a_person_says_how_it_stands_until_it_is_left_to_incidents_again(page, broken):
    manager, cards = person("manager"), page["cards"]
    broken()

    components.say(component=cards, health="maintenance", actor=manager, now=at(1))
    assert stands()["cards"] == "maintenance"
    components.say(component=cards, health="", actor=manager, now=at(9))

    assert stands()["cards"] == "partial_outage"
    assert SetHealth.objects.get().ends_at == at(9)
    verbs = [event.verb for event in timeline.events_of(subject="component:cards")]
    assert verbs == ["component.created", "component.set", "component.set"]
    recorded = timeline.events_of(subject="component:cards").last().data["row_digest"]
    assert dict(components.row_digests())["component:cards"] == recorded


def test_json_is_what_watchers_of_a_statuspage_read(page, broken):
    publish(broken(1))

    told = json.loads(said("/summary.json").content)

    assert told["status"] == {"indicator": "critical", "description": "There is a major outage"}
    assert [(one["id"], one["status"]) for one in told["components"]] == [
        ("cards", "major_outage"),
        ("shop", "operational"),
    ]
    (incident,) = told["incidents"]
    assert (incident["status"], incident["impact"]) == ("identified", "critical")
    assert incident["incident_updates"] == [
        {"status": "identified", "body": "A rollback runs.", "created_at": "2026-11-18T09:05:00Z"}
    ]
    assert incident["shortlink"] == (
        f"https://status.acme.example/incident-{Notice.objects.get().pk}"
    )


def test_feeds_tell_each_update_and_break_at_no_character(page, broken):
    incident = broken()
    publish(incident, message="<b>&\x0bok")
    publish(incident, minutes=6, status="resolved", message="Over.")

    atom = ElementTree.fromstring(said("/feed.atom").content)
    rss = ElementTree.fromstring(said("/feed.rss").content)

    space = "{http://www.w3.org/2005/Atom}"
    entries = atom.findall(f"{space}entry")
    assert [entry.findtext(f"{space}summary") for entry in entries] == ["Over.", "<b>&ok"]
    assert len({entry.findtext(f"{space}id") for entry in entries}) == 2
    assert [item.findtext("title") for item in rss.iter("item")] == [
        "Problem with Cards: Resolved",
        "Problem with Cards: Identified",
    ]


def test_it_is_the_same_until_something_is_said_and_then_304(page, broken):
    first = said()
    again = said(If_None_Match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again["Cache-Control"] == first["Cache-Control"] == "public, max-age=15"

    publish(broken())

    assert said(If_None_Match=first["ETag"]).status_code == 200


def test_a_storm_of_readers_asks_the_database_once(page, broken):
    for _ in range(3):
        publish(broken())
    with CaptureQueriesContext(connection) as asked:
        said()
        for _ in range(5):
            Client().get("/status")

    assert len(asked) == 8
    assert Client().get("/status/lost").status_code == 404
    assert Client().get("/status/..%2fsettings").status_code == 404


def test_files_are_written_whole_and_link_only_to_each_other(page, broken, tmp_path):
    publish(broken())
    number = Notice.objects.get().pk

    exporting.export(tmp_path, now=at(10))

    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        "feed.atom",
        "feed.rss",
        f"incident-{number}.html",
        "index.html",
        "mark.svg",
        "status.css",
        "summary.json",
    ]
    index = (tmp_path / "index.html").read_text()
    assert f'href="incident-{number}.html"' in index
    assert "09:10 UTC" in index
    assert 'action="https://tidegate.example.org/status/subscribe"' in index
    assert "@import" not in (tmp_path / "status.css").read_text()
    assert [word for word in INSIDE if word in index] == []
    Notice.objects.all().delete()
    exporting.export(tmp_path, now=at(11))
    assert f"incident-{number}.html" not in [path.name for path in tmp_path.iterdir()]


def test_the_command_and_the_timetable_write_it(page, tmp_path, settings, capsys):
    call_command("export_status_page", str(tmp_path / "a"))
    settings.STATUS_PAGE_DIR = tmp_path / "b"
    tasks.export_status_page()
    (tmp_path / "file").write_text("x")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_status_page", str(tmp_path / "file"))

    assert "files to" in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "a").iterdir()} == {
        path.name for path in (tmp_path / "b").iterdir()
    }
