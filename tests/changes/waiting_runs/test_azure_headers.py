"""Who waits for an answer, as the headers of Azure Pipelines' check say."""

import pytest

from changes.waiting_runs.azure.headers import Misread, events_url, is_allowed, job

GUID = "2f8d2b6a-6f0b-4c52-9d0a-0b0f4a4b1c{:02d}"
HOSTS = ("dev.azure.com", "*.visualstudio.com", "tfs.example.org:8080")
SENT = {
    "PlanUrl": "https://dev.azure.com/fabrikam/",
    "ProjectId": GUID.format(1),
    "HubName": "Gates",
    "PlanId": GUID.format(2),
    "JobId": GUID.format(3),
    "TaskInstanceId": GUID.format(4),
    "AuthToken": "eyJ0.a-b_c.d",
}


def test_a_check_is_answered_at_an_address_made_of_its_parts() -> None:
    found = job(SENT, hosts=HOSTS)

    assert found.token == "eyJ0.a-b_c.d"
    assert events_url(found.as_place()) == (
        f"https://dev.azure.com/fabrikam/{GUID.format(1)}/_apis/distributedtask/hubs/Gates/plans/"
        f"{GUID.format(2)}/events?api-version=7.1"
    )
    assert found.key == f"{GUID.format(2)} {GUID.format(3)} {GUID.format(4)}"


def test_the_token_is_neither_shown_nor_part_of_the_place() -> None:
    found = job(SENT, hosts=HOSTS)

    assert "eyJ0" not in repr(found)
    assert "eyJ0" not in str(found.as_place())


@pytest.mark.parametrize(
    ("url", "collection"),
    [
        ("https://fabrikam.visualstudio.com/", "https://fabrikam.visualstudio.com"),
        ("https://DEV.azure.com/fabrikam", "https://dev.azure.com/fabrikam"),
        ("http://tfs.example.org:8080/tfs/Default/", "http://tfs.example.org:8080/tfs/Default"),
    ],
)
def test_hosts_that_are_listed_are_answered(url: str, collection: str) -> None:
    assert job(SENT | {"PlanUrl": url}, hosts=HOSTS).collection == collection


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.org/fabrikam/",
        "https://dev.azure.com.evil.example.org/",
        "https://dev.azure.com@evil.example.org/",
        "https://evil.example.org#dev.azure.com/",
        "https://dev.azure.com:8443/fabrikam/",
        "https://visualstudio.com/",
        "https://a.b.visualstudio.com/",
        "https://evilvisualstudio.com/",
        "https://dev.azure.com/fabrikam/../../x",
        "https://dev.azure.com/fabrikam?x=1",
        "https://dev.azure.com/fab rikam",
        "https://dev.azure.com/a/b/c/d/e/f",
        "https://[::1/",
        "https://127.0.0.1/",
        "ftp://dev.azure.com/",
        "file:///etc/passwd",
        "//dev.azure.com/fabrikam",
        "",
    ],
)
def test_an_address_of_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(Misread) as wrong:
        job(SENT | {"PlanUrl": url}, hosts=HOSTS)

    assert wrong.value.header == "PlanUrl"


@pytest.mark.parametrize("header", list(SENT))
@pytest.mark.parametrize("value", ["", "../ x", "a\nb", "7" * 9000])
def test_a_header_that_is_missing_or_odd_is_named(header: str, value: str) -> None:
    with pytest.raises(Misread) as wrong:
        job(SENT | {header: value}, hosts=HOSTS)

    assert wrong.value.header == header


def test_nothing_is_allowed_where_nothing_is_listed() -> None:
    assert not is_allowed("dev.azure.com", ())
