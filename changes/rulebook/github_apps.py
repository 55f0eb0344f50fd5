"""Writing the GitHub apps as which we answer, and trying whether GitHub knows one."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes.models import GithubApp
from changes.rulebook.addresses import why_never_asked
from ledger import rows, sealing, timeline
from ledger.keeping import demand_change_manager, differences, told

EDITABLE = ("slug", "app_id", "api_url", "source", "robot", "is_active")
VENDOR = "github"
SHORTEST_KEY_BITS = 2048
LONGEST_KEY = 20_000


@transaction.atomic
def save(app: GithubApp, *, key: str | None, actor: User, now: datetime) -> GithubApp:
    """Keep an app; `key` is its private key as PEM, None for the one it has.

    The key is kept encrypted, and neither told nor shown again. Raises `ValidationError` with a
    sentence for each wrong field, and `Refused` when `actor` is no change manager.
    """
    before, diff = _checked(app, key=key, actor=actor)
    if key is not None:
        app.sealed_key = sealing.seal(key.encode()).decode()
        diff["key"] = [bool(before), True]
    if before is not None and not diff:
        return app
    app.save()
    timeline.record(
        subject=app.ref,
        verb="github_app.edited" if before else "github_app.created",
        actor=actor.username,
        at=now,
        data={
            "name": app.slug,
            "is_active": app.is_active,
            **told(before, diff),
            "row_digest": rows.digest(GithubApp.objects.get(pk=app.pk)),
        },
    )
    return app


@transaction.atomic
def check(app: GithubApp, *, key: str | None, actor: User) -> None:
    """Raise what `save` would raise, and write nothing."""
    _checked(app, key=key, actor=actor)


def _checked(
    app: GithubApp, *, key: str | None, actor: User
) -> tuple[GithubApp | None, dict[str, list[Any]]]:
    """The row as it was, locked, and what would change."""
    ref = app.ref if app.pk else ""
    demand_change_manager("write app", actor=actor, ref=ref, what="GitHub apps")
    kept = GithubApp.objects.select_for_update(of=("self",)).select_related("source", "robot")
    before = kept.filter(pk=app.pk).first() if app.pk else None
    app.full_clean(validate_constraints=False)
    wrong = {**_wrong_address(app.api_url), **_wrong_rows(before, app), **_wrong_key(before, key)}
    if wrong:
        raise ValidationError(wrong)
    diff = differences(before, app, names=[name for name in EDITABLE if name not in _NAMED])
    for name, column in _NAMED.items():
        was = getattr(getattr(before, name), column) if before else None
        if was != getattr(getattr(app, name), column):
            diff[name] = [was, getattr(getattr(app, name), column)]
    return before, diff


_NAMED = {"source": "slug", "robot": "username"}


def _wrong_address(url: str) -> dict[str, str]:
    if why := why_never_asked(url):
        return {"api_url": why}
    if urlsplit(url).query or urlsplit(url).fragment:
        return {"api_url": "Give the address alone, without ? and #."}
    return {}


def _wrong_rows(before: GithubApp | None, app: GithubApp) -> dict[str, str]:
    wrong = {}
    if before is not None and before.slug != app.slug:
        wrong["slug"] = "The ledger names it so: it stays."
    if app.source.vendor != VENDOR:
        wrong["source"] = f"{app.source} is no source of GitHub’s webhooks."
    if not app.robot.is_robot or not app.robot.is_active:
        wrong["robot"] = f"{app.robot} is no active robot: people do not ask for a machine."
    return wrong


def _wrong_key(before: GithubApp | None, key: str | None) -> dict[str, str]:
    if key is None:
        return {} if before else {"key": "Give the private key that GitHub made for the app."}
    try:
        loaded = load_pem_private_key(key[:LONGEST_KEY].encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return {"key": "This is no private key: give the .pem file’s text, whole."}
    if not isinstance(loaded, RSAPrivateKey) or loaded.key_size < SHORTEST_KEY_BITS:
        return {"key": "GitHub makes RSA keys of 2048 bits or more: this is another one."}
    return {}
