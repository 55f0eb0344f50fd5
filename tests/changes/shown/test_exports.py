"""Windows for Argo CD and GitLab: what each is told, and what it cannot be told and why."""

from datetime import time, timedelta
from io import StringIO
from typing import Any

import pytest
import yaml
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from catalog.models import Environment, Service, Team
from changes.models import Window
from changes.shown.exports import export
from tests.living import at

pytestmark = pytest.mark.usefixtures("settled")


def weekly(name: str = "Weekend", **given: Any) -> Window:
    times = {
        "recurrence": "FREQ=WEEKLY;BYDAY=FR",
        "first_date": at(0).date(),
        "start_time": time(16),
        "duration": timedelta(hours=62),
        "time_zone": "Europe/Amsterdam",
    }
    return Window.objects.create(**{"name": name} | times | given)


def told(tool: str, **narrowed: str) -> list[dict[str, Any]]:
    return [dict(one) for one in export(tool, now=at(0), **narrowed).entries]


def whys(tool: str) -> list[str]:
    return [one.why for one in export(tool, now=at(0)).not_expressed]


def test_argo_is_told_a_weekly_freeze_of_production():
    window = weekly(environments=["production"], reason="nobody is there")

    assert told("argocd") == [
        {
            "kind": "deny",
            "schedule": "0 16 * * 5",
            "duration": "62h",
            "timeZone": "Europe/Amsterdam",
            "clusters": ["production"],
            "manualSync": False,
            "syncOverrun": True,
            "description": f"{window.ref} Weekend: nobody is there",
        }
    ]


def test_argo_is_told_which_services_a_window_covers_by_its_teams_tiers_and_exceptions():
    weekly(tiers=[1, 3], except_services=["refunds"], in_flight="stop")

    (entry,) = told("argocd")

    assert (entry["applications"], entry["syncOverrun"]) == (["payments-api"], False)
    assert "clusters" not in entry


def test_a_window_in_the_zones_of_teams_is_told_once_for_each():
    Service.objects.create(
        slug="shop",
        name="Shop",
        tier=2,
        owner_team=Team.objects.create(slug="web", name="Web", time_zone="Europe/Lisbon"),
    )
    weekly(time_zone="", environments=["production"])

    assert [
        (one["timeZone"], one["applications"], one["andOperator"]) for one in told("argocd")
    ] == [
        ("Europe/Amsterdam", ["payments-api", "refunds"], True),
        ("Europe/Lisbon", ["shop"], True),
    ]


def test_argo_is_told_of_an_opening_only_where_it_is_closed_otherwise():
    weekly(effect="maintenance")
    (why,) = whys("argocd")
    assert why.startswith("its environments are open by default, and Argo CD closes")

    Environment.objects.filter(slug="production").update(default="closed")

    (entry,) = told("argocd")
    assert (entry["kind"], entry["clusters"]) == ("allow", ["production"])


def test_gitlab_is_told_two_crons_and_the_projects():
    window = weekly(services=["refunds"])

    assert told("gitlab") == [
        {
            "window": f"{window.ref} Weekend",
            "projects": ["refunds"],
            "freeze_start": "0 16 * * 5",
            "freeze_end": "0 6 * * 1",
            "cron_timezone": "Europe/Amsterdam",
        }
    ]


@pytest.mark.parametrize(
    ("given", "tool", "why"),
    [
        ({"level": "warn"}, "argocd", "it only warns, and the tool can only refuse."),
        ({"recurrence": "FREQ=MONTHLY;BYDAY=2TU"}, "argocd", "it names weekdays of a month."),
        (
            {"recurrence": "FREQ=DAILY"},
            "gitlab",
            "a time begins before the last one has ended.",
        ),
        (
            {"effect": "maintenance"},
            "gitlab",
            "GitLab knows freezes alone, and no maintenance windows.",
        ),
    ],
)
def test_what_a_tool_cannot_be_told_is_named_with_why(given: dict[str, Any], tool: str, why: str):
    weekly(**given)

    assert (told(tool), whys(tool)) == ([], [why])


def test_one_off_windows_and_calendars_are_named():
    Window.objects.create(name="Audit", starts_at=at(0), ends_at=at(999))
    Window.objects.create(name="Holidays", source="holidays", holidays="NL", time_zone="UTC")
    Window.objects.create(name="Over", starts_at=at(-90), ends_at=at(-60))

    assert whys("argocd") == [
        "it holds once, and a cron has no year: it would hold every year.",
        "its times come from a calendar and follow no rule.",
    ]


def test_what_a_tool_will_do_otherwise_is_told():
    weekly(except_standard_up_to_risk="low", environments=["production"])

    argo = [one.why for one in export("argocd", now=at(0)).differs]
    gitlab = [one.why for one in export("gitlab", now=at(0)).differs]

    assert argo[0] == "here standard changes up to low risk pass, there they do not."
    assert argo[1].startswith("where the clocks of Europe/Amsterdam change within it")
    assert gitlab[1] == "here it is for production, there for every environment."


def test_the_file_is_yaml_with_what_is_missing_as_comments():
    weekly()
    window = Window.objects.create(name="Audit: a\n- trap", starts_at=at(0), ends_at=at(999))

    text = export("argocd", now=at(0)).as_yaml()

    assert [one["kind"] for one in yaml.safe_load(text)["syncWindows"]] == ["deny"]
    assert f"#   {window.ref} Audit: a - trap: it holds once" in text


def test_an_export_is_narrowed_and_an_unknown_place_refused():
    weekly(services=["payments-api"])

    assert told("gitlab", service="refunds") == []
    assert [one["projects"] for one in told("gitlab", team="payments")] == [["payments-api"]]
    with pytest.raises(ValidationError, match="There is no service refundz"):
        told("gitlab", service="refundz")


def test_the_command_prints_the_file():
    weekly()
    out = StringIO()

    call_command("export_windows", "gitlab", stdout=out)

    assert yaml.safe_load(out.getvalue())["freeze_periods"][0]["projects"] == ["*"]
    with pytest.raises(CommandError, match="There is no team"):
        call_command("export_windows", "gitlab", "--team", "nobody")
