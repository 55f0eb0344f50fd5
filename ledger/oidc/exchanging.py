"""Exchanging a pipeline's token for a short-lived one of ours, after RFC 8693."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from django.db import IntegrityError, transaction

from catalog import claims as conditions
from catalog import tokens
from catalog.models import ApiToken, Issuer, SpentSubject, TrustRule
from ledger import issued_tokens
from ledger.oidc import verifying
from ledger.oidc.refused import ANOTHER, NotTrusted, SubjectRefused
from ledger.oidc.verifying import LEEWAY, Verified

# What is kept of a token's claims, to tell later which run of which pipeline it was.
KEPT: Final = (
    *("sub", "repository", "repository_id", "project_path", "project_id", "ref", "sha"),
    *("environment", "run_id", "run_attempt", "job_workflow_ref", "pipeline_id", "job_id"),
    *("actor", "user_login"),
)
LONGEST_KEPT: Final = 200
RUNS: Final = ("run_id", "pipeline_id", "job_id")
LONGEST_NAME: Final = 120


@dataclass(frozen=True, slots=True)
class Asked:
    """A pipeline's token; `rule` and `scopes` ask for less than all that it could have.

    `renews` is the secret of a token that was given for it before.
    """

    subject_token: str
    rule: str = ""
    scopes: Sequence[str] = ()
    renews: str = ""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Our token, its secret and end, and the rule by which it was given."""

    token: ApiToken
    secret: str
    ends_at: datetime
    rule: TrustRule


def exchange(asked: Asked, *, now: datetime) -> Exchanged:
    """Give a token for a pipeline's own, once. Raises `SubjectRefused` and `NotTrusted`.

    It never outlives the pipeline's: so the leeway of clocks helps nobody whose token has ended.
    Again only for whoever `renews` what it was exchanged for: GitLab gives a job no second token,
    and who only read the first somewhere does not know what became of it.
    """
    verified = verifying.verify(asked.subject_token, now=now)
    ends_at = verified.ends_at
    if ends_at <= now:
        raise SubjectRefused("subject_expired", "The token has ended.", ANOTHER)
    rule = chosen(verified, name=asked.rule)
    key = _key(verified, asked.subject_token)
    subject = f"{verified.issuer.pk} {key}"
    renewed = _renewed(asked.renews, subject) if asked.renews else None
    scopes = _narrowed(rule, asked.scopes or (renewed.scopes if renewed else ()))
    ends_at = min(now + rule.life, ends_at)
    with transaction.atomic():
        if renewed is None:
            _spend(verified, key)
        token, secret = issued_tokens.issue(
            actor=rule.acts_as.username,
            user=rule.acts_as,
            now=now,
            name=_name(rule, verified.claims),
            scopes=scopes,
            services=rule.services,
            teams=rule.teams,
            environments=rule.environments,
            expires_at=ends_at,
            origin={**_origin(rule, verified.claims), "subject": subject},
        )
    return Exchanged(token, secret, ends_at, rule)


def chosen(verified: Verified, *, name: str = "") -> TrustRule:
    """The rule that lets this pipeline in: of several the one with most conditions, then the older.

    Raises `NotTrusted`. Of rules for other repositories nothing is told, not even that there are.
    """
    found, rules = verified.claims, verified.issuer.rules.select_related("acts_as", "issuer")
    active = rules.filter(is_active=True, acts_as__is_active=True)
    named = [rule for rule in active if name in ("", rule.name)]
    lets_in = [rule for rule in named if not conditions.objections(rule.conditions, found)]
    if lets_in:
        return max(lets_in, key=lambda rule: (len(rule.conditions), -rule.pk))
    own = [rule for rule in named if conditions.concerns(rule.conditions, found)]
    raise _no_match(own, found) if own else _no_rule(verified)


def _no_match(rules: list[TrustRule], claims: Mapping[str, Any]) -> NotTrusted:
    """What does not match the nearest rule for the pipeline's own repository."""
    wrong = {rule: conditions.objections(rule.conditions, claims) for rule in rules}
    nearest = min(rules, key=lambda rule: (len(wrong[rule]), rule.pk))
    told = ", ".join(conditions.shown(claims, name) for name in wrong[nearest])
    return NotTrusted(
        "claim_mismatch",
        f"The rule “{nearest.name}” does not let this pipeline in: {told}.",
        "Run it as the rule asks, or ask an administrator to change the rule.",
    )


def _no_rule(verified: Verified) -> NotTrusted:
    whose = next((name for name in conditions.WHOSE if name in verified.claims), "repository")
    told = conditions.shown(verified.claims, whose)
    return NotTrusted(
        "no_rule",
        f"No rule lets this pipeline in: its {told}.",
        f"Ask an administrator for a rule of {verified.issuer.name} for it.",
    )


def _narrowed(rule: TrustRule, scopes: Sequence[str]) -> list[str]:
    """The scopes asked for, or all of the rule's; raises `NotTrusted` for one it has not."""
    beyond = sorted(set(scopes) - set(rule.scopes))
    if beyond:
        raise NotTrusted(
            "scope_not_granted",
            f"The rule “{rule.name}” does not give the scope {beyond[0][:40]}.",
            f"Ask for less: {', '.join(rule.scopes)}.",
        )
    return list(scopes) or rule.scopes


def _key(verified: Verified, text: str) -> str:
    """What this token is known by: its `jti`, or what was signed.

    A signature can be written in several ways.
    """
    jti = verified.claims.get("jti")
    known_by = f"jti {jti}" if jti else text.rpartition(".")[0]
    return sha256(known_by.encode()).hexdigest()


def _renewed(secret: str, subject: str) -> ApiToken:
    """The token of this secret, given for the same token of the pipeline; raises otherwise."""
    digest = bytes.fromhex(tokens.digest_of(secret))
    known = ApiToken.objects.filter(digest=digest, revoked_at=None, origin__subject=subject).first()
    if known is None:
        message = "What is to be renewed was not given for this token, or was revoked."
        raise SubjectRefused("not_renewable", message, ANOTHER)
    return known


def _spend(verified: Verified, key: str) -> None:
    """Write down that this token was exchanged; raises for the second time."""
    try:
        with transaction.atomic():
            SpentSubject.objects.create(
                issuer=verified.issuer, key=key, ends_at=verified.ends_at + LEEWAY
            )
    except IntegrityError:
        message = "This token was exchanged already."
        raise SubjectRefused("token_replayed", message, ANOTHER) from None


def forget_spent(*, now: datetime) -> int:
    """Delete what no longer needs to be known, for it has ended; answers how many."""
    return SpentSubject.objects.filter(ends_at__lte=now).delete()[0]


def _origin(rule: TrustRule, claims: Mapping[str, Any]) -> dict[str, str]:
    issuer: Issuer = rule.issuer
    told = {name: conditions.said(claims.get(name)) for name in KEPT}
    said = {name: value[:LONGEST_KEPT] for name, value in told.items() if value}
    return {"issuer": issuer.name, "rule": rule.name, "rule_ref": f"trustrule:{rule.pk}", **said}


def _name(rule: TrustRule, claims: Mapping[str, Any]) -> str:
    """`deploy: acme/shop run 42`"""
    whose, run = _first(claims, conditions.WHOSE), _first(claims, RUNS)
    return f"{rule.name}: {whose}{f' run {run}' if run else ''}"[:LONGEST_NAME]


def _first(claims: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((told for name in names if (told := conditions.said(claims.get(name)))), "")
