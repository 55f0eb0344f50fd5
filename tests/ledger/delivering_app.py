"""Tidegate's Celery application with short waits, and the rows its workers send, for tests.

Run as a program it makes receivers at an address, and incidents that they hear of.
"""

import sys

from tests.faults.hurried import app

__all__ = ["app"]

INCIDENTS = 4


def fill(root: str) -> None:
    """Receivers of each lane, and four incidents that live to the end but for the last."""
    from incidents import lifecycle  # noqa: PLC0415 Django is set up by now
    from ledger import subscriptions  # noqa: PLC0415
    from tests import living  # noqa: PLC0415
    from tests.living import at, person  # noqa: PLC0415

    living.settle()
    receivers = {
        "first": {"channel": "webhook", "target": f"{root}/first"},
        "second": {"channel": "webhook", "target": f"{root}/second"},
        "chat": {"channel": "slack", "target": "chat", "secret": f"{root}/chat"},
        "pager": {"channel": "pagerduty", "target": "p", "secret": "k" * 32, "base_url": root},
    }
    for name, given in receivers.items():
        subscriptions.subscribe(name=name, now=at(0), verbs=["incident.*"], **given)
    for number in range(INCIDENTS):
        incident = living.incident(1, minutes=0)
        told = {"ref": incident.ref, "actor": person("oncall"), "now": at(1)}
        lifecycle.acknowledge(**told)
        if number < INCIDENTS - 1:
            lifecycle.mitigate(**told)
            lifecycle.reopen(**told, note="It is back.")


if __name__ == "__main__":
    fill(sys.argv[1])
