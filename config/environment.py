"""What the environment says: every variable Tidegate reads, checked once, in one place."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from config import database_url, email_url
from config.embedded_place import place_in
from config.setting_wrong import SettingWrong
from config.stored_secrets import kept_secret

REPOSITORY = Path(__file__).resolve().parent.parent
DEVELOPMENT, PRODUCTION = "development", "production"
NEAR_HOSTS = ("localhost", "127.0.0.1", "[::1]")
EVERYWHERE = "0.0.0.0"  # noqa: S104
AS_OWNER = "TIDEGATE_AS_OWNER"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class Environment:
    """The settings that differ between machines.

    `database_url` and `owner_url` are None when the embedded PostgreSQL serves; `broker_url` is
    None when messages go through that same PostgreSQL (pgmq). `database_role` is the role taken
    at connect, or empty.
    """

    mode: str
    home: Path
    secret_key: str
    database_url: str | None
    owner_url: str | None
    database_role: str
    as_owner: bool
    broker_url: str | None
    bind: str
    port: int
    public_url: str
    allowed_hosts: tuple[str, ...]
    csrf_trusted_origins: tuple[str, ...]
    webhook_networks: tuple[str, ...]
    email: Mapping[str, object]
    email_from: str
    metrics_token: str
    log_level: str
    body_seconds: int
    prepares_statements: bool
    gate_per_minute: int
    writes_per_minute: int
    reads_per_minute: int
    trusted_proxies: int
    status_name: str
    status_url: str
    status_folder: Path | None

    @property
    def connect_url(self) -> str:
        """The database this process connects to: as the owner where the command needs it."""
        embedded = place_in(self.home)
        if self.as_owner:
            return self.owner_url or embedded.url()
        return self.database_url or embedded.url()

    @property
    def is_production(self) -> bool:
        return self.mode == PRODUCTION


def read(variables: Mapping[str, str]) -> Environment:
    """The checked environment; raises `SettingWrong` naming the first variable to set right."""
    mode = variables.get("TIDEGATE_ENV") or DEVELOPMENT
    if mode not in {DEVELOPMENT, PRODUCTION}:
        raise SettingWrong("TIDEGATE_ENV", f"is “{mode}”", "Set it to development or production.")
    home = Path(variables.get("TIDEGATE_HOME") or REPOSITORY / "var").expanduser().absolute()
    port = _port(variables)
    hosts = _hosts(variables, mode=mode)
    public_url = _public_url(variables, mode=mode, hosts=hosts, port=port)
    url = _database(variables, "DATABASE_URL", mode=mode)
    return Environment(
        mode=mode,
        home=home,
        secret_key=_secret_key(variables, mode=mode, home=home),
        database_url=url,
        owner_url=_database(variables, "DATABASE_OWNER_URL", mode=DEVELOPMENT) or url,
        database_role=variables.get("TIDEGATE_DATABASE_ROLE", ""),
        as_owner=bool(variables.get(AS_OWNER)),
        broker_url=_broker(variables),
        bind=variables.get("BIND") or (EVERYWHERE if mode == PRODUCTION else "127.0.0.1"),
        port=port,
        public_url=public_url,
        allowed_hosts=hosts,
        csrf_trusted_origins=_origins(variables, public_url=public_url),
        webhook_networks=_networks(variables),
        email=email_url.django_settings(
            variables.get("EMAIL_URL") or f"file://{home / 'mail'}",
        ),
        email_from=variables.get("EMAIL_FROM") or f"Tidegate <tidegate@{_mail_host(public_url)}>",
        metrics_token=variables.get("METRICS_TOKEN", ""),
        log_level=_log_level(variables),
        body_seconds=_number(variables, "REQUEST_BODY_SECONDS", usual=10, least=1, most=600),
        prepares_statements=_is_on(variables, "PREPARED_STATEMENTS"),
        gate_per_minute=_per_minute(variables, "GATE_PER_MINUTE", usual=600),
        writes_per_minute=_per_minute(variables, "WRITES_PER_MINUTE", usual=300),
        reads_per_minute=_per_minute(variables, "READS_PER_MINUTE", usual=1200),
        trusted_proxies=_number(variables, "TRUSTED_PROXIES", usual=0, least=0, most=10),
        status_name=variables.get("STATUS_PAGE_NAME") or "Status",
        status_url=(variables.get("STATUS_PAGE_URL") or f"{public_url}/status").rstrip("/"),
        status_folder=_folder(variables, "STATUS_PAGE_DIR"),
    )


def read_or_exit() -> Environment:
    """The environment of this process; a wrong one ends it with one line and exit code 2."""
    try:
        return read(os.environ)
    except SettingWrong as wrong:
        print(f"tidegate: {wrong}", file=sys.stderr)
        raise SystemExit(2) from None


def _listed(variables: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in variables.get(name, "").split(",") if part.strip())


def _folder(variables: Mapping[str, str], name: str) -> Path | None:
    text = variables.get(name)
    if not text:
        return None
    if not Path(text).is_absolute():
        raise SettingWrong(name, f"is “{text}”", "Set it to a folder, from / on.")
    return Path(text)


def _port(variables: Mapping[str, str]) -> int:
    text = variables.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise SettingWrong("PORT", f"is “{text}”", "Set it to a number from 1 to 65535.")
    return int(text)


def _hosts(variables: Mapping[str, str], *, mode: str) -> tuple[str, ...]:
    hosts = _listed(variables, "ALLOWED_HOSTS")
    if mode == DEVELOPMENT:
        return hosts or NEAR_HOSTS
    if not hosts:
        raise SettingWrong(
            "ALLOWED_HOSTS",
            "is missing",
            "Set it to the names Tidegate is reached by, such as tidegate.example.com.",
        )
    if "*" in hosts:
        raise SettingWrong(
            "ALLOWED_HOSTS", "allows every host", "Name the hosts Tidegate is reached by."
        )
    return hosts


def _public_url(
    variables: Mapping[str, str], *, mode: str, hosts: tuple[str, ...], port: int
) -> str:
    named = hosts[0].lstrip(".")
    default = f"https://{named}" if mode == PRODUCTION else f"http://localhost:{port}"
    url = (variables.get("TIDEGATE_URL") or default).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise SettingWrong(
            "TIDEGATE_URL",
            f"is “{url}”",
            "Set it to where browsers find Tidegate, such as https://tidegate.example.com.",
        )
    return url


def _secret_key(variables: Mapping[str, str], *, mode: str, home: Path) -> str:
    key = variables.get("SECRET_KEY", "")
    if not key and mode == DEVELOPMENT:
        return kept_secret(home=home, name="secret_key")
    if not key:
        raise SettingWrong("SECRET_KEY", "is missing", "Set it to 50 or more random characters.")
    if mode == PRODUCTION and (len(key) < 50 or len(set(key)) < 5):
        raise SettingWrong("SECRET_KEY", "is too weak", "Set it to 50 or more random characters.")
    return key


def _database(variables: Mapping[str, str], name: str, *, mode: str) -> str | None:
    url = variables.get(name) or None
    if url is None and mode == PRODUCTION:
        raise SettingWrong(
            name, "is missing", "Set it to postgresql://user:password@host:5432/database."
        )
    if url is not None:
        database_url.check(name=name, url=url)
    return url


def _broker(variables: Mapping[str, str]) -> str | None:
    url = variables.get("CELERY_BROKER_URL") or None
    if url is not None and urlsplit(url).scheme not in {"amqp", "amqps", "redis", "rediss"}:
        raise SettingWrong(
            "CELERY_BROKER_URL",
            "is neither RabbitMQ nor Redis",
            "Set it to amqp://… or redis://…, or leave it out to use PostgreSQL.",
        )
    return url


def _origins(variables: Mapping[str, str], *, public_url: str) -> tuple[str, ...]:
    origins = _listed(variables, "CSRF_TRUSTED_ORIGINS")
    for origin in origins:
        if urlsplit(origin).scheme not in {"http", "https"}:
            raise SettingWrong(
                "CSRF_TRUSTED_ORIGINS",
                f"holds “{origin}”",
                "Write each with its scheme, such as https://tidegate.example.com.",
            )
    return tuple(dict.fromkeys((*origins, public_url)))


def _networks(variables: Mapping[str, str]) -> tuple[str, ...]:
    networks = _listed(variables, "WEBHOOK_ALLOWED_NETWORKS")
    for network in networks:
        try:
            ip_network(network)
        except ValueError:
            raise SettingWrong(
                "WEBHOOK_ALLOWED_NETWORKS",
                f"holds “{network}”",
                "Write networks such as 10.1.0.0/16, parted by commas.",
            ) from None
    return networks


def _log_level(variables: Mapping[str, str]) -> str:
    level = variables.get("LOG_LEVEL") or "INFO"
    if level not in LOG_LEVELS:
        raise SettingWrong("LOG_LEVEL", f"is “{level}”", f"Set it to {', '.join(LOG_LEVELS)}.")
    return level


def _is_on(variables: Mapping[str, str], name: str) -> bool:
    word = variables.get(name) or "on"
    if word not in {"on", "off"}:
        raise SettingWrong(name, f"is “{word}”", "Set it to on or off.")
    return word == "on"


def _per_minute(variables: Mapping[str, str], name: str, *, usual: int) -> int:
    """Requests a minute; 0 where they are not limited."""
    if variables.get(name) == "off":
        return 0
    return _number(variables, name, usual=usual, least=1, most=1_000_000, or_else=", or to off")


def _number(
    variables: Mapping[str, str], name: str, *, usual: int, least: int, most: int, or_else: str = ""
) -> int:
    text = variables.get(name) or str(usual)
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        remedy = f"Set it to a number from {least} to {most}{or_else}."
        raise SettingWrong(name, f"is “{text}”", remedy)
    return int(text)


def _mail_host(public_url: str) -> str:
    return urlsplit(public_url).hostname or "localhost"
