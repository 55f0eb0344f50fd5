"""The WSGI application that granian serves."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.slow_bodies import WholeBodies
from config.turns import InTurn

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = WholeBodies(
    InTurn(get_wsgi_application()),
    longest_body=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
    seconds=settings.REQUEST_BODY_SECONDS,
)
import_module(
    settings.ROOT_URLCONF
)  # Now, not in the first request: what is broken must not start.

# What has been loaded stays: the collector need not look through half a million objects again and
# again. Without this, answers of the gate cost a third more, and the slowest ones twice as much.
gc.collect()
gc.freeze()
