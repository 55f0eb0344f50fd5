"""DATABASE_URL becomes what Django and the broker want."""

from config import database_url


def test_every_part_of_the_url_reaches_django() -> None:
    entry = database_url.django_settings(
        "postgresql://app:p%40ss@db.example.com:5433/tidegate?sslmode=require&connect_timeout=3"
    )

    assert entry == {
        "ENGINE": "config.postgres_backend",
        "NAME": "tidegate",
        "USER": "app",
        "PASSWORD": "p@ss",
        "HOST": "db.example.com",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require", "connect_timeout": "3"},
    }


def test_a_socket_folder_is_a_host() -> None:
    entry = database_url.django_settings("postgresql:///tidegate?host=/var/run/postgresql")

    assert (entry["NAME"], entry["HOST"], entry["USER"]) == (
        "tidegate",
        "/var/run/postgresql",
        "",
    )


def test_a_role_is_taken_beside_other_options() -> None:
    entry = database_url.django_settings(
        "postgresql:///tidegate?options=-c%20jit%3Doff", role="tidegate_app"
    )

    assert entry["OPTIONS"] == {
        "connect_timeout": "10",
        "options": "-c jit=off -c role=tidegate_app",
    }


def test_the_broker_gets_the_same_server_as_keywords() -> None:
    entry = database_url.django_settings(
        "postgresql://app@/tidegate?host=/run/pg&sslmode=disable", role="tidegate_app"
    )

    assert database_url.keyword_string(entry, connect_timeout=2) == (
        "dbname=tidegate user=app host=/run/pg connect_timeout=2 sslmode=disable "
        "options='-c role=tidegate_app'"
    )
