"""`manage.py up`: the whole of Tidegate as one foreground command."""

import errno
import fcntl
import http.client
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import OperationalError, connections
from kombu.exceptions import OperationalError as BrokerError

from catalog.models import User
from config import installation, postgres, preparing, tasks
from config.celery import app as celery_app
from config.environment import Environment
from config.setting_wrong import SettingWrong
from config.stored_secrets import kept_secret
from config.supervisor import Supervisor

DEMO_PASSWORD_BYTES = 12


class Command(BaseCommand):
    """Starts PostgreSQL, prepares it, then supervises web, worker and beat until Ctrl-C."""

    help = "Run Tidegate: PostgreSQL (unless DATABASE_URL is set), web, worker and beat."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        environment = settings.ENVIRONMENT
        signal.signal(signal.SIGTERM, _leave)
        try:
            with _only_one(environment):
                _refuse_taken_port(environment)
                with _database(environment) as server:
                    role = self._prepare(environment)
                    self._supervise(environment, server, role)
        except SettingWrong as wrong:
            self.stderr.write(f"tidegate: {wrong}", self.style.NOTICE)
            sys.exit(2)
        except KeyboardInterrupt:
            sys.exit(0)

    def _prepare(self, environment: Environment) -> str:
        """Bring the database and the static files up to date; answers the app role, or nothing."""
        self.stdout.write("tidegate | preparing the database")
        try:
            role = preparing.prepare(warn=lambda text: self.stdout.write(f"tidegate | {text}"))
        except OperationalError as wrong:
            said = " ".join(str(wrong).split())
            raise SettingWrong("DATABASE_URL", f"does not work: {said}", "Correct it.") from None
        if environment.is_production:
            call_command("collectstatic", interactive=False, verbosity=0)
        elif "demo" in get_commands() and not User.objects.exists():
            self.stdout.write("tidegate | loading the demo")
            call_command("demo", password=_demo_password(environment), verbosity=0)
        return role

    def _supervise(
        self, environment: Environment, server: postgres.Server | None, role: str
    ) -> None:
        told = installation.child_environment(
            environment, variables=installation.own_variables(), server=server, role=role
        )
        greeting = _greeting(environment)
        connections.close_all()
        installation.clear_metrics(environment)
        announce = _Announcement(environment, greeting)
        supervisor = Supervisor(
            installation.children(environment, told=told, server=server), on_tick=announce
        )
        announce.say = supervisor.say
        supervisor.run()
        supervisor.say("stopped")


class _Announcement:
    """Says where Tidegate is, once it answers."""

    def __init__(self, environment: Environment, lines: list[str]) -> None:
        self.environment = environment
        self.lines = lines
        self.done = False
        self.asked_at = 0.0
        self.say: Callable[[str], None] = print

    def __call__(self) -> None:
        if self.done or time.monotonic() - self.asked_at < 0.2:
            return
        self.asked_at = time.monotonic()
        if not _web_answers(self.environment):
            return
        self.done = True
        for line in self.lines:
            self.say(line)
        try:
            tasks.heartbeat.apply_async(retry=False)
        except BrokerError as wrong:
            said = " ".join(str(wrong).split())
            self.say(f"the message broker does not answer ({said}); see CELERY_BROKER_URL")
        finally:
            celery_app.pool.force_close_all()


def _web_answers(environment: Environment) -> bool:
    near = "127.0.0.1" if environment.bind == "0.0.0.0" else environment.bind  # noqa: S104
    connection = http.client.HTTPConnection(near, environment.port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": environment.allowed_hosts[0]})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _greeting(environment: Environment) -> list[str]:
    """Where to go, and in a demo who to be."""
    lines = [f"Tidegate is ready at {environment.public_url}   (Ctrl-C stops it)"]
    if environment.is_production or not (environment.home / "demo_password").exists():
        return lines
    people = User.objects.filter(is_robot=False, is_active=True).order_by("pk")
    names = " ".join(people.values_list("username", flat=True)[:12])
    return [
        *lines,
        f"sign in as one of: {names}",
        f"password for each: {_demo_password(environment)}",
    ]


def _demo_password(environment: Environment) -> str:
    return kept_secret(
        home=environment.home, name="demo_password", length_bytes=DEMO_PASSWORD_BYTES
    )


@contextmanager
def _database(environment: Environment) -> Iterator[postgres.Server | None]:
    """The embedded server, stopped afterwards; None where DATABASE_URL names another."""
    if environment.database_url is not None:
        yield None
        return
    server = postgres.start(home=environment.home)
    try:
        yield server
    finally:
        connections.close_all()
        postgres.stop(server)


@contextmanager
def _only_one(environment: Environment) -> Iterator[None]:
    """Refuse a second `up` in the same TIDEGATE_HOME."""
    path = installation.home_of(environment) / "up.lock"
    with Path(path).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingWrong(
                "TIDEGATE_HOME",
                f"({environment.home}) is in use by a running Tidegate",
                "Stop that one, or set another folder.",
            ) from None
        yield


def _refuse_taken_port(environment: Environment) -> None:
    family = socket.AF_INET6 if ":" in environment.bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((environment.bind, environment.port))
        except OSError as wrong:
            raise _unusable(environment, wrong) from None


def _unusable(environment: Environment, wrong: OSError) -> SettingWrong:
    """Which of BIND and PORT stands in the way."""
    if wrong.errno == errno.EADDRINUSE:
        return SettingWrong("PORT", f"{environment.port} is taken", "Set PORT to another.")
    if wrong.errno in (errno.EACCES, errno.EPERM):
        return SettingWrong(
            "PORT", f"{environment.port} is not open to this user", "Set PORT to 1024 or more."
        )
    return SettingWrong(
        "BIND",
        f"is “{environment.bind}”, which is no address of this machine",
        "Set it to 127.0.0.1, or to 0.0.0.0 for all addresses.",
    )


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """SIGTERM before everything runs: leave as Ctrl-C would."""
    raise KeyboardInterrupt
