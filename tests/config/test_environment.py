"""A missing or wrong setting stops start-up with one line that says what to set."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import environment
from config.setting_wrong import SettingWrong

ROOT = environment.REPOSITORY
STRONG = "".join(chr(33 + n) for n in range(60)).replace("%", "x")
PRODUCTION = {
    "TIDEGATE_ENV": "production",
    "SECRET_KEY": STRONG,
    "ALLOWED_HOSTS": "tidegate.example.com, .example.org",
    "DATABASE_URL": "postgresql://app:pw@db.example.com:5433/tidegate?sslmode=require",
}


def started(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env={"PATH": os.defpath, "TIDEGATE_HOME": os.environ["TIDEGATE_HOME"], **variables},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (
            {"TIDEGATE_ENV": "prod"},
            "TIDEGATE_ENV is “prod”. Set it to development or production.",
        ),
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing. Set it to 50 or more random characters."),
        (
            {"SECRET_KEY": "x" * 60},
            "SECRET_KEY is too weak. Set it to 50 or more random characters.",
        ),
        (
            {"ALLOWED_HOSTS": ""},
            "ALLOWED_HOSTS is missing. Set it to the names Tidegate is reached by, such as "
            "tidegate.example.com.",
        ),
        (
            {"ALLOWED_HOSTS": "*"},
            "ALLOWED_HOSTS allows every host. Name the hosts Tidegate is reached by.",
        ),
        (
            {"DATABASE_URL": ""},
            "DATABASE_URL is missing. Set it to postgresql://user:password@host:5432/database.",
        ),
        (
            {"DATABASE_URL": "mysql://x/y"},
            "DATABASE_URL is no PostgreSQL URL. Set it to "
            "postgresql://user:password@host:5432/database.",
        ),
        (
            {"DATABASE_URL": "postgresql://host"},
            "DATABASE_URL names no database. Set it to "
            "postgresql://user:password@host:5432/database.",
        ),
        ({"PORT": "http"}, "PORT is “http”. Set it to a number from 1 to 65535."),
        ({"PORT": "70000"}, "PORT is “70000”. Set it to a number from 1 to 65535."),
        (
            {"REQUEST_BODY_SECONDS": "0"},
            "REQUEST_BODY_SECONDS is “0”. Set it to a number from 1 to 600.",
        ),
        ({"PREPARED_STATEMENTS": "no"}, "PREPARED_STATEMENTS is “no”. Set it to on or off."),
        (
            {"CELERY_BROKER_URL": "sqs://"},
            "CELERY_BROKER_URL is neither RabbitMQ nor Redis. Set it to amqp://… or redis://…, "
            "or leave it out to use PostgreSQL.",
        ),
        (
            {"TIDEGATE_URL": "tidegate.example.com"},
            "TIDEGATE_URL is “tidegate.example.com”. Set it to where browsers find Tidegate, "
            "such as https://tidegate.example.com.",
        ),
        (
            {"CSRF_TRUSTED_ORIGINS": "example.com"},
            "CSRF_TRUSTED_ORIGINS holds “example.com”. Write each with its scheme, such as "
            "https://tidegate.example.com.",
        ),
        (
            {"WEBHOOK_ALLOWED_NETWORKS": "10.1.0.0/99"},
            "WEBHOOK_ALLOWED_NETWORKS holds “10.1.0.0/99”. Write networks such as 10.1.0.0/16, "
            "parted by commas.",
        ),
        (
            {"EMAIL_URL": "sendmail"},
            "EMAIL_URL names no mail server. Set it to smtp://user:password@host:587, "
            "smtps://…:465, file:///folder or console:.",
        ),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL is “loud”. Set it to DEBUG, INFO, WARNING, ERROR."),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(wrong: dict[str, str], line: str) -> None:
    with pytest.raises(SettingWrong) as refusal:
        environment.read(PRODUCTION | wrong)

    assert str(refusal.value) == line


def test_a_wrong_setting_ends_every_command_with_one_line() -> None:
    ended = started("check", TIDEGATE_ENV="production")

    assert (ended.returncode, ended.stdout, ended.stderr) == (
        2,
        "",
        "tidegate: ALLOWED_HOSTS is missing. Set it to the names Tidegate is reached by, such as "
        "tidegate.example.com.\n",
    )


def test_a_home_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    ended = started("check", TIDEGATE_HOME=str(tmp_path / "file"))

    assert ended.returncode == 2
    assert ended.stderr == (
        f"tidegate: TIDEGATE_HOME ({tmp_path}/file) cannot hold secret_key: File exists. "
        "Set it to a folder this user may write to.\n"
    )


def test_production_is_clean_by_djangos_own_deployment_check() -> None:
    ended = started("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "System check identified no issues (0 silenced).\n"


def test_production_takes_its_address_from_its_first_host() -> None:
    read = environment.read(PRODUCTION)

    assert read.public_url == "https://tidegate.example.com"
    assert read.csrf_trusted_origins == ("https://tidegate.example.com",)
    assert read.allowed_hosts == ("tidegate.example.com", ".example.org")
    assert (read.bind, read.port, read.broker_url) == ("0.0.0.0", 8000, None)


def test_the_owner_signs_in_only_where_it_is_asked_for() -> None:
    owner = {"DATABASE_OWNER_URL": "postgresql://owner@db.example.com/tidegate"}

    assert environment.read(PRODUCTION | owner).connect_url == PRODUCTION["DATABASE_URL"]
    assert (
        environment.read(PRODUCTION | owner | {"TIDEGATE_AS_OWNER": "1"}).connect_url
        == owner["DATABASE_OWNER_URL"]
    )


def test_a_development_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    variables = {"TIDEGATE_HOME": str(tmp_path / "new" / "home")}

    first = environment.read(variables)
    second = environment.read(variables)

    kept = tmp_path / "new" / "home" / "secret_key"
    assert first.secret_key == second.secret_key == kept.read_text().strip()
    assert len(first.secret_key) >= 50
    assert kept.stat().st_mode & 0o777 == 0o600


def test_development_stays_on_this_machine(tmp_path: Path) -> None:
    read = environment.read({"TIDEGATE_HOME": str(tmp_path), "PORT": "8137"})

    assert (read.bind, read.public_url) == ("127.0.0.1", "http://localhost:8137")
    assert read.allowed_hosts == ("localhost", "127.0.0.1", "[::1]")
    assert read.email == {
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "EMAIL_FILE_PATH": str(tmp_path / "mail"),
    }


def test_without_prepared_statements_a_pooler_may_lend_connections() -> None:
    asked = "from django.conf import settings; print(settings.DATABASES['default']['OPTIONS'])"
    told = started("shell", "-v0", "-c", asked, **PRODUCTION, PREPARED_STATEMENTS="off")

    assert told.stdout.strip() == (
        "{'connect_timeout': '10', 'sslmode': 'require', 'prepare_threshold': None}"
    )
