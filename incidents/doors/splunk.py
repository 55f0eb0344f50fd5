"""Splunk Enterprise and Cloud, by the webhook alert action: told once, and never resolved.

Source: Splunk's documentation of the webhook alert action.
"""

from collections.abc import Mapping
from datetime import datetime

from incidents.doors.taking import in_order_by, reads
from incidents.intake import told
from incidents.signals import Said, Signal
from ledger.inbox import Unreadable
from ledger.inbox.vendors import Vendor

TOPIC = "search"
SEVERITY_FIELDS = ("severity", "urgency", "priority")
KEY_FIELDS = ("service", "host", "environment")


def parse(body: bytes, headers: Mapping[str, str], received_at: datetime) -> list[Signal]:
    """One signal: a search that found something; raises `Unreadable`.

    Its alert is the search with the result's `alert_key`, or else with service, host and
    environment; severity and service are taken from the result, for Splunk names none.
    """
    message = told.object_of(body)
    result = told.labels(message.get("result"))
    run = told.name(message.get("sid"))
    name = told.line(message.get("search_name"), at_most=told.LONGEST_TITLE)
    if not run or not isinstance(message.get("result"), Mapping):
        raise Unreadable("The message has no “sid” or no “result”: it is no alert of Splunk’s.")
    word = told.first(result, *SEVERITY_FIELDS)
    parts = [result.get("alert_key", "")]
    if not parts[0]:
        parts = [result.get(field, "") for field in KEY_FIELDS]
    found_at = told.moment(result.get("_time"))
    return [
        Signal(
            key=told.digest(name, *parts),
            said=Said.STATELESS,
            title=name or "A search of Splunk",
            started_at=found_at or received_at,
            occurrence=run,
            severity=told.severity(word),
            severity_word=word,
            body=told.prose(result.get("message") or result.get("description", "")),
            service=result.get("service", ""),
            environment=told.first(result, "environment", "env"),
            group=name,
            labels={
                **{key: said for key, said in result.items() if not key.startswith("_")},
                "alertname": name or "ad-hoc search",
                "app": told.line(message.get("app")),
            },
            links=told.links(results=message.get("results_link")),
        )
    ]


VENDOR = Vendor(
    word="splunk",
    label="Splunk (webhook alert action)",
    named=in_order_by(TOPIC),
    readers={TOPIC: reads(parse)},
    busy_status=503,
)
