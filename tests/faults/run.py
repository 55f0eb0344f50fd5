"""One run on the database of DATABASE_URL.

`-m tests.faults.run SECONDS CONNECTIONS TIMES BROKER APPLICATION`.
"""

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from config import message_queue  # noqa: E402
from tests.faults import aftermath, asking, judging, storm, world  # noqa: E402
from tests.faults.asking import Caller, Told  # noqa: E402
from tests.faults.installation import Installation, Part, running  # noqa: E402
from tests.faults.judging import Gone  # noqa: E402
from tests.faults.receivers import Receivers, serving  # noqa: E402
from tests.faults.storm import Sent  # noqa: E402

TROUBLE_OFTEN = 10
QUIET_SECONDS = 600


def main(seconds: float, connections: int, times: int, kind: str, app: str) -> int:
    """Load, a storm, faults, redemptions; then every sentence of what was wrong.

    Answers 1 where any was.
    """
    message_queue.install(role="")
    settled, receivers = world.settle(), Receivers(often=TROUBLE_OFTEN)
    ref = world.to_redeem()
    with (
        tempfile.TemporaryDirectory(prefix="tg-faults-") as folder,
        serving(receivers) as address,
        running(os.environ["DATABASE_URL"], Path(folder), kind=kind, app=app) as made,
    ):
        key = storm.settle(address)
        ports = [web.port for web in made.webs]
        since = timezone.now()
        with ThreadPoolExecutor(2) as pool:
            asked = pool.submit(
                asking.ask, settled, ports, connections=connections, seconds=seconds
            )
            stormed = pool.submit(storm.send, key, ports, seconds=seconds)
            # here: the kernel ties children to the thread they are of
            gone = _faults(made, seconds)
            told, sent = asked.result(), stormed.result()
        shown = _redeemed(settled.secret, ref, ports, times=times, connections=connections)
        quiet = aftermath.await_quiet(seconds=QUIET_SECONDS)
        wrong = judging.faults(told, gone=gone, since=since)
        wrong += aftermath.faults(sent, receivers)
    wrong += judging.wrong_redemptions(shown, ref=ref)
    call_command("verify_ledger", verbosity=0)
    _tell(told, shown, gone, made, seconds)
    _tell_storm(sent, receivers, quiet)
    for sentence in wrong:
        print(f"wrong: {sentence}")
    return bool(wrong)


def _faults(made: Installation, seconds: float) -> list[Gone]:
    """Kill one after the other, and start each again; when which server was away."""
    gone = []
    broker = [made.broker] if made.broker else []
    parts = [made.worker, *broker, made.webs[0], made.pager, made.beat]
    for part in parts:
        time.sleep(seconds / (len(parts) + 2))
        since = time.monotonic()
        part.kill()
        time.sleep(seconds / 25)
        part.start()
        if part in made.webs:
            gone.append(_back(part, since))
    return gone


def _back(part: Part, since: float) -> Gone:
    part.await_ready()
    return Gone(part.port, since, time.monotonic())


def _redeemed(
    secret: str, ref: str, ports: Sequence[int], *, times: int, connections: int
) -> list[Told]:
    question = {"service": "refunds", "environment": "production", "change": ref}
    permit = Caller(secret).post(ports[1], "/gate", question).body["permit"]
    return asking.redeem(permit, ports, secret=secret, times=times, connections=connections)


def _tell(
    told: Sequence[Told],
    shown: Sequence[Told],
    gone: Sequence[Gone],
    made: Installation,
    seconds: float,
) -> None:
    took = sorted(1000 * (one.ended - one.began) for one in told if one.status == 200)
    words = Counter(one.body["decision"] for one in told if one.status == 200)
    broken = sum(one.status == 0 for one in told)
    away = ", ".join(f"{one.until - one.since:.1f} s" for one in gone)
    broker = "the broker, " if made.broker else ""
    killed = f"worker, {broker}a web server, the pager's worker, timetable"
    print(f"killed and started again: {killed}")
    print(f"{len(took):,} answers in {seconds:.0f} s: {dict(words)}")
    print(f"p50 {median(took):.1f} ms, p99 {quantiles(took, n=100)[98]:.1f} ms")
    print(f"{broken:,} attempts broke on the server that was killed, which was away for {away}")
    print(f"one permit shown {len(shown):,} times: {dict(Counter(one.status for one in shown))}")


def _tell_storm(sent: Sent, receivers: Receivers, quiet: float) -> None:
    alerts, taken = sum(sent.alerts.values()), sum(map(len, receivers.taken.values()))
    print(
        f"{alerts:,} alerts in {sent.posts:,} posts, of which {sent.again:,} had to be said again"
    )
    print(f"{taken:,} messages were taken, and receivers met them with {dict(receivers.met)}")
    print(f"all was read and sent {quiet:.1f} s after the last post")


if __name__ == "__main__":
    seconds, connections, times, kind, app = sys.argv[1:]
    sys.exit(main(float(seconds), int(connections), int(times), kind, app))
