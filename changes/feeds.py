"""Calendar feeds: issued once, found by their secret, revoked.

A calendar client sends no header, so the secret stands in the address. It opens this one calendar,
to read, and nothing else; it is kept as its SHA-256 and written to no log.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes.models import Feed
from changes.queries.names import missing, there_is_no
from ledger import refs, timeline
from ledger.decision import Reason, refuse

PREFIX = "tgf_"
MOST = 20
_SECRET_BYTES = 32
_SHOWN = 10
_USE_IS_NOTED_EVERY = timedelta(minutes=10)


class NoSuchFeed(LookupError):
    """The secret opens no feed: it is unknown, revoked, or its owner has gone."""


@transaction.atomic
def issue(
    *,
    name: str,
    owner: User,
    now: datetime,
    team: str = "",
    service: str = "",
    environment: str = "",
) -> tuple[Feed, str]:
    """Make a feed; answers it and its secret, which is kept nowhere.

    Slugs narrow what it shows. Raises `ValidationError` by field, and `Refused` for a robot and for
    somebody who has `MOST` feeds.
    """
    _demand_a_person(owner)
    feed = Feed(owner=owner, name=name.strip(), created_at=now)
    feed.team, feed.service, feed.environment = team, service, environment
    secret = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    feed.prefix, feed.digest = secret[:_SHOWN], _digest(secret)
    feed.full_clean(exclude=["digest"])
    wrong = {
        kind: there_is_no(kind, slug)
        for kind, slug in _narrowed(feed).items()
        if missing(kind, [slug])
    }
    if wrong:
        raise ValidationError(wrong)
    feed.save(force_insert=True)
    _record(feed, "feed.issued", actor=owner, now=now)
    return feed, secret


@transaction.atomic
def revoke(*, feed_id: int, actor: User, now: datetime) -> Feed:
    """End a feed for good; one that is revoked keeps its date, unrecorded.

    Raises `NoSuchFeed`, also for somebody else's unless `actor` is a superuser.
    """
    feed = Feed.objects.select_for_update().filter(pk=feed_id).first()
    if feed is None or (feed.owner_id != actor.pk and not actor.is_superuser):
        raise NoSuchFeed(f"There is no feed FEED-{feed_id} of yours.")
    if feed.revoked_at is None:
        feed.revoked_at = now
        feed.save(update_fields=["revoked_at"])
        _record(feed, "feed.revoked", actor=actor, now=now)
    return feed


def of_secret(*, secret: str, now: datetime) -> Feed:
    """The feed of this secret; notes its use every ten minutes. Raises `NoSuchFeed`."""
    found = Feed.objects.filter(
        digest=_digest(secret), revoked_at__isnull=True, owner__is_active=True
    ).first()
    if found is None:
        raise NoSuchFeed("There is no such feed.")
    if found.last_used_at is None or now - found.last_used_at >= _USE_IS_NOTED_EVERY:
        Feed.objects.filter(pk=found.pk).update(last_used_at=now)
    return found


def _demand_a_person(owner: User) -> None:
    live = Feed.objects.filter(owner=owner, revoked_at__isnull=True).count()
    if owner.is_robot or not owner.is_active:
        reason = Reason(
            "not_permitted",
            "Feeds are for people.",
            "Sign in as the person who will read it.",
            source="people",
        )
        raise refuse("issue feed", reason)
    if live >= MOST:
        reason = Reason(
            "not_permitted",
            f"{owner.username} has {live} feeds, and {MOST} at most.",
            "Revoke one that is not read any more.",
            source="feeds",
        )
        raise refuse("issue feed", reason)


def _narrowed(feed: Feed) -> dict[str, str]:
    named = {"team": feed.team, "service": feed.service, "environment": feed.environment}
    return {kind: slug for kind, slug in named.items() if slug}


def _record(feed: Feed, verb: str, *, actor: User, now: datetime) -> None:
    about = [refs.of_service(feed.service)] if feed.service else []
    about += [refs.of_team(feed.team)] if feed.team else []
    timeline.record(
        subject=feed.ref,
        about=about,
        verb=verb,
        actor=actor.username,
        at=now,
        data={"name": feed.name, "prefix": feed.prefix, "shows": feed.shows},
    )


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
