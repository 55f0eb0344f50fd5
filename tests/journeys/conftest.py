"""A browser, a settled organisation that lives today, and somebody to visit it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from playwright.sync_api import Browser

from catalog.models import User
from tests import living
from tests.journeys.browsing import PASSWORD, Visitor, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def today(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A settled catalogue whose nine was 110 minutes ago: plans hold since 50 minutes."""
    begun = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=110)
    monkeypatch.setattr(living, "NINE", begun)
    living.settle()
    people = User.objects.filter(is_robot=False)
    people.update(password=make_password(PASSWORD), time_zone="Europe/Amsterdam")


@pytest.fixture
def visit(browser: Browser, live_server: Any) -> Iterator[Callable[..., Visitor]]:
    """Opens a browser window; at the end of the test none may have complained."""
    opened: list[Visitor] = []

    def open_window(**options: Any) -> Visitor:
        given = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **options}
        visitor = Visitor(browser.new_context(**given), url=live_server.url)
        visitor.page.set_default_timeout(10_000)
        opened.append(visitor)
        return visitor

    yield open_window
    complaints = [words for visitor in opened for words in visitor.complaints]
    for visitor in opened:
        visitor.page.context.close()
    assert complaints == []
