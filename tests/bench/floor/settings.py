"""Settings of the floor: one persistent connection, and nothing else."""

from config.settings import DATABASES, SECRET_KEY

__all__ = ["DATABASES", "SECRET_KEY"]

ALLOWED_HOSTS = ["127.0.0.1"]
DEBUG = False
MIDDLEWARE: list[str] = []
INSTALLED_APPS: list[str] = []
ROOT_URLCONF = "tests.bench.floor.urls"
USE_TZ = True
