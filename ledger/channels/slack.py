"""Slack: an incoming webhook, or a bot that keeps one message per incident and a thread under it.

Source: contracts §3.16. A bot's errors come as 200 with `{"ok": false, "error": …}`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.conf import settings

from ledger import refs
from ledger.channels import calling, threads
from ledger.channels.calling import Answer, Caller
from ledger.channels.failures import NotSent
from ledger.channels.wording import Telling
from ledger.models import Delivery, Thread

API: Final = "https://slack.com"
HEADER_AT_MOST, SECTION_AT_MOST, FIELD_AT_MOST, FIELDS_AT_MOST = 150, 3000, 2000, 10
FOR_NOW: Final = frozenset(
    {
        "fatal_error",
        "internal_error",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)
"""Errors after which the same message may be taken; every other one is final."""
_GONE: Final = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})


def send_to_webhook(delivery: Delivery, telling: Telling, now: datetime) -> None:
    """POST to the address that Slack gave, which is the secret; it answers “ok”."""
    url = calling.unsealed(delivery.sealed_secret)
    with calling.caller(now=now, secrets=(url, url.partition("/services/")[2])) as caller:
        caller.post(url, message(telling))


def send_as_bot(delivery: Delivery, telling: Telling, now: datetime) -> None:
    """Bring the incident's message up to date and say what happened below it; or post the first.

    Bringing up to date comes first: it does no harm if it must be done again.
    """
    token = calling.unsealed(delivery.sealed_secret)
    with calling.caller(now=now, secrets=(token,)) as caller:
        bot = _Bot(caller, delivery, token)
        thread = threads.of(delivery)
        if thread is not None and bot.update(thread, message(telling, as_it_stands=True)):
            reply = message(telling, in_thread=True)
            place = {"channel": thread.place, "thread_ts": thread.remote_id}
            bot.say("chat.postMessage", reply | place)
            return
        told = bot.say("chat.postMessage", message(telling) | {"channel": delivery.target})
        ts, place_told = str(told.get("ts") or ""), str(told.get("channel") or delivery.target)
        if ts:
            threads.keep(delivery, remote_id=ts, place=place_told, now=now)


def message(
    telling: Telling, *, in_thread: bool = False, as_it_stands: bool = False
) -> dict[str, Any]:
    """The body of a message: text for notifications, and blocks to read.

    `in_thread` is short, for what it is about stands above; `as_it_stands` tells no news.
    """
    if in_thread:
        said = "\n".join(filter(None, [telling.happened, telling.words, telling.confession]))
        return {"text": said, "blocks": [_section(_safe(said))], "unfurl_links": False}
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": telling.name[:HEADER_AT_MOST]}}
    ]
    fields = [
        {"type": "mrkdwn", "text": f"*{label}*\n{_safe(value)}"[:FIELD_AT_MOST]}
        for label, value in telling.facts
    ]
    if fields:
        blocks.append({"type": "section", "fields": fields[:FIELDS_AT_MOST]})
    said = "\n".join(filter(None, [telling.happened, telling.words, telling.confession]))
    if not as_it_stands:
        blocks.append(_section(_safe(said)))
    page = settings.TIDEGATE_URL.rstrip("/") + refs.page_of(telling.event.subject)
    blocks.append(_section(f"<{page}|Open {telling.event.subject}>"))
    text = telling.name if as_it_stands else telling.headline
    return {"text": _safe(text), "blocks": blocks, "unfurl_links": False}


class _Bot:
    """One bot in one channel."""

    def __init__(self, caller: Caller, delivery: Delivery, token: str) -> None:
        base = delivery.subscription.base_url if delivery.subscription else ""
        self._caller, self._token = caller, token
        self._base = (base or API).rstrip("/")
        self._meant = {"event_type": "tidegate", "event_payload": {"delivery": delivery.pk}}

    def update(self, thread: Thread, told: Mapping[str, Any]) -> bool:
        """Bring the first message up to date; False where it is gone."""
        place = {"channel": thread.place, "ts": thread.remote_id}
        answer = self._call("chat.update", {**told, **place})
        said = answer.json
        if isinstance(said, dict) and said.get("error") in _GONE:
            return False
        self._checked(answer)
        return True

    def say(self, method: str, told: Mapping[str, Any]) -> dict[str, Any]:
        """Call a method; answers what Slack says. Raises `NotSent`."""
        return self._checked(self._call(method, {**told, "metadata": self._meant}))

    def _call(self, method: str, told: Mapping[str, Any]) -> Answer:
        return self._caller.call(
            "POST",
            f"{self._base}/api/{method}",
            body=dict(told),
            authorization=f"Bearer {self._token}",
            content_type="application/json;charset=utf-8",
        )

    def _checked(self, answer: Answer) -> dict[str, Any]:
        said = answer.json
        if not isinstance(said, dict):
            raise NotSent("Slack answered something that is not JSON.")
        if said.get("ok") is not True:
            error = str(said.get("error") or "no reason given")[:100]
            raise NotSent(
                f"Slack refused it: {error}.",
                permanent=error not in FOR_NOW,
                retry_after=self._caller.wait(answer),
            )
        return said


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:SECTION_AT_MOST]}}


def _safe(text: str) -> str:
    """Text in which Slack reads no mention and no link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
