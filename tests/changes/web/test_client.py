"""The command-line client is handed out to all, and known by its digest."""

from hashlib import sha256
from pathlib import Path

import pytest
from django.test import Client

from config.environment import REPOSITORY
from tests.living import person

FILE: Path = REPOSITORY / "clients" / "tidegate.py"
DIGEST = sha256(FILE.read_bytes()).hexdigest()


def test_anybody_fetches_it_as_it_is(client: Client):
    answer = client.get("/clients/tidegate.py")

    assert (answer.status_code, answer.content) == (200, FILE.read_bytes())
    assert answer["Content-Type"] == "text/x-python; charset=utf-8"
    assert answer["Cache-Control"] == "public, max-age=300"
    known = client.get("/clients/tidegate.py", headers={"If-None-Match": answer["ETag"]})
    assert (known.status_code, known.content) == (304, b"")


def test_its_digest_stands_beside_it(client: Client):
    answer = client.get("/clients/tidegate.py.sha256")

    assert answer.content.decode() == f"{DIGEST}  tidegate.py\n"


@pytest.mark.usefixtures("settled")
def test_people_and_programs_read_the_digest(client: Client):
    client.force_login(person("engineer"), backend="django.contrib.auth.backends.ModelBackend")

    assert DIGEST in client.get("/gate/").content.decode()
    assert DIGEST in client.get("/api/schema/?format=json").json()["info"]["description"]
