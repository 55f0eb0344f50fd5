"""Another tool, by apprise: its address says which, and is the secret.

apprise opens its own connections, so it runs in a process of its own: one that reaches no address
inside our network, sees nothing of our settings, and is ended when it takes too long.
"""

import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Final

import orjson
from django.conf import settings

from ledger import refs
from ledger.channels import calling
from ledger.channels.failures import NotSent
from ledger.channels.wording import Telling
from ledger.models import Delivery

LONGEST_SECONDS = 20
REFUSED: Final = 3
"""The exit code that says: trying again is of no use."""
PROGRAM: Final = Path(__file__).with_name("apprise_program.py")


def send(delivery: Delivery, telling: Telling, now: datetime) -> None:
    """Notify by apprise; raises `NotSent`, permanently for an address it cannot read."""
    page = settings.TIDEGATE_URL.rstrip("/") + refs.page_of(telling.event.subject)
    said = [telling.happened, telling.words, telling.confession]
    lines = [f"{label}: {value}" for label, value in telling.facts]
    told = {
        "url": calling.unsealed(delivery.sealed_secret),
        "title": telling.headline,
        "body": "\n".join([*filter(None, said), *lines, page]),
        "allowed": list(settings.WEBHOOK_ALLOWED_NETWORKS),
    }
    ended = _run(orjson.dumps(told))
    if ended.returncode != 0:
        said_why = ended.stdout.decode("utf-8", "replace").strip()[:200]
        raise NotSent(
            said_why or "apprise could not notify it; it does not say why.",
            permanent=ended.returncode == REFUSED,
        )


def _run(told: bytes) -> subprocess.CompletedProcess[bytes]:
    """The address goes by standard input: the list of processes shows it to nobody."""
    try:
        return subprocess.run(
            [sys.executable, "-I", str(PROGRAM)],
            input=told,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=LONGEST_SECONDS,
            env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        )
    except subprocess.TimeoutExpired:
        raise NotSent(f"apprise took longer than {LONGEST_SECONDS} seconds.") from None
