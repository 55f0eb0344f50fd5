"""Windows for other tools, over REST and as a file."""

import pytest
import yaml
from django.test import Client

from changes.models import Window
from tests.changes.api.test_windows import ONE_OFF, RECURRING
from tests.changes.api.world import caller, user

pytestmark = pytest.mark.usefixtures("organisation")


def test_an_export_tells_entries_what_is_missing_and_the_file():
    caller("manager").post("/windows", ONE_OFF)
    caller("manager").post("/windows", RECURRING)

    answer = caller("auditor").get("/windows/export", tool="argocd")

    body = answer.json()
    assert (answer.status_code, body["tool"]) == (200, "argocd")
    assert [one["schedule"] for one in body["entries"]] == ["0 16 * * 5"]
    assert [(one["window"], one["name"]) for one in body["not_expressed"]] == [
        (Window.objects.get(name="Black Friday").ref, "Black Friday")
    ]
    assert yaml.safe_load(body["yaml"])["syncWindows"] == body["entries"]


@pytest.mark.parametrize(
    ("query", "field"),
    [({}, "tool"), ({"tool": "jenkins"}, "tool"), ({"tool": "gitlab", "service": "x"}, "service")],
)
def test_what_cannot_be_exported_is_told_by_field(query: dict[str, str], field: str):
    answer = caller("manager").get("/windows/export", **query)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


def test_the_file_is_for_who_is_signed_in():
    path = "/schedule/windows/gitlab.yaml"
    client = Client()
    assert client.get(path).status_code == 302
    client.force_login(user("engineer"), backend="django.contrib.auth.backends.ModelBackend")

    answer = client.get(path)

    assert answer.headers["Content-Disposition"] == 'attachment; filename="windows-gitlab.yaml"'
    assert yaml.safe_load(answer.content) == {"freeze_periods": []}
    assert client.get("/schedule/windows/jenkins.yaml").status_code == 404
