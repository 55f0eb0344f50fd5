"""GitHub's webhooks: what a repository or an app tells of deployments.

Source: GitHub's documentation of webhook events and payloads, and of validating deliveries.
"""

from collections.abc import Mapping
from datetime import datetime

from changes import sightings
from changes.waiting_runs.github import read_deployment_status, read_protection_rule
from ledger.inbox import Unreadable
from ledger.inbox.json_parts import instant, json_object, part, text
from ledger.inbox.signatures import hex_signature
from ledger.inbox.vendors import Headers, Named, Proof, Reader, Vendor
from ledger.models import Message

EVENT, DELIVERY = "X-GitHub-Event", "X-GitHub-Delivery"
# A deployment that waits, or was replaced by a later one, has touched nothing.
TOUCHED = frozenset({"in_progress", "success", "failure", "error"})


def named(headers: Headers, body: bytes) -> Named:
    """The event's name, and the number under which GitHub delivers it, also once more."""
    return Named(topic=headers.get(EVENT, ""), delivery_id=headers.get(DELIVERY, ""))


def read_status(message: Message, now: datetime) -> None:
    """`deployment_status`: move the change we let through, and see the deployment under way.

    Its revision is the commit; it happened when the first such status was made.
    """
    read_deployment_status(message, now)
    told = json_object(message)
    status, deployment = part(told, "deployment_status"), part(told, "deployment")
    repository = text(part(told, "repository"), "full_name")
    number = text(deployment, "id")
    if not repository or not number:
        raise Unreadable("The message names no repository or no deployment.")
    if text(status, "state") not in TOUCHED:
        return
    sightings.see(
        sightings.Sighting(
            vendor="github",
            project=repository,
            stage=text(status, "environment") or text(deployment, "environment"),
            revision=text(deployment, "sha", at_most=120),
            at=instant(status, "created_at", else_at=message.received_at),
            status=text(status, "state"),
            by=text(part(status, "creator"), "login") or text(part(deployment, "creator"), "login"),
            url=text(status, "log_url", "target_url", at_most=500),
            source=message.source.slug,
            external_id=f"{repository}#{number}",
        ),
        now=now,
    )


READERS: Mapping[str, Reader] = {
    "deployment_protection_rule": read_protection_rule,
    "deployment_status": read_status,
}
VENDOR = Vendor(
    word="github",
    label="GitHub",
    proof=Proof.SIGNATURE,
    signed=hex_signature(header="X-Hub-Signature-256", prefix="sha256="),
    named=named,
    readers=READERS,
    keeps=(EVENT, DELIVERY),
)
