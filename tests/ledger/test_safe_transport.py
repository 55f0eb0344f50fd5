from ipaddress import ip_address

import httpx2
import pytest

from ledger.safe_transport import NotReached, SafeTransport, is_public

INSIDE = [
    "https://127.0.0.1/",
    "https://localhost/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::127.0.0.1]/",
    "https://0x7f000001/",
    "https://2130706433/",
    "https://127.1/",
    "https://0.0.0.0/",
    "https://[::]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://[fe80::1]/",
    "https://[fd00::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::a00:1]/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[2002:7f00:1::]/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "http://127.0.0.1/",
    "https://user:pw@127.0.0.1/",
]


def post(url: str, *, allowed: tuple[str, ...] = ()) -> httpx2.Response:
    with httpx2.Client(
        transport=SafeTransport(allowed=allowed, seconds=10), trust_env=False
    ) as client:
        return client.post(url, content=b"{}")


@pytest.mark.parametrize("url", INSIDE)
def test_an_address_inside_is_refused(url):
    with pytest.raises(NotReached, match="is not a public address") as failure:
        post(url)
    assert failure.value.permanent


def test_plain_http_to_the_internet_is_refused():
    with pytest.raises(NotReached, match=r"must be reached by https://") as failure:
        post("http://93.184.216.34/")
    assert failure.value.permanent


@pytest.mark.parametrize("url", ["ftp://example.org/", "file:///etc/passwd"])
def test_other_schemes_are_refused(url):
    with pytest.raises(NotReached, match=r"Only an https:// address is reached") as failure:
        SafeTransport(allowed=(), seconds=10).handle_request(httpx2.Request("POST", url))
    assert failure.value.permanent


def test_a_name_that_is_not_found_may_be_tried_again():
    with pytest.raises(NotReached, match="was not found") as failure:
        post("https://no-such-name.invalid/")
    assert not failure.value.permanent


def test_an_allowed_network_is_reached_at_the_address_that_was_checked(httpserver):
    httpserver.expect_request("/hook").respond_with_data("taken")

    answer = post(httpserver.url_for("/hook"), allowed=("127.0.0.0/8", "::1/128"))

    assert answer.text == "taken"
    assert httpserver.log[0][0].headers["host"] == f"localhost:{httpserver.port}"


def test_an_allowed_network_allows_no_other():
    with pytest.raises(NotReached, match="not a public address"):
        post("https://10.0.0.1/", allowed=("127.0.0.0/8",))


@pytest.mark.parametrize("text", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_addresses_on_the_internet_are_public(text):
    assert is_public(ip_address(text))
