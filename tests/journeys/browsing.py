"""A browser that visits a running Tidegate, and what it must never see."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

SCREENS = Path(__file__).parents[2] / "test-output" / "screens"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
LOOKS: tuple[tuple[int, Literal["light", "dark"]], ...] = ((1440, "light"), (390, "dark"))
PASSWORD = "a long enough password"
# Playwright leaves empty style attributes behind when it takes a picture.
INLINE = """
    [...document.querySelectorAll("[style]:not([style='']), style, script:not([src])")]
        .map((one) => `inline: ${one.outerHTML.slice(0, 200)}`)
"""


def executable() -> str:
    """Where Chromium is; a test that needs it fails in CI and is skipped elsewhere without it."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None and os.environ.get("CI"):
        pytest.fail("Chromium is missing: apt-get install chromium.")
    if found is None:
        pytest.skip("Chromium is missing: apt-get install chromium.")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium. The event loop Playwright runs in this thread does not stop the ORM."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=executable(), args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            yield browser
            browser.close()
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Visitor:
    """One person at a browser. Errors in its console are collected in `complaints`."""

    def __init__(self, context: BrowserContext, *, url: str) -> None:
        self.url = url
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self._examined = False
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def go(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def sign_in(self, username: str, *, then: str = "/") -> Page:
        """Through the sign-in page, as people do."""
        page = self.go(f"/sign-in?next={then}")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{self.url}{then}")
        return page

    def sign_out(self) -> None:
        self.page.context.clear_cookies()

    def screen(self, name: str) -> None:
        """Keep what is seen now as test-output/screens/<name>.png."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENS / f"{name}.png", full_page=True)

    def examined(self) -> list[str]:
        """What axe finds. The policy refuses styles axe itself applies, and says so at any time
        afterwards: that is not listened to, so styles of our own are looked for here."""
        found = self.page.evaluate(INLINE)
        self._examined = True
        return [*found, *wrong_in(self.page)]

    def _heard(self, message: object) -> None:
        kind, text = message.type, message.text  # type: ignore[attr-defined]
        ours = not (self._examined and text.startswith("Applying inline style"))
        if kind in ("error", "warning") and ours and not text.startswith("Failed to load resource"):
            self.complaints.append(text)


def look_at(visitor: Visitor, path: str, *, name: str) -> None:
    """See a page wide and light, narrow and dark: nothing is wrong, nothing sticks out.

    Only colours differ by scheme and only places by width, so these two looks see all of both.
    """
    page = visitor.page
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        visitor.go(path)
        visitor.screen(f"{name}-{scheme}-{width}")
        assert sticks_out(page) == 0, f"{path} {scheme} {width}"
        assert visitor.examined() == [], f"{path} {scheme} {width}"


def wrong_in(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA and its own best practices."""
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


def sticks_out(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )
