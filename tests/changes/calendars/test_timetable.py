"""Beat has calendars read every minute; the task reads those that are due."""

from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone

from changes import calendar
from changes.models import Calendar
from changes.tasks import read_calendars
from config.celery import app
from tests.living import person

pytestmark = pytest.mark.usefixtures("settled")


def test_the_timetable_names_the_task():
    app.loader.import_default_modules()

    entry = app.conf.beat_schedule["calendars"]
    assert (entry["task"], entry["schedule"]) == (read_calendars.name, 60.0)
    assert read_calendars.name in current_app.tasks


def test_what_is_due_is_read():
    yesterday = timezone.now() - timedelta(days=1, minutes=1)
    fields = {"name": "Holidays", "holidays": "NL", "time_zone": "Europe/Amsterdam"}
    calendar.create(fields=fields, actor=person("manager"), now=yesterday)

    read_calendars()

    kept = Calendar.objects.get()
    assert kept.good_at > yesterday + timedelta(days=1)
    assert kept.due_at > timezone.now()
