"""Every tool's good and bad messages, from its address to the alert: nothing lost or invented."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.models import Alert, AlertOccurrence
from ledger import timeline
from ledger.inbox.refusing import REFUSED
from ledger.inbox.vendors import USUAL_BODY, known
from ledger.models import Message
from tests.incidents.doors.tools import FAR, TOOLS, Sender, Tool, read

pytestmark = pytest.mark.django_db
EVERY = pytest.mark.parametrize("sender", TOOLS, indirect=True, ids=lambda tool: tool.word)
TELLS_ENDS = pytest.mark.parametrize(
    "sender", [one for one in TOOLS if one.ends], indirect=True, ids=lambda tool: tool.word
)
SIGNS = pytest.mark.parametrize(
    "sender", [one for one in TOOLS if one.sign], indirect=True, ids=lambda tool: tool.word
)
OLD = timedelta(minutes=20)


@pytest.fixture
def sender(request: pytest.FixtureRequest, oncall) -> Sender:
    tool: Tool = request.param
    return Sender(tool, actor=oncall)


@EVERY
def test_what_fires_is_an_alert_of_its_source(sender: Sender):
    began = (timezone.now() - OLD).replace(microsecond=0)
    answer = sender.post(sender.tool.fires(began))

    assert answer.status_code == 202, answer.content
    assert read() == ["done"]
    alert = Alert.objects.get()
    assert (alert.source, alert.state, alert.started_at) == (sender.slug, "firing", began)
    assert (alert.severity in (1, 2), bool(alert.links)) == (True, True)
    assert alert.unrouted_because == "No route matches it."


@TELLS_ENDS
@pytest.mark.parametrize("order", ["told in order", "reordered", "told again"])
def test_what_is_over_is_over_in_whatever_order_it_is_told(sender: Sender, order: str):
    began = (timezone.now() - OLD).replace(microsecond=0)
    fires, ends = sender.tool.fires(began), sender.tool.ends(began)
    told = {
        "told in order": [fires, ends],
        "reordered": [ends, fires],
        "told again": [fires, fires, ends, ends],
    }[order]
    for one in told:
        sender.post(one)
    states = read()

    assert set(states) == {"done"}
    alert = Alert.objects.get()
    assert (alert.state, alert.occurrences) == ("resolved", 1)
    assert AlertOccurrence.objects.count() == 1


@EVERY
@pytest.mark.parametrize("bad", ["malformed", "truncated", "empty", "another form", "not utf-8"])
def test_what_cannot_be_read_is_kept_and_said_aloud(sender: Sender, bad: str, caplog):
    whole = sender.tool.fires(timezone.now())
    body = {
        "malformed": b'{"schema": nonsense}',
        "truncated": str(whole).encode()[:-9],
        "empty": b"",
        "another form": b'{"hello": ["world"]}',
        "not utf-8": b'{"a": "\xff"}',
    }[bad]
    answer = sender.post(body)

    assert (answer.status_code, read()) == (202, ["dead"])
    message = Message.objects.get()
    assert (bytes(message.body), message.error.endswith(".")) == (body, True)
    given_up = timeline.events_of(subject=f"source:{sender.slug}").last()
    assert (given_up.verb, given_up.data["error"]) == ("message.given_up", message.error)
    assert not Alert.objects.exists()


@EVERY
def test_a_message_that_is_too_large_is_refused_in_words(sender: Sender):
    most = known()[sender.tool.word].longest_body
    answer = sender.post(b'{"a": "' + b"x" * most + b'"}')

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert not Message.objects.exists()
    refused = timeline.events_of(subject=f"source:{sender.slug}").filter(verb=REFUSED)
    # What is larger than any may be is not read, so a signature of it proves nothing.
    assert refused.exists() == (most == USUAL_BODY)


@EVERY
def test_a_message_that_a_stranger_signs_or_sends_is_not_kept(sender: Sender):
    answer = sender.post(sender.tool.fires(timezone.now()), key="tgs_of-a-stranger")

    assert (answer.status_code, answer.json()["code"]) == (401, "source_unproved")
    assert not Message.objects.exists()


@SIGNS
def test_a_message_that_was_changed_on_its_way_is_not_kept(sender: Sender):
    told = b'{"a": 1}'
    headers = sender.tool.sign(sender.key.encode(), told, timezone.now())

    assert sender.send(b'{"a": 2}', {**sender.tool.headers, **headers}).status_code == 401
    assert sender.send(told, sender.tool.headers).status_code == 401
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "sender",
    [one for one in TOOLS if one.word in ("grafana", "zendesk")],
    indirect=True,
    ids=lambda tool: tool.word,
)
def test_what_is_replayed_at_once_is_read_once_and_later_never(sender: Sender):
    now = timezone.now()
    first = sender.post(sender.tool.fires(now), signed_at=now)
    again = sender.post(sender.tool.fires(now), signed_at=now)
    late = sender.post(sender.tool.fires(now), signed_at=now - timedelta(minutes=6))

    assert [first.json()["status"], again.json()["status"]] == ["kept", "kept_before"]
    assert late.status_code == 401
    assert read() == ["done"]


@EVERY
@pytest.mark.parametrize("off", [-FAR, FAR], ids=["a year behind", "a year ahead"])
def test_a_clock_that_is_a_year_off_decides_no_beginning(sender: Sender, off: timedelta):
    sent_at = timezone.now()
    sender.post(sender.tool.fires(sent_at + off))

    assert read() == ["done"]
    firing = AlertOccurrence.objects.get()
    assert (firing.alert.state, firing.clock_is_off) == ("firing", True)
    assert abs(firing.started_at - sent_at) < timedelta(minutes=1)
    assert abs(firing.said_at - sent_at - off) < timedelta(minutes=1)


@EVERY
def test_a_flood_is_told_to_come_again_and_never_that_it_is_forgotten(sender: Sender, oncall):
    from_now = timezone.now()
    sender.source.per_minute = 1
    sender.source.save(update_fields=["per_minute"])

    answers = [sender.post(sender.tool.fires(from_now + timedelta(seconds=n))) for n in (0, 1)]

    assert [one.status_code for one in answers] == [202, 503]
    assert int(answers[1].headers["Retry-After"]) >= 1
