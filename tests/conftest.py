"""What every test stands on."""

from hypothesis import settings

from tests.migrated_database import django_db_modify_db_settings
from tests.seeded_rows import django_db_setup

__all__ = ["django_db_modify_db_settings", "django_db_setup"]

# A shared machine may stall for seconds: how long an example takes is not what is tested.
settings.register_profile("tidegate", deadline=None)
settings.load_profile("tidegate")
