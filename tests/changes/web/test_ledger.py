"""The ledger's page: what was sealed, and files by which auditors verify it elsewhere."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from ledger import keys, timeline
from ledger.models import Seal
from ledger.seals import PURPOSE, making, standing, verify_export
from tests.living import verbs_of

pytestmark = pytest.mark.usefixtures("today")
Open = Callable[[str], Client]
PAGE, TAKE, VERIFIER = "/audit/ledger", "/audit/ledger/export", "/audit/ledger/verify_export.py"
AT = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


def record(subject: str, at: datetime = AT) -> None:
    with transaction.atomic():
        timeline.record(subject=subject, verb="change.noted", actor="ada", at=at, data={})


def seal(count: int) -> list[Seal]:
    """So many seals, three minutes apart, each over an event or two."""
    made: list[Seal] = []
    for number in range(count):
        at = AT + timedelta(minutes=3 * number)
        record(f"CHG-{number + 1}", at)
        making.seal_new(now=at, wait_seconds=0, progress=made.append)
    return made


def test_the_page_shows_the_newest_seals_the_keys_and_what_waits(signed_in: Open) -> None:
    *_, newest = seal(3)
    record("CHG-9")

    page = signed_in("auditor").get(PAGE)

    shown = page.content.decode()
    assert page.status_code == 200
    assert [one.number for one in page.context["page"].seals] == [3, 2, 1]
    assert f"SEAL-3:{newest.digest}" in shown
    assert "1 event since" in shown
    assert f"<code>{newest.kid}</code>" in shown


def test_an_empty_ledger_says_what_will_stand_there(signed_in: Open) -> None:
    page = signed_in("auditor").get(PAGE)

    assert page.status_code == 200
    assert "No seal was made yet" in page.content.decode()


def test_older_seals_are_on_the_next_page(signed_in: Open, monkeypatch) -> None:
    monkeypatch.setattr(standing, "SHOWN", 2)
    seal(5)
    browser = signed_in("manager")

    def numbers(address: str) -> list[int]:
        return [one.number for one in browser.get(address).context["page"].seals]

    assert browser.get(PAGE).context["pager"]["older_url"] == "?before=4"
    assert numbers(f"{PAGE}?before=4") == [3, 2]
    assert numbers(f"{PAGE}?before=2") == [1]
    for odd in ("x", "-1", "9" * 30, "²"):
        assert numbers(f"{PAGE}?before={odd}") == [5, 4]


def test_the_page_costs_as_many_statements_for_many_seals(signed_in: Open, statements) -> None:
    seal(1)
    few = statements(signed_in("auditor"), PAGE)
    seal(3)

    assert statements(signed_in("auditor"), PAGE) == few == 5


def test_a_download_is_verified_by_itself_and_recorded(signed_in: Open, tmp_path, capsys) -> None:
    seal(3)
    browser = signed_in("auditor")

    answer = browser.post(TAKE, {"from": "seal-2", "to": "SEAL-3 "})

    file, key_file = tmp_path / "ledger.gz", tmp_path / "keys.json"
    file.write_bytes(b"".join(answer.streaming_content))
    key_file.write_bytes(Client().get("/.well-known/seal-keys.json").content)
    assert answer["Content-Disposition"] == 'attachment; filename="ledger-2-3.jsonl.gz"'
    assert json.loads(gzip.decompress(file.read_bytes()).splitlines()[0])["after"]["number"] == 1
    words = [str(file), "--public-key", str(key_file), "--expect", "SEAL-3"]
    assert verify_export.main(words) == 0
    assert "2 seals: all as recorded." in capsys.readouterr().out
    assert verbs_of("ledger")[-1:] == ["ledger.exported"]
    event = timeline.events_of(subject="ledger").last()
    assert (event.actor, event.data) == ("auditor", {"after": 1, "upto": 3})


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"from": "SEAL-1", "to": "SEAL-9"}, "There is no seal SEAL-9."),
        ({"from": "", "to": "SEAL-1"}, "There is no seal ."),
        ({"from": "SEAL-2", "to": "SEAL-1"}, "SEAL-1 comes before SEAL-2: swap them."),
        ({"from": "<script>", "to": "SEAL-1"}, "There is no seal &lt;SCRIPT&gt;."),
    ],
)
def test_what_cannot_be_taken_is_refused_in_a_sentence(
    signed_in: Open, given: dict[str, str], sentence: str
) -> None:
    seal(2)

    answer = signed_in("auditor").post(TAKE, given)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert verbs_of("ledger") == ["ledger.sealed"] * 2


def test_too_much_at_once_is_left_to_the_command(signed_in: Open, monkeypatch) -> None:
    monkeypatch.setattr("changes.web.ledger.AT_MOST", 1)
    seal(2)

    answer = signed_in("auditor").post(TAKE, {"from": "SEAL-1", "to": "SEAL-2"})

    assert answer.status_code == 422
    assert "more than 1 events" in answer.content.decode()


@pytest.mark.parametrize("name", ["engineer", "cab-1", "oncall", "stranger"])
def test_others_see_and_take_nothing(signed_in: Open, name: str) -> None:
    seal(1)
    browser = signed_in(name)

    assert browser.get(PAGE).status_code == 403
    assert browser.get(VERIFIER).status_code == 403
    assert browser.post(TAKE, {"from": "SEAL-1", "to": "SEAL-1"}).status_code == 403
    assert [Client().get(PAGE).status_code, Client().post(TAKE).status_code] == [302, 302]
    assert verbs_of("ledger") == ["ledger.sealed"]


def test_a_file_is_not_taken_by_a_link(signed_in: Open) -> None:
    assert signed_in("auditor").get(TAKE).status_code == 405


def test_the_verifier_is_handed_out_as_it_is(signed_in: Open) -> None:
    answer = signed_in("auditor").get(VERIFIER)

    with open(verify_export.__file__, "rb") as file:
        assert b"".join(answer.streaming_content) == file.read()


def test_the_published_keys_are_those_of_seals_alone(db: None) -> None:
    keys.signing_key(purpose="permit", now=AT)
    seal_key = keys.signing_key(purpose=PURPOSE, now=AT)

    answer = Client().get("/.well-known/seal-keys.json")

    assert answer["Content-Type"] == "application/jwk-set+json"
    assert [key["kid"] for key in answer.json()["keys"]] == [seal_key.kid]
    permits = [key["kid"] for key in Client().get("/.well-known/jwks.json").json()["keys"]]
    assert seal_key.kid not in permits
    assert len(permits) == 1
