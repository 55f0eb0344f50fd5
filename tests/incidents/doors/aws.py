"""Amazon SNS as it stands outside: a key, certificates at addresses, and messages it signs."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from django.utils import timezone

from incidents.doors import cloudwatch
from incidents.intake.certificates import Certificates
from ledger.safe_transport import NotReached

HOST = "https://sns.eu-west-1.amazonaws.com"
CERTIFICATE = f"{HOST}/SimpleNotificationService-abc.pem"
ROTATED = f"{HOST}/SimpleNotificationService-def.pem"
SUBSCRIBE = f"{HOST}/?Action=ConfirmSubscription&Token=t-1"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"
ALARM = {
    "AlarmName": "checkout-5xx",
    "AlarmDescription": "Too many errors. sev=P1 service=checkout env=production",
    "AWSAccountId": "123456789012",
    "NewStateValue": "ALARM",
    "NewStateReason": "Threshold Crossed",
    "StateChangeTime": "2026-11-20T22:10:04.123+0000",
    "Region": "EU (Ireland)",
    "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:checkout-5xx",
    "OldStateValue": "OK",
    "Trigger": {
        "MetricName": "5XX",
        "Namespace": "AWS/ApplicationELB",
        "StatisticType": "Statistic",
        "Statistic": "SUM",
        "Unit": None,
        "Dimensions": [{"name": "LoadBalancer", "value": "app/x/1"}],
        "Period": 60,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 10.0,
        "TreatMissingData": "missing",
    },
}


def key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def certificate(of: rsa.RSAPrivateKey, *, at: datetime, days: int = 30) -> bytes:
    """A certificate of a key that is good from a day before `at`, for so many days."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    began = at - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(of.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=days))
        .sign(of, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


KEY, OTHER = key(), key()


class Outside:
    """What is at which address; everything else is not reached. `asked` says what was."""

    def __init__(self) -> None:
        self.there = {
            CERTIFICATE: certificate(KEY, at=timezone.now()),
            ROTATED: certificate(OTHER, at=timezone.now()),
            SUBSCRIBE: b"<ConfirmSubscriptionResponse/>",
        }
        self.asked: list[str] = []

    def fetch(self, url: str, now: datetime) -> bytes:
        self.asked.append(url)
        if url not in self.there:
            raise NotReached("It could not be reached: nobody is there.")
        return self.there[url]


def signed(told: dict[str, Any], *, by: rsa.RSAPrivateKey = KEY, version: str = "2") -> bytes:
    """A message with its signature, as Amazon's documentation says that it is made."""
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp"]
    names += ["Token", "TopicArn", "Type"]
    if told["Type"] == "Notification":
        names = [name for name in names if name not in ("SubscribeURL", "Token")]
    text = "".join(f"{name}\n{told[name]}\n" for name in names if name in told)
    digest = hashes.SHA1() if version == "1" else hashes.SHA256()
    signature = base64.b64encode(by.sign(text.encode(), padding.PKCS1v15(), digest)).decode()
    return json.dumps(
        {
            "SigningCertURL": CERTIFICATE,
            "SignatureVersion": version,
            "Signature": signature,
            **{name: value for name, value in told.items() if value is not None},
        }
    ).encode()


def notification(alarm: Any = ALARM, **given: Any) -> dict[str, Any]:
    return {
        "Type": "Notification",
        "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
        "TopicArn": TOPIC,
        "Subject": 'ALARM: "checkout-5xx" in EU (Ireland)',
        "Message": alarm if isinstance(alarm, str) else json.dumps(alarm),
        "Timestamp": datetime.now(UTC).isoformat(),
        "UnsubscribeURL": f"{HOST}/?Action=Unsubscribe",
        **given,
    }


def confirmation(kind: str = "SubscriptionConfirmation", **given: Any) -> dict[str, Any]:
    return {
        "Type": kind,
        "MessageId": f"of-{kind}",
        "Token": "t-1",
        "TopicArn": TOPIC,
        "Message": f"You have chosen to subscribe to the topic {TOPIC}.",
        "SubscribeURL": SUBSCRIBE,
        "Timestamp": "2026-11-20T22:00:00.000Z",
        **given,
    }


OUTSIDE = Outside()
VENDORS = (cloudwatch.vendor(Certificates(lambda url, now: OUTSIDE.fetch(url, now))),)
