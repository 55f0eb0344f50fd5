"""GitHub apps as which we answer, and the hosts of Azure DevOps: rows that managers keep."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.exceptions import ValidationError

from changes.models import AzureHost, GithubApp
from changes.rulebook import azure_hosts, github_apps
from ledger import sealing
from ledger.decision import Refused
from ledger.inbox import sources
from ledger.models import Event, Source
from tests.changes.waiting_runs.conftest import pem
from tests.config.recorded import CHANGED, faults, sql
from tests.living import at, events_of, person

pytestmark = pytest.mark.usefixtures("settled")


@pytest.fixture
def source(settled: None) -> Source:
    made, _ = sources.make(
        actor=person("manager"), now=at(0), slug="acme", name="Acme", vendor="github"
    )
    return made


def app(source: Source, *, by: str = "manager", key: str | None = "", **given: Any) -> GithubApp:
    words = {"slug": "acme", "app_id": "4711", "source": source, "robot": person("ci")} | given
    shown = pem() if key == "" else key
    return github_apps.save(GithubApp(**words), key=shown, actor=person(by), now=at(0))


def test_an_app_is_recorded_without_its_key(source: Source) -> None:
    row = app(source)

    (event,) = events_of("github-app:acme")
    assert (event.verb, event.actor) == ("github_app.created", "manager")
    assert event.data["says"] == {
        "slug": "acme",
        "app_id": "4711",
        "source": "acme",
        "robot": "ci",
        "key": True,
    }
    assert "BEGIN" not in str(event.data) + row.sealed_key
    assert sealing.unseal(row.sealed_key.encode()).decode() == pem()


def test_an_edit_that_brings_no_key_keeps_the_one_it_has(source: Source) -> None:
    row = app(source)
    sealed, row.is_active = row.sealed_key, False
    github_apps.save(row, key=None, actor=person("manager"), now=at(1))

    assert GithubApp.objects.get().sealed_key == sealed
    assert events_of("github-app:acme")[-1].data["diff"] == {"is_active": [True, False]}


def test_an_app_or_a_host_that_is_changed_in_sql_is_named(source: Source) -> None:
    app(source)
    azure_hosts.save(AzureHost(host="tfs.example.org"), actor=person("manager"), now=at(0))
    sql("UPDATE changes_githubapp SET api_url = 'https://evil.example.org'")
    sql("UPDATE changes_azurehost SET host = 'evil.example.org' WHERE host = 'tfs.example.org'")

    found = " ".join(faults())
    assert f"github-app:acme {CHANGED}" in found
    assert "azure-host:tfs.example.org is gone" in found


def _pem(key: Any) -> str:
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key.private_bytes(*form).decode()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"key": None}, "key"),
        ({"key": "not a key"}, "key"),
        ({"key": _pem(ec.generate_private_key(ec.SECP256R1()))}, "key"),
        ({"key": _pem(rsa.generate_private_key(65537, 1024))}, "key"),
        ({"app_id": ""}, "app_id"),
        ({"api_url": "https://127.0.0.1/api/v3"}, "api_url"),
        ({"api_url": "https://user:pw@github.example.org"}, "api_url"),
        ({"api_url": "https://github.example.org/api/v3?x=1"}, "api_url"),
        ({"api_url": "file:///etc/passwd"}, "api_url"),
        ({"robot": "engineer"}, "robot"),
    ],
)
def test_what_cannot_be_an_app_is_refused(source: Source, given: Any, field: str) -> None:
    if isinstance(given.get("robot"), str):
        given = {"robot": person(given["robot"])}
    count = Event.objects.count()

    with pytest.raises(ValidationError) as refused:
        app(source, **given)

    assert list(refused.value.message_dict) == [field]
    assert (GithubApp.objects.count(), Event.objects.count()) == (0, count)


@pytest.mark.parametrize("name", ["engineer", "cab-1", "auditor", "ci"])
def test_nobody_but_a_change_manager_writes_them(source: Source, name: str) -> None:
    with pytest.raises(Refused):
        app(source, by=name)
    with pytest.raises(Refused):
        azure_hosts.save(AzureHost(host="tfs.example.org"), actor=person(name), now=at(0))


def test_an_installation_begins_with_the_hosts_of_microsoft() -> None:
    hosts = AzureHost.objects.filter(is_active=True).values_list("host", flat=True)

    assert sorted(hosts) == ["*.visualstudio.com", "dev.azure.com"]


@pytest.mark.parametrize(
    "host",
    ["", "https://dev.azure.com", "*", "*.com", "a/b", "a b", "user@host", "tfs.*.org", "-x.org"],
)
def test_what_is_no_host_is_refused(host: str) -> None:
    with pytest.raises(ValidationError):
        azure_hosts.save(AzureHost(host=host), actor=person("manager"), now=at(0))


@pytest.mark.parametrize("host", ["TFS.Example.org", "localhost:8080", "*.example.org"])
def test_a_host_is_kept_in_small_letters(host: str) -> None:
    row = azure_hosts.save(AzureHost(host=host), actor=person("manager"), now=at(0))

    assert row.host == host.lower()
    assert events_of(f"azure-host:{host.lower()}")[0].verb == "azure_host.created"
