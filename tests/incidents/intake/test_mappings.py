"""Mappings are kept by change managers, on the record; the closest one reads an event."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import connection

from catalog.models import User
from catalog.roles import CHANGE_MANAGERS
from incidents.intake import mappings
from incidents.models import SignalMapping
from ledger import timeline, verify
from ledger.decision import Refused
from ledger.inbox import sources
from ledger.models import Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(db: None) -> User:
    user = User.objects.create_user("manager")
    user.groups.add(Group.objects.get_or_create(name=CHANGE_MANAGERS)[0])
    return user


@pytest.fixture
def tool(manager: User, now: Any) -> Source:
    return sources.make(actor=manager, now=now, slug="tool", name="Tool", vendor="json")[0]


@pytest.fixture
def bus(manager: User, now: Any) -> Source:
    return sources.make(actor=manager, now=now, slug="bus", name="Bus", vendor="cloudevents")[0]


def faults() -> list[str]:
    seen = verify.Seen(lambda progress: None)
    return [
        one.message
        for one in verify.faults(rows=[mappings.row_digests, sources.row_digests], seen=seen)
    ]


def test_a_mapping_is_kept_on_the_record_and_named_when_changed_in_sql(tool, manager, now):
    kept = mappings.save(SignalMapping(source=tool, key="id"), actor=manager, now=now)
    kept.title = "name"
    mappings.save(kept, actor=manager, now=now)
    mappings.save(kept, actor=manager, now=now)

    events = timeline.events_of(subject=kept.ref)
    assert [one.verb for one in events] == ["signal_mapping.created", "signal_mapping.edited"]
    assert events[1].data["diff"] == {"title": ["", "name"]}
    assert faults() == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE incidents_signalmapping SET is_ignored = true")
    assert len(faults()) == 1


def test_nobody_else_writes_one(tool, oncall, now):
    with pytest.raises(Refused) as refused:
        mappings.save(SignalMapping(source=tool, key="id"), actor=oncall, now=now)

    assert refused.value.decision.codes == ("not_permitted",)
    assert not SignalMapping.objects.exists()


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"key": ""}, "key"),
        ({"title": "a..b"}, "title"),
        ({"title": " a"}, "title"),
        ({"severity_words": "boom"}, "severity_words"),
        ({"event_type": "com.example"}, "event_type"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_beside_its_field(tool, manager, now, given, wrong):
    row = SignalMapping(**{"source": tool, "key": "id"} | given)
    with pytest.raises(ValidationError) as refused:
        mappings.save(row, actor=manager, now=now)

    assert list(refused.value.message_dict) == [wrong]
    assert not SignalMapping.objects.exists()


def test_a_source_is_mapped_once_for_a_type_and_only_where_it_needs_it(tool, manager, now):
    mappings.save(SignalMapping(source=tool, key="id"), actor=manager, now=now)
    other, _ = sources.make(actor=manager, now=now, slug="dd", name="D", vendor="datadog")

    for row, wrong in (
        (SignalMapping(source=tool, key="uid"), "event_type"),
        (SignalMapping(source=other, key="uid"), "source"),
    ):
        with pytest.raises(ValidationError) as refused:
            mappings.save(row, actor=manager, now=now)
        assert list(refused.value.message_dict) == [wrong]


def test_the_closest_mapping_reads_an_event(bus, tool, manager, now):
    for pattern in ("", "com.*", "com.example.*", "com.example.alert"):
        row = SignalMapping(source=bus, event_type=pattern, key="id")
        mappings.save(row, actor=manager, now=now)

    def of(event_type: str) -> str:
        found = mappings.of(source=bus, event_type=event_type)
        return found.event_type if found else "none"

    assert [of("com.example.alert"), of("com.example.other")] == [
        "com.example.alert",
        "com.example.*",
    ]
    assert [of("com.acme"), of("org.acme")] == ["com.*", ""]
    SignalMapping.objects.filter(event_type="").update(is_active=False)
    assert (of("org.acme"), mappings.of(source=tool)) == ("none", None)
