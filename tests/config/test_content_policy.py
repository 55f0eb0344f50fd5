"""The Content-Security-Policy is the one of the settings, unless a view changed it."""

from csp.utils import build_policy
from django.test import Client

HEADER = "Content-Security-Policy"


def words(policy: str) -> set[str]:
    return {part.strip() for part in policy.split(";")}


def test_an_answer_carries_the_policy_of_the_settings(client: Client) -> None:
    answer = client.get("/healthz-not", headers={"host": "localhost"})

    assert words(answer.headers[HEADER]) == words(build_policy())


def test_a_view_may_still_change_the_policy(client: Client) -> None:
    answer = client.get("/api/docs/", headers={"host": "localhost"})

    assert "style-src 'self' 'unsafe-inline'" in words(answer.headers[HEADER])
