"""Seals over REST."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import transaction

from ledger import timeline
from ledger.canonical import sha256_hex
from ledger.models import Seal
from ledger.seals import making
from tests.changes.api.world import caller

pytestmark = pytest.mark.usefixtures("organisation")
AT = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
PATH = "/ledger/seals"


def seal(count: int) -> list[Seal]:
    made: list[Seal] = []
    for number in range(count):
        with transaction.atomic():
            timeline.record(
                subject=f"CHG-{number}", verb="change.noted", actor="ada", at=AT, data={}
            )
        making.seal_new(now=AT, wait_seconds=0, progress=made.append)
    return made


def test_seals_are_listed_newest_first_by_pages():
    seal(3)
    reader = caller("engineer", "changes:read")

    first = reader.get(PATH, limit="2").json()
    (cursor,) = parse_qs(urlsplit(first["next"]).query)["cursor"]
    second = reader.get(PATH, limit="2", cursor=cursor).json()

    assert [one["ref"] for one in first["results"]] == ["SEAL-3", "SEAL-2"]
    assert [one["ref"] for one in second["results"]] == ["SEAL-1"]


def test_a_seal_is_shown_with_all_that_is_signed():
    (made,) = seal(1)

    answer = caller("engineer", "changes:read").get(f"{PATH}/SEAL-1")

    told = answer.json()
    assert answer.status_code == 200
    assert told["digest"] == made.digest
    assert told["heads_digest"] == sha256_hex(made.heads)
    assert "heads" not in told
    assert (told["count"], told["key"]) == (made.count, made.kid)


@pytest.mark.parametrize("ref", ["SEAL-9", "SEAL-0", "seal", "SEAL-99999999999999999999"])
def test_a_seal_that_is_not_there_is_not_found(ref: str):
    answer = caller("engineer", "changes:read").get(f"{PATH}/{ref}")

    assert answer.status_code == 404


def test_a_token_needs_the_scope():
    assert caller("ci", "gate").get(PATH).status_code == 403
    assert caller("ci", "gate").get(f"{PATH}/SEAL-1").status_code == 403


def test_seals_are_never_written():
    assert caller("manager").post(PATH, {}).status_code == 405


def test_what_is_not_known_is_refused():
    assert caller("engineer", "changes:read").get(PATH, colour="red").status_code == 422
