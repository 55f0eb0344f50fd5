"""One run on the database of DATABASE_URL: `-m tests.faults.run SECONDS CONNECTIONS TIMES`."""

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

from tests.faults import asking, judging, world  # noqa: E402
from tests.faults.asking import Caller, Told  # noqa: E402
from tests.faults.installation import Installation, Part, running  # noqa: E402
from tests.faults.judging import Gone  # noqa: E402


def main(seconds: float, connections: int, times: int) -> int:
    """Load, faults, redemptions; then every sentence of what was wrong. Answers 1 where any was."""
    settled = world.settle()
    ref = world.to_redeem()
    with (
        tempfile.TemporaryDirectory(prefix="tg-faults-") as folder,
        running(os.environ["DATABASE_URL"], Path(folder)) as made,
    ):
        ports = [web.port for web in made.webs]
        since = timezone.now()
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(
                asking.ask, settled, ports, connections=connections, seconds=seconds
            )
            gone = _faults(
                made, seconds
            )  # here: the kernel ties children to the thread they are of
            told = asked.result()
        shown = _redeemed(settled.secret, ref, ports, times=times, connections=connections)
        wrong = judging.faults(told, gone=gone, since=since)
    wrong += judging.wrong_redemptions(shown, ref=ref)
    call_command("verify_ledger", verbosity=0)
    _tell(told, shown, gone, made, seconds)
    for sentence in wrong:
        print(f"wrong: {sentence}")
    return bool(wrong)


def _faults(made: Installation, seconds: float) -> list[Gone]:
    """Kill one after the other, and start each again; when which server was away."""
    gone = []
    for part in (made.worker, *([made.broker] if made.broker else []), made.webs[0], made.beat):
        time.sleep(seconds / 6)
        since = time.monotonic()
        part.kill()
        time.sleep(seconds / 20)
        part.start()
        if part.port and part is not made.broker:
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
    killed = "worker, broker, a web server, timetable" if made.broker else "worker, a web server"
    print(f"killed and started again: {killed}")
    print(f"{len(took):,} answers in {seconds:.0f} s: {dict(words)}")
    print(f"p50 {median(took):.1f} ms, p99 {quantiles(took, n=100)[98]:.1f} ms")
    print(f"{broken:,} attempts broke on the server that was killed, which was away for {away}")
    print(f"one permit shown {len(shown):,} times: {dict(Counter(one.status for one in shown))}")


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
