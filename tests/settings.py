"""Settings of the test suite: Tidegate's own, with cheap passwords and no broker.

Tests that want a broker start real processes with real settings.
"""

from config.settings import *  # noqa: F403
from config.settings import DATABASES, LOGGING

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_URL = "memory://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
LOGGING["root"]["handlers"] = []  # pytest listens, and shows what a failed test logged.

# Tests of limits set their own.
RATE_LIMITS = {"gate": 0, "writes": 0, "reads": 0, "failures": 0}

# The ledger's tables refuse TRUNCATE; only tests that flush the database may ask for it. No test
# takes the power away, so none waits for the disk.
_options = DATABASES["default"]["OPTIONS"]
_asked = "-c tidegate.allow_truncate=on -c synchronous_commit=off"
_options["options"] = f"{_options.get('options', '')} {_asked}".strip()
