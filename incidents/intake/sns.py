"""Messages of Amazon SNS: whose they are, and whether Amazon signed them. Pure.

Source: Amazon's documentation of verifying the signatures of SNS messages; the rule for hosts is
that of Amazon's own sns-validator 0.3.5.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from incidents.intake import told
from ledger.inbox import Unreadable

HOST = re.compile(r"sns\.[a-zA-Z0-9-]{3,}\.amazonaws\.com(\.cn)?", re.ASCII)
TOPIC = re.compile(r"arn:aws[a-zA-Z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]{1,256}", re.ASCII)
SHORTEST_KEY_BITS = 2048
_HASHES: Final[Mapping[str, hashes.HashAlgorithm]] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 Amazon's version 1


class Kind(StrEnum):
    """What a message is for."""

    NOTIFICATION = "Notification"
    ASKS = "SubscriptionConfirmation"
    ENDED = "UnsubscribeConfirmation"


_SIGNED: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    **dict.fromkeys(
        (Kind.ASKS, Kind.ENDED),
        ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
}
_MAY_BE_MISSING = frozenset({"Subject"})


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message with what proves it; `fields` are the texts it is made of."""

    kind: Kind
    topic: str
    number: str
    fields: Mapping[str, str]
    certificate_url: str
    version: str
    signature: bytes


def envelope_of(body: bytes) -> Envelope:
    """The envelope of a message; raises `Unreadable`, also for raw delivery, which is unsigned."""
    given = told.object_of(body)
    try:
        kind = Kind(str(given.get("Type")))
    except ValueError:
        raise Unreadable(
            "This is no message of SNS: switch raw message delivery off, for it is not signed."
        ) from None
    fields = {name: _text(given, name) for name in _SIGNED[kind] if given.get(name) is not None}
    if missing := set(_SIGNED[kind]) - set(fields) - _MAY_BE_MISSING:
        raise Unreadable(f"The message has no {min(missing)}.")
    if not TOPIC.fullmatch(fields["TopicArn"]):
        raise Unreadable("The message is of no topic of SNS.")
    version = _text(given, "SignatureVersion")
    if version not in _HASHES:
        raise Unreadable("The message is signed in a version that is neither 1 nor 2.")
    try:
        signature = base64.b64decode(_text(given, "Signature"), validate=True)
    except ValueError:
        raise Unreadable("The signature is not in base64.") from None
    url = _text(given, "SigningCertURL")
    refuse_address(url, ends=".pem")
    if "SubscribeURL" in fields:
        refuse_address(fields["SubscribeURL"])
    return Envelope(kind, fields["TopicArn"], fields["MessageId"], fields, url, version, signature)


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str):
        raise Unreadable(f"The message’s {name} is no text.")
    return value


def refuse_address(url: str, *, ends: str = "") -> None:
    """Raise `Unreadable` for an address that is not one of SNS itself, by https."""
    try:
        parts = urlsplit(url)
        is_theirs = (
            parts.scheme == "https"
            and url.isascii()
            and url.isprintable()
            and "\\" not in url
            and HOST.fullmatch(parts.netloc) is not None
            and parts.path.endswith(ends)
        )
    except ValueError:
        is_theirs = False
    if not is_theirs:
        raise Unreadable("The message names an address that is not one of SNS: it is not asked.")


def verify(envelope: Envelope, *, certificate: bytes, at: datetime) -> None:
    """Raise `Unreadable` unless this certificate, good at that time, signed the message."""
    try:
        owner = x509.load_pem_x509_certificate(certificate)
        key = owner.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise Unreadable("What SNS names as its certificate is none.") from None
    if not owner.not_valid_before_utc <= at <= owner.not_valid_after_utc:
        raise Unreadable("The certificate that signed the message is not good at this time.")
    if not isinstance(key, RSAPublicKey) or key.key_size < SHORTEST_KEY_BITS:
        raise Unreadable("The certificate that signed the message has no RSA key of 2048 bits.")
    try:
        key.verify(
            envelope.signature, signed_text(envelope), padding.PKCS1v15(), _HASHES[envelope.version]
        )
    except (InvalidSignature, UnsupportedAlgorithm):
        raise Unreadable("The message is not signed by SNS.") from None


def signed_text(envelope: Envelope) -> bytes:
    """What Amazon signs: each field that is there, its name and its text on lines of their own."""
    names = _SIGNED[envelope.kind]
    lines = (f"{name}\n{envelope.fields[name]}\n" for name in names if name in envelope.fields)
    return "".join(lines).encode()
