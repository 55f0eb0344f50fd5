"""CloudWatch through SNS: only what Amazon signed, of a topic that a person confirmed, is read."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from catalog.models import User
from catalog.roles import CHANGE_MANAGERS
from incidents.doors import cloudwatch
from incidents.intake import topics
from incidents.intake.certificates import Certificates
from incidents.models import Alert, SnsTopic
from ledger import inbox, timeline
from ledger.decision import Refused
from ledger.inbox import sources
from ledger.models import Message
from tests.incidents.doors import aws
from tests.incidents.doors.aws import ALARM, confirmation, notification, signed
from tests.incidents.doors.said import RECEIVED_AT
from tests.incidents.doors.tools import read

pytestmark = pytest.mark.django_db
Post = Callable[[bytes], Any]


@pytest.fixture
def outside(settings) -> aws.Outside:
    """The world outside, where nothing was asked yet; certificates are fetched anew."""
    aws.OUTSIDE = aws.Outside()
    certificates = Certificates(aws.OUTSIDE.fetch)
    aws.VENDORS = (cloudwatch.vendor(certificates),)
    inbox.vendors._named_at.cache_clear()
    settings.INBOX_VENDORS = "tests.incidents.doors.aws.VENDORS"
    yield aws.OUTSIDE
    inbox.vendors._named_at.cache_clear()


@pytest.fixture
def manager(db: None) -> User:
    user = User.objects.create_user("manager")
    user.groups.add(Group.objects.get_or_create(name=CHANGE_MANAGERS)[0])
    return user


@pytest.fixture
def post(outside: aws.Outside, manager: User) -> Post:
    given = {"slug": "aws", "name": "AWS", "vendor": "cloudwatch"}
    _, key = sources.make(actor=manager, now=timezone.now(), **given)

    def posted(body: bytes) -> Any:
        path = f"/hooks/aws/{key}"
        return Client().post(path, body, content_type="text/plain; charset=UTF-8")

    return posted


@pytest.fixture
def confirmed(post: Post, manager: User, outside: aws.Outside) -> SnsTopic:
    post(signed(confirmation()))
    read()
    topic = SnsTopic.objects.get()
    topics.confirm(topic=topic, actor=manager, now=timezone.now(), fetch=outside.fetch)
    outside.asked.clear()
    return topic


def verbs(topic: SnsTopic) -> list[str]:
    return list(timeline.events_of(subject=topic.ref).values_list("verb", flat=True))


def why() -> str:
    return Message.objects.latest("id").error


def test_a_topic_waits_until_a_person_confirms_it(post, manager, outside):
    assert post(signed(confirmation())).status_code == 202
    assert read() == ["done"]

    topic = SnsTopic.objects.get()
    assert (topic.state, topic.arn, topic.source.slug) == ("waiting", aws.TOPIC, "aws")
    assert outside.asked == [aws.CERTIFICATE]
    assert "t-1" not in topic.sealed_address
    post(signed(notification()))
    assert (read()[-1], Alert.objects.exists()) == ("dead", False)
    assert why() == f"Nobody has confirmed the topic {aws.TOPIC} for this source."

    topics.confirm(topic=topic, actor=manager, now=timezone.now(), fetch=outside.fetch)

    topic.refresh_from_db()
    assert (topic.state, topic.confirmed_by) == ("confirmed", manager)
    assert outside.asked == [aws.CERTIFICATE, aws.SUBSCRIBE]
    assert verbs(topic) == ["sns_topic.asked", "sns_topic.confirmed"]
    inbox.replay(message=Message.objects.latest("id"), actor=manager, now=timezone.now())
    assert (read()[-1], Alert.objects.get().title) == ("done", "checkout-5xx")


@pytest.mark.parametrize("version", ["1", "2"])
def test_an_alarm_of_a_confirmed_topic_is_an_alert_and_ends(confirmed, post, version):
    post(signed(notification(), version=version))
    post(signed(notification(), version=version))
    assert read() == ["done", "done"]

    alert = Alert.objects.get()
    assert (alert.key, alert.state, alert.severity) == (ALARM["AlarmArn"], "firing", 1)
    assert (alert.service_word, alert.environment_word) == ("checkout", "production")
    assert alert.labels["LoadBalancer"] == "app/x/1"
    over = {**ALARM, "NewStateValue": "OK", "StateChangeTime": "2026-11-20T22:20:04.123+0000"}
    post(signed(notification(over, MessageId="m-2"), version=version))
    read()
    alert.refresh_from_db()
    assert (alert.state, alert.occurrences) == ("resolved", 1)


def test_a_certificate_is_fetched_once_and_a_rotated_one_too(confirmed, post, outside):
    for number in range(3):
        post(signed(notification(MessageId=f"m-{number}")))
    rotated = notification(MessageId="m-9", SigningCertURL=aws.ROTATED)
    post(signed(rotated, by=aws.OTHER))

    assert set(read()) == {"done"}
    assert outside.asked == [aws.ROTATED]


FORGED = {
    "signed by another key": (lambda: signed(notification(), by=aws.OTHER), "is not signed by SNS"),
    "changed afterwards": (
        lambda: signed(notification()).replace(b"checkout-5xx", b"checkout-4xx"),
        "is not signed by SNS",
    ),
    "subject added": (
        lambda: signed(notification(Subject=None)).replace(b'{"Sig', b'{"Subject": "x", "Sig', 1),
        "is not signed by SNS",
    ),
    "version 2 as version 1": (
        lambda: signed(notification()).replace(b'Version": "2"', b'Version": "1"'),
        "is not signed by SNS",
    ),
    "of a later version": (
        lambda: signed(notification()).replace(b'Version": "2"', b'Version": "3"'),
        "neither 1 nor 2",
    ),
    "not in base64": (lambda: signed(notification(Signature="§")), "not in base64"),
    "raw": (lambda: b'{"AlarmName": "x", "NewStateValue": "ALARM"}', "raw message delivery"),
    "of no topic": (lambda: signed(notification(TopicArn="alarms")), "no topic of SNS"),
    "without a number": (lambda: signed({**notification(), "MessageId": 7}), "is no text"),
    "of no kind": (lambda: signed(notification(Type="Notice")), "raw message delivery"),
    "another topic": (
        lambda: signed(notification(TopicArn=f"{aws.TOPIC}-of-a-stranger")),
        "Nobody has confirmed",
    ),
    "no alarm": (lambda: signed(notification("hello")), "not JSON"),
    "no alarm at all": (lambda: signed(notification({"a": 1})), "no alarm of CloudWatch"),
    "an unknown state": (
        lambda: signed(notification({**ALARM, "NewStateValue": "PANIC"})),
        "CloudWatch does not have: PANIC",
    ),
}


@pytest.mark.parametrize("forged", FORGED)
def test_what_amazon_did_not_sign_or_nobody_confirmed_is_no_alert(confirmed, post, forged, caplog):
    make, because = FORGED[forged]

    assert post(make()).status_code == 202
    assert read()[-1] == "dead"
    assert because in why()
    assert not Alert.objects.exists()


ELSEWHERE = [
    "http://sns.eu-west-1.amazonaws.com/x.pem",
    "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
    "https://evil.example/sns.eu-west-1.amazonaws.com/x.pem",
    "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem",
    "https://evil.example\\@sns.eu-west-1.amazonaws.com/x.pem",
    "https://sns.eu-west-1.amazonaws.com:8443/x.pem",
    "https://sns.eu-west-1.amazonaws.com/x.pem\n",
    "https://sns.us.amazonaws.com/x.pem",
    "https://xsns.eu-west-1.amazonaws.com/x.pem",
    "https://sns.eu-west-1.amazonawsXcom/x.pem",
    "https://bucket.s3.amazonaws.com/x.pem",
    "https://169.254.169.254/latest/meta-data/x.pem",
    "https://localhost/x.pem",
    "https://[::1]/x.pem",
    "https://sns.eu-west-1.amazonaws.com/x.txt",
    "file:///etc/passwd.pem",
    "",
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_no_address_but_those_of_sns_is_ever_asked(confirmed, post, outside, url, caplog):
    outside.there[url] = outside.there[aws.CERTIFICATE]
    post(signed(notification(SigningCertURL=url)))
    if not url.endswith(".txt"):
        post(signed(confirmation(SubscribeURL=url)))

    assert set(read()[1:]) == {"dead"}
    assert outside.asked == []
    assert (SnsTopic.objects.count(), SnsTopic.objects.get().state) == (1, "confirmed")


def test_china_has_an_address_of_its_own(confirmed, post, outside):
    url = "https://sns.cn-north-1.amazonaws.com.cn/x.pem"
    outside.there[url] = outside.there[aws.CERTIFICATE]

    post(signed(notification(SigningCertURL=url)))

    assert (read()[-1], outside.asked) == ("done", [url])


@pytest.mark.parametrize(
    "there",
    [
        b"",
        b"no certificate",
        aws.certificate(aws.key(1024), at=RECEIVED_AT.replace(year=2000), days=20_000),
        aws.certificate(aws.KEY, at=RECEIVED_AT.replace(year=2020)),
        aws.certificate(aws.KEY, at=RECEIVED_AT.replace(year=2050)),
    ],
    ids=["nothing", "no certificate", "too short", "expired", "not yet"],
)
def test_a_certificate_that_is_none_proves_nothing(confirmed, post, outside, there, caplog):
    url = f"{aws.HOST}/another.pem"
    outside.there[url] = there
    by = aws.key(1024) if there and len(there) < 900 else aws.KEY

    post(signed(notification(SigningCertURL=url), by=by))

    assert (read()[-1], Alert.objects.exists()) == ("dead", False)


def test_while_the_certificate_is_not_reached_the_message_waits(confirmed, post, outside, caplog):
    url = f"{aws.HOST}/later.pem"
    for number in range(3):
        post(signed(notification(MessageId=f"m-{number}", SigningCertURL=url)))

    assert read()[1:2] == ["failed"]
    assert outside.asked == [url]
    assert not Alert.objects.exists()


def test_whoever_may_not_confirms_nothing_and_nothing_is_asked(post, outside, oncall):
    post(signed(confirmation()))
    read()
    topic = SnsTopic.objects.get()

    with pytest.raises(Refused) as refused:
        topics.confirm(topic=topic, actor=oncall, now=timezone.now(), fetch=outside.fetch)

    assert refused.value.decision.codes == ("not_permitted",)
    assert aws.SUBSCRIBE not in outside.asked
    assert verbs(topic) == ["sns_topic.asked"]


def test_a_confirmation_that_amazon_does_not_hear_is_none(post, outside, manager):
    post(signed(confirmation()))
    read()
    topic, there = SnsTopic.objects.get(), outside.there.pop(aws.SUBSCRIBE)
    given = {"topic": topic, "actor": manager, "now": timezone.now(), "fetch": outside.fetch}

    with pytest.raises(Refused) as refused:
        topics.confirm(**given)
    assert refused.value.decision.codes == ("not_reached",)
    topic.refresh_from_db()
    assert (topic.state, verbs(topic)) == ("waiting", ["sns_topic.asked"])

    outside.there[aws.SUBSCRIBE] = there
    topics.confirm(**given)
    with pytest.raises(Refused) as again:
        topics.confirm(**given)
    assert again.value.decision.codes == ("wrong_state",)


def test_a_topic_that_is_unsubscribed_must_be_confirmed_again(confirmed, post, manager, caplog):
    post(signed(confirmation("UnsubscribeConfirmation")))
    post(signed(notification()))

    assert read()[1:] == ["done", "dead"]
    confirmed.refresh_from_db()
    assert confirmed.state == "ended"
    post(signed(confirmation(MessageId="asks-again")))
    read()
    confirmed.refresh_from_db()
    assert confirmed.state == "waiting"
    assert verbs(confirmed)[2:] == ["sns_topic.ended", "sns_topic.asked"]
