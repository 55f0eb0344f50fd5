"""Tidegate's Celery application with short waits, for tests that wait less long than people can.

What is held is let go of after seconds, and a timetable of three tasks looks every second for what
a lost message forgot.
"""

from datetime import timedelta

import django

from config.celery import app

django.setup()

from ledger import lanes, outbox  # noqa: E402 models want Django set up
from ledger.inbox import reading  # noqa: E402

lanes._SHORT_LEASE = lanes._LONG_LEASE = timedelta(seconds=4)
reading.LEASE = timedelta(seconds=8)
reading.FIRST_WAIT = outbox.PAUSE = outbox.FIRST_WAIT = timedelta(seconds=0.5)
TASKS = ("ledger.sweep", "ledger.page", "ledger.read_messages")
app.conf.beat_schedule = {name: {"task": name, "schedule": 1.0} for name in TASKS}
