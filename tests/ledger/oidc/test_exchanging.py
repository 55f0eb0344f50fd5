"""A pipeline's token for one of ours: by which rule, how long, and once."""

from datetime import timedelta

import pytest

from catalog import tokens
from catalog.models import ApiToken, SpentSubject
from ledger import issued_tokens, timeline
from ledger.models import Event
from ledger.oidc import exchanging
from ledger.oidc.exchanging import Asked, Exchanged
from ledger.oidc.refused import NotTrusted, SubjectRefused
from tests.ledger.oidc.issuing import GITHUB, GITLAB, rule


def exchanged(text, now, **asked) -> Exchanged:
    return exchanging.exchange(Asked(text, **asked), now=now)


def refused(text, now, **asked) -> SubjectRefused:
    before = (ApiToken.objects.count(), Event.objects.count(), SpentSubject.objects.count())
    with pytest.raises(SubjectRefused) as refusal:
        exchanged(text, now, **asked)
    after = (ApiToken.objects.count(), Event.objects.count(), SpentSubject.objects.count())
    assert after == before
    return refusal.value


def test_a_run_of_github_is_given_what_its_rule_says_and_no_more(trusted, forge, now):
    conditions = {
        "repository": "acme/shop",
        "repository_id": "74",
        "ref": "refs/heads/main",
        "environment": "production",
        "job_workflow_ref": "acme/flows/.github/workflows/*@refs/heads/main",
        "ref_protected": "true",
    }
    limits = {"services": ["shop"], "teams": [], "environments": ["production"]}
    rule(trusted, conditions=conditions, **limits)

    found = exchanged(forge.token(now), now)

    token = tokens.identify(secret=found.secret, now=now)
    assert {name: getattr(token, name) for name in limits} == limits
    assert (token.user.username, token.scopes) == ("ci", ["gate"])
    assert token.name == "deploy: acme/shop run 3141592653"
    assert token.expires_at == now + timedelta(minutes=5)
    event = timeline.events_of(subject=f"token:{token.pk}").get()
    assert (event.verb, event.actor) == ("token.issued", "ci")
    told = event.data["origin"]
    assert {told[name] for name in ("issuer", "rule", "run_id", "ref")} == {
        *("forge", "deploy", "3141592653", "refs/heads/main"),
    }
    assert found.secret not in str(event.data)


def test_a_job_of_gitlab_is_let_in_by_its_project(trusted, forge, now):
    conditions = {"project_path": "acme/group/*", "ref": "main", "ref_protected": "true"}
    rule(trusted, conditions=conditions)
    of_gitlab = {**dict.fromkeys(GITHUB), **GITLAB}

    found = exchanged(forge.token(now, **of_gitlab), now)

    assert found.token.name == "deploy: acme/group/shop run 574"
    wrong = refused(forge.token(now, **{**of_gitlab, "ref_protected": "false", "jti": "2"}), now)
    assert (wrong.code, "ref_protected is “false”" in str(wrong)) == ("claim_mismatch", True)


def test_a_token_lives_as_its_rule_says_and_never_beyond_the_pipelines_own(trusted, forge, now):
    rule(trusted, minutes=10)
    at = int(now.timestamp())

    ends = [
        exchanged(forge.token(now, jti=f"run {seconds}", exp=at + seconds), now).ends_at
        for seconds in (30, 599, 601, 86_400)
    ]

    assert [(end - now).total_seconds() for end in ends] == [30, 599, 600, 600]
    gone = refused(forge.token(now, jti="gone", exp=at - 30), now)
    assert gone.code == "subject_expired"


def test_a_token_is_exchanged_once(trusted, forge, now):
    rule(trusted)
    text, without = forge.token(now), forge.token(now, jti=None)
    exchanged(text, now)
    exchanged(without, now)

    again = [refused(one, now + timedelta(minutes=4)).code for one in (text, without)]
    other = refused(forge.token(now + timedelta(seconds=1)), now)

    assert [*again, other.code] == ["token_replayed"] * 3
    assert exchanging.forget_spent(now=now + timedelta(minutes=6)) == 2


def test_whoever_has_what_it_was_exchanged_for_renews_that(trusted, forge, now):
    kept = rule(trusted, scopes=["gate", "changes:read"], minutes=15)
    at, later = int(now.timestamp()), now + timedelta(minutes=20)
    job = forge.token(now, jti="job", exp=at + 3600)
    other = exchanged(forge.token(now, jti="other", exp=at + 3600), now)
    first = exchanged(job, now, scopes=("gate",))

    second = exchanged(job, later, renews=first.secret)
    again = exchanged(job, later, renews=first.secret)

    assert [one.token.scopes for one in (second, again)] == [["gate"]] * 2
    assert second.ends_at == later + timedelta(minutes=15)
    assert exchanged(job, later + timedelta(minutes=30), renews=second.secret).ends_at == (
        now + timedelta(hours=1)
    )
    issued_tokens.revoke(actor="admin", token=second.token, now=later)
    for secret in (other.secret, second.secret, "tg_guessed", job):
        assert refused(job, later, renews=secret).code == "not_renewable"
    assert refused(job, later).code == "token_replayed"
    assert refused(job, now + timedelta(hours=2), renews=again.secret).code == "subject_expired"
    type(kept).objects.update(is_active=False)
    assert refused(job, later, renews=again.secret).code == "no_rule"


def test_of_several_rules_the_one_that_asks_most_lets_in_unless_one_is_named(trusted, forge, now):
    rule(trusted, "everything", conditions={"repository": "acme/*"}, scopes=["changes:read"])
    rule(trusted, "deploy")
    rule(trusted, "deploy-later")

    given = [
        exchanged(forge.token(now, jti=f"run {n}"), now, rule=name).rule.name
        for n, name in enumerate(("", "everything", "deploy-later"))
    ]

    assert given == ["deploy", "everything", "deploy-later"]


def test_what_does_not_match_is_told_of_ones_own_repository_alone(trusted, forge, now):
    rule(trusted, "deploy")
    secret = {"repository": "acme/secret", "ref": "refs/heads/hidden", "environment": "vault"}
    rule(trusted, "secret-one", conditions=secret)

    wrong = refused(forge.token(now, ref="refs/heads/x"), now)
    strange = refused(forge.token(now, repository="evil/shop"), now)
    named = refused(forge.token(now, repository="evil/shop"), now, rule="secret-one")

    assert {type(one) for one in (wrong, strange, named)} == {NotTrusted}
    assert (wrong.code, wrong.args[0].split(". ")[0]) == (
        "claim_mismatch",
        "The rule “deploy” does not let this pipeline in: ref is “refs/heads/x”",
    )
    assert "refs/heads/main" not in str(wrong)
    assert strange.code == named.code == "no_rule"
    assert str(strange) == str(named)
    for told in ("secret", "hidden", "vault", "deploy"):
        assert told not in str(strange)


def test_a_rule_or_robot_that_is_at_rest_lets_nobody_in(trusted, forge, now):
    kept = rule(trusted)
    type(kept).objects.update(is_active=False)
    assert refused(forge.token(now), now).code == "no_rule"

    type(kept).objects.update(is_active=True)
    kept.acts_as.is_active = False
    kept.acts_as.save()

    assert refused(forge.token(now), now).code == "no_rule"


def test_less_is_given_where_less_is_asked_for_and_never_more(trusted, forge, now):
    rule(trusted, scopes=["gate", "changes:read"])

    assert exchanged(forge.token(now), now, scopes=("gate",)).token.scopes == ["gate"]
    more = refused(forge.token(now, jti="2"), now, scopes=("gate", "admin"))
    assert more.code == "scope_not_granted"


@pytest.mark.parametrize("claim", ["repository", "ref"])
def test_a_claim_that_is_missing_never_matches(trusted, forge, now, claim):
    rule(trusted, conditions={"repository": "acme/**", "ref": "**"})

    assert refused(forge.token(now, **{claim: None}), now).code in {"no_rule", "claim_mismatch"}
