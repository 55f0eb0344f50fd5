"""A real Alertmanager keeps to itself what a change silences, and tells what still fires after."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from changes import silences
from changes.models import AlertmanagerServer, Silence
from changes.states import State
from tests import living
from tests.changes.silences.alertmanager import running
from tests.living import change_at, say

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def test_what_still_fires_is_told_when_the_silence_is_lifted(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    monkeypatch.setattr(living, "NINE", timezone.now() - timedelta(minutes=61))
    living.settle()
    with running(tmp_path) as there:
        AlertmanagerServer.objects.create(slug="main", name="Main", base_url=there.url)
        change = change_at(State.IMPLEMENTING)

        silences.want(now=timezone.now())
        assert silences.look_at_due(now=timezone.now())
        (silence,) = there.silences()
        there.fire("ErrorsOfRefunds", "refunds")
        there.fire("ErrorsOfSearch", "search")
        there.until(lambda: there.heard("ErrorsOfSearch"))
        kept = there.heard("ErrorsOfRefunds")

        say("finish", change, minutes=61)
        silences.want(now=timezone.now())
        assert silences.look_at_due(now=timezone.now())

        assert (silence["createdBy"], silence["comment"].split()[0]) == ("tidegate", change.ref)
        assert (kept, there.silences(), Silence.objects.get().state) == (False, [], "lifted")
        there.until(lambda: there.heard("ErrorsOfRefunds"))
