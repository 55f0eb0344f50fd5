"""Microsoft Teams: an adaptive card posted to a workflow, whose address is the secret.

Source: contracts §3.17. 202 says that the workflow took it, not that the card was posted.
"""

from datetime import datetime
from typing import Any, Final

from django.conf import settings

from ledger import refs
from ledger.channels import calling
from ledger.channels.wording import Telling
from ledger.models import Delivery

_SCHEMA: Final = "http://adaptivecards.io/schemas/adaptive-card.json"
_CARD: Final = "application/vnd.microsoft.card.adaptive"


def send(delivery: Delivery, telling: Telling, now: datetime) -> None:
    """POST one card; raises `NotSent`."""
    url = calling.unsealed(delivery.sealed_secret)
    with calling.caller(now=now, secrets=(url, url.partition("sig=")[2])) as caller:
        caller.post(url, message(telling))


def message(telling: Telling) -> dict[str, Any]:
    """The envelope and its card, well below the 28 KB that a workflow takes."""
    said = [telling.happened, telling.words, telling.confession]
    page = settings.TIDEGATE_URL.rstrip("/") + refs.page_of(telling.event.subject)
    name = {"type": "TextBlock", "size": "Large", "weight": "Bolder"}
    facts = [{"title": label, "value": value} for label, value in telling.facts]
    card = {
        "$schema": _SCHEMA,
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "full"},
        "body": [
            {**name, "text": telling.name, "wrap": True},
            *({"type": "TextBlock", "text": text, "wrap": True} for text in said if text),
            {"type": "FactSet", "facts": facts},
        ],
        "actions": [
            {"type": "Action.OpenUrl", "title": f"Open {telling.event.subject}", "url": page}
        ],
    }
    attachment = {"contentType": _CARD, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}
