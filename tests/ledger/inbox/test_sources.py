"""Sources are made, widened and given keys on the record, and in the admin alike."""

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from catalog.models import User
from ledger import sealing, timeline, verify
from ledger.inbox import refusing, sources
from ledger.models import Message, Source, SourceKey

pytestmark = pytest.mark.django_db


def told(slug: str = "tool") -> list[tuple[str, str]]:
    events = timeline.events_of(subject=f"source:{slug}")
    return [(event.verb, event.actor) for event in events]


def faults() -> list[str]:
    seen = verify.Seen(lambda progress: None)
    return [one.message for one in verify.faults(rows=[sources.row_digests], seen=seen)]


def test_what_is_done_to_a_source_is_recorded_and_its_keys_are_not(keyed, signed, engineer, now):
    source, key = keyed
    sources.edit(source=source, actor=engineer, now=now, per_minute=5, name="Tool")
    sources.edit(source=source, actor=engineer, now=now, per_minute=5)
    second = sources.rotate(source=source, actor=engineer, now=now)
    for _ in range(2):
        sources.revoke(key=source.keys.first(), actor=engineer, now=now)

    verbs = ["source.created", "source.edited", "source.key_added", "source.key_revoked"]
    assert told() == [(verb, "engineer") for verb in verbs]
    events = timeline.events_of(subject="source:tool")
    assert events[1].data["diff"] == {"per_minute": [600, 5]}
    assert all(secret not in str(event.data) for event in events for secret in (key, second))
    assert faults() == []


def test_only_a_secret_that_signs_can_be_read_back(keyed, signed):
    shown, signs = (SourceKey.objects.get(source=one) for one, _ in (keyed, signed))

    assert (bytes(shown.sealed_secret), keyed[1][:8]) == (b"", shown.prefix)
    assert bytes(signs.sealed_secret) not in (b"", signed[1].encode())


def test_a_secret_that_the_tool_made_signs_and_is_told_to_nobody(engineer, now):
    given = {"slug": "desk", "name": "Desk", "vendor": "signed"}
    secret, second = "made-by-the-tool-1", "made-by-the-tool-2"
    source, key = sources.make(actor=engineer, now=now, secret=secret, **given)
    sources.rotate(source=source, actor=engineer, now=now, secret=second)

    kept = [sealing.unseal(bytes(one.sealed_secret)).decode() for one in source.keys.all()]
    assert (key, kept) == (secret, [secret, second])
    assert [one.prefix for one in source.keys.all()] == ["mad", "mad"]
    assert all("made-by" not in str(one.data) for one in timeline.events_of(subject="source:desk"))
    for wrong in ("short", "two\nlines of a secret", "x" * 201, secret):
        with pytest.raises(ValidationError) as refused:
            sources.rotate(source=source, actor=engineer, now=now, secret=wrong)
        assert list(refused.value.message_dict) == ["secret"]
    with pytest.raises(ValidationError, match="signs nothing"):
        sources.make(actor=engineer, now=now, slug="t", name="T", vendor="keyed", secret="x" * 20)
    assert SourceKey.objects.count() == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_source SET per_minute = 60000",
        "UPDATE ledger_source SET is_active = false",
        "UPDATE ledger_sourcekey SET expires_at = now()",
        "UPDATE ledger_sourcekey SET digest = decode(repeat('ab', 32), 'hex')",
        "UPDATE ledger_sourcekey SET sealed_secret = 'x'",
        "DELETE FROM ledger_sourcekey",
    ],
)
def test_a_source_that_is_widened_in_sql_is_named(keyed, statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)

    (found,) = faults()
    assert found.startswith("source:tool was changed in the database behind the ledger")


@pytest.mark.parametrize("wrong", [{"per_minute": 0}, {"slug": "no slug"}, {"slug": "tool"}])
def test_a_source_that_cannot_be_is_refused(keyed, engineer, now, wrong):
    given = {"slug": "other", "name": "Other", "vendor": "keyed", **wrong}
    with pytest.raises(ValidationError) as refused:
        sources.make(actor=engineer, now=now, **given)

    assert set(refused.value.message_dict) == set(wrong)
    assert Source.objects.count() == 1


@pytest.fixture
def browser(db) -> Client:
    admin = Client()
    admin.force_login(
        User.objects.create_superuser("admin"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return admin


def test_the_admin_makes_a_source_and_shows_its_key_once(browser):
    given = {"slug": "shop", "name": "Shop", "vendor": "keyed", "per_minute": 60}
    page = browser.post(
        "/admin/ledger/source/add/", {**given, "is_active": "on", "_continue": "1"}, follow=True
    )

    source, key = Source.objects.get(), SourceKey.objects.get()
    said = page.content.decode()
    assert said.count("not shown again: tgs_") == 1
    assert "bytes, of" not in said
    assert "/hooks/shop" in said
    assert told("shop") == [("source.created", "admin")]
    browser.post(
        f"/admin/ledger/source/{source.pk}/change/", {"name": "Shop", "per_minute": 9}, follow=True
    )
    browser.post("/admin/ledger/source/", {"action": "rotate", "_selected_action": [source.pk]})
    browser.post("/admin/ledger/sourcekey/", {"action": "revoke", "_selected_action": [key.pk]})
    verbs = [verb for verb, _ in told("shop")]
    assert verbs[1:] == ["source.edited", "source.key_added", "source.key_revoked"]
    source.refresh_from_db()
    assert (source.per_minute, source.is_active) == (9, False)
    timeline.record(
        subject="source:shop",
        verb=refusing.REFUSED,
        actor=timeline.SYSTEM,
        at=source.created_at,
        data={"bytes": 900_000, "at_most": 512_000},
    )
    page = browser.get(f"/admin/ledger/source/{source.pk}/change/").content.decode()
    assert "UTC: 900,000 bytes, of 512,000 at most" in page
    assert faults() == []


def test_the_admin_takes_a_secret_that_the_tool_made(browser):
    given = {"slug": "desk", "name": "Desk", "vendor": "signed", "per_minute": "60"}
    made = browser.post(
        "/admin/ledger/source/add/",
        {**given, "is_active": "on", "secret": "made-by-the-tool-1"},
        follow=True,
    )
    source = Source.objects.get(slug="desk")
    page = f"/admin/ledger/source/{source.pk}/change/"
    asked = {"name": "Desk", "per_minute": "60", "is_active": "on"}
    wrong = browser.post(page, {**asked, "secret": "short"})
    browser.post(page, {**asked, "secret": "made-by-the-tool-2"})
    browser.post(page, {**asked, "secret": ""})

    assert "made-by" not in made.content.decode()
    assert "shown again" not in made.content.decode()
    assert "Give the secret whole" in wrong.content.decode()
    assert told("desk") == [("source.created", "admin"), ("source.key_added", "admin")]


def test_the_admin_shows_a_body_and_runs_nothing_of_it(browser, send, now):
    message = send("<script>alert(1)</script>")

    page = browser.get(f"/admin/ledger/message/{message.pk}/change/").content.decode()

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert browser.post(f"/admin/ledger/message/{message.pk}/change/", {}).status_code == 403
    assert Message.objects.get().state == "pending"


def test_an_auditor_looks_and_changes_nothing(send, keyed):
    auditor = User.objects.create_user("auditor", is_staff=True)
    auditor.groups.add(Group.objects.get(name="Auditors"))
    browser = Client()
    browser.force_login(auditor, backend="django.contrib.auth.backends.ModelBackend")
    message = send()

    assert browser.get("/admin/ledger/message/").status_code == 200
    assert browser.get("/admin/ledger/source/add/").status_code == 403
    ways = {"message": "replay", "source": "rotate", "sourcekey": "revoke"}
    for model, action in ways.items():
        row = {"message": message, "source": keyed[0], "sourcekey": keyed[0].keys.first()}[model]
        browser.post(f"/admin/ledger/{model}/", {"action": action, "_selected_action": [row.pk]})
    assert told() == [("source.created", "engineer")]
