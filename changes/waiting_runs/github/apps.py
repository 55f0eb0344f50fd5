"""Speaking to GitHub as an app: its JWT, and a token for each installation.

A token is kept in this process's memory alone, until shortly before it expires.
Source: GitHub's documentation of generating a JWT and an installation access token for an app.
"""

from datetime import datetime, timedelta

import jwt

from changes.models import GithubApp
from changes.waiting_runs.calling import call, refused
from changes.waiting_runs.github.payload import HEADERS
from ledger import sealing
from ledger.channels.failures import NotSent

CLOCKS_DIFFER = timedelta(seconds=60)
JWT_LASTS = timedelta(minutes=9)  # GitHub takes ten at most.
SPARE = timedelta(minutes=2)
_kept: dict[tuple[int, str, int], tuple[str, datetime]] = {}


def app_jwt(app: GithubApp, *, now: datetime) -> str:
    """What proves that we are the app, signed with its key; raises `NotSent`."""
    claims = {
        "iat": int((now - CLOCKS_DIFFER).timestamp()),
        "exp": int((now + JWT_LASTS).timestamp()),
        "iss": app.app_id,
    }
    try:
        key = sealing.unseal(app.sealed_key.encode()).decode()
    except sealing.Unreadable as problem:
        raise NotSent(str(problem)) from problem
    return jwt.encode(claims, key, algorithm="RS256")


def installation_token(app: GithubApp, installation: int, *, now: datetime) -> str:
    """A token for one installation, asked for when there is none that lasts; raises `NotSent`.

    An installation that the app does not have is no reason to try again.
    """
    key = (app.pk, app.sealed_key, installation)
    token, until = _kept.get(key, ("", now))
    if token and now + SPARE < until:
        return token
    answered = call(
        "POST",
        f"{app.api_url.rstrip('/')}/app/installations/{installation}/access_tokens",
        bearer=app_jwt(app, now=now),
        now=now,
        body={},
        headers=HEADERS,
    )
    if answered.status != 201:
        raise refused(answered, f"GitHub gave no token for installation {installation}")
    token, until = _read(answered.body)
    _kept[key] = token, until
    return token


def introduced(app: GithubApp, *, now: datetime) -> str:
    """What GitHub calls the app that we are; raises `NotSent` where it does not know us."""
    url = f"{app.api_url.rstrip('/')}/app"
    answered = call("GET", url, bearer=app_jwt(app, now=now), now=now, headers=HEADERS)
    if answered.status != 200 or not isinstance(answered.body, dict):
        raise refused(answered, "GitHub does not know this app by this key")
    return str(answered.body.get("name") or answered.body.get("slug") or "")


def forget(app: GithubApp, installation: int) -> None:
    """Ask for another token next time: GitHub did not take this one."""
    _kept.pop((app.pk, app.sealed_key, installation), None)


def _read(body: object) -> tuple[str, datetime]:
    try:
        token, until = body["token"], body["expires_at"]  # type: ignore[index]
        return str(token), datetime.fromisoformat(str(until))
    except (TypeError, KeyError, ValueError):
        raise NotSent("GitHub answered something else than a token.") from None
