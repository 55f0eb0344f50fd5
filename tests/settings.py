"""Settings of the test suite: Tidegate's own, with cheap passwords."""

from config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# The ledger refuses TRUNCATE, by which Django cleans up after tests that commit.
_OPTIONS = DATABASES["default"]["OPTIONS"]  # noqa: F405
_OPTIONS["options"] = f"{_OPTIONS.get('options', '')} -c tidegate.allow_truncate=on".strip()
