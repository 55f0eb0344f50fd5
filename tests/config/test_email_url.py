"""EMAIL_URL becomes Django's mail settings."""

import pytest

from config import email_url

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [
        ("smtp://mail.example.com", 587, True, False),
        ("smtp://mail.example.com:2525?tls=off", 2525, False, False),
        ("smtps://mail.example.com", 465, False, True),
    ],
)
def test_a_mail_server_is_spoken_to_as_its_scheme_says(
    url: str, port: int, tls: bool, ssl: bool
) -> None:
    assert email_url.django_settings(url) == {
        "EMAIL_BACKEND": SMTP,
        "EMAIL_HOST": "mail.example.com",
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": "",
        "EMAIL_HOST_PASSWORD": "",
        "EMAIL_USE_SSL": ssl,
        "EMAIL_USE_TLS": tls,
        "EMAIL_TIMEOUT": 15,
    }


def test_a_user_and_password_are_unquoted() -> None:
    settings = email_url.django_settings("smtp://us%40er:p%2Fw@mail.example.com")

    assert (settings["EMAIL_HOST_USER"], settings["EMAIL_HOST_PASSWORD"]) == ("us@er", "p/w")
