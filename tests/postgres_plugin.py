"""Gives the tests a home and a PostgreSQL of their own before Django's settings are read.

Loaded by `-p` in pyproject.toml, since pytest-django reads the settings before any conftest; so the
work is done at import. With DATABASE_URL set, that server is used instead. CELERY_BROKER_URL is put
aside for the tests of brokers: Celery would let it overrule every setting.
"""

import os
import shutil
import tempfile
from pathlib import Path

from config import postgres
from tests import migrated_database

NEVER_IN_TESTS = (
    "ALLOWED_HOSTS",
    "BIND",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_OWNER_URL",
    "EMAIL_FROM",
    "EMAIL_URL",
    "LOG_LEVEL",
    "METRICS_TOKEN",
    "PORT",
    "PREPARED_STATEMENTS",
    "REQUEST_BODY_SECONDS",
    "SECRET_KEY",
    "TIDEGATE_AS_OWNER",
    "TIDEGATE_DATABASE_ROLE",
    "TIDEGATE_ENV",
    "TIDEGATE_URL",
    "WEBHOOK_ALLOWED_NETWORKS",
)


class _Ground:
    """What the first process makes, the workers of xdist inherit, and the first removes."""

    def __init__(self) -> None:
        for name in NEVER_IN_TESTS:
            os.environ.pop(name, None)
        os.environ["TIDEGATE_TEST_BROKER"] = os.environ.pop("CELERY_BROKER_URL", "")
        self.home = Path(tempfile.mkdtemp(prefix="tidegate-tests-"))
        self.home.chmod(0o755)  # Root's PostgreSQL runs as another user, who must get in.
        os.environ["TIDEGATE_HOME"] = str(self.home)
        self.server: postgres.Server | None = None
        if not os.environ.get("DATABASE_URL"):
            self.server = postgres.start(home=self.home, settings=postgres.WITHOUT_DURABILITY)
            os.environ["DATABASE_URL"] = self.server.place.url()

    def pytest_unconfigure(self) -> None:
        if self.server is None:
            migrated_database.remove()
        else:
            postgres.stop(self.server)
            shutil.rmtree(self.server.place.socket, ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)


def pytest_configure(config: object) -> None:
    """Have the ground cleared when the first process ends."""
    if GROUND is not None:
        config.pluginmanager.register(GROUND, "tidegate-ground")  # type: ignore[attr-defined]


GROUND = None if "PYTEST_XDIST_WORKER" in os.environ else _Ground()
