"""The WSGI application that Granian serves; started by `config.web`."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.template.loader import get_template
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django = get_wsgi_application()

from catalog import together  # noqa: E402
from config.doors_in_front import DoorsInFront  # noqa: E402 it needs the applications to be loaded
from config.quick_gate import QuickGate  # noqa: E402
from config.quick_read import QuickRead  # noqa: E402
from config.slow_bodies import WholeBodies  # noqa: E402
from config.turns import InTurn  # noqa: E402
from ledger.inbox.vendors import LARGE_BODY  # noqa: E402
from ledger.together import Together  # noqa: E402

in_turn = InTurn(django)
prepares = settings.ENVIRONMENT.prepares_statements  # what is sent together is prepared
reads = together.Together() if prepares else None
writes = Together() if prepares else None
quick_gate = QuickGate(DoorsInFront(in_turn), turn=in_turn, together=writes)
application = WholeBodies(
    QuickRead(quick_gate, turn=in_turn, link=reads),
    longest_body=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
    seconds=settings.REQUEST_BODY_SECONDS,
    large=settings.INTAKE_PATHS,
    largest_body=LARGE_BODY,
)
# Now, and not in the first request of each worker: what is broken must not start, and what is read
# once is in memory once.
reverse("home")
get_template("frame.html")

# What has been loaded stays: the collector need not look through half a million objects again and
# again. Without this, answers of the gate cost a third more, and the slowest ones twice as much.
gc.collect()
gc.freeze()
