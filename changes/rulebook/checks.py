"""Writing which checks changes must pass, and the Prometheus servers that some of them ask."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes import sampling
from changes.models import CheckRule, PrometheusServer
from changes.policies.reasons import spell
from changes.policies.soaking import Look, Sample
from changes.queries.check_words import asks, canary_asks, filled
from changes.queries.names import missing, there_is_no
from changes.rulebook import canary_checks
from changes.rulebook.addresses import why_never_asked
from changes.states import DEPLOYMENT
from ledger import rows, sealing, timeline
from ledger.keeping import demand_change_manager, differences, told

How = CheckRule.How
EDITABLE = (
    "name",
    "is_active",
    "used_for",
    "how",
    "template",
    "kinds",
    "categories",
    "services",
    "environments",
    "tiers",
    "url",
    "method",
    "expected_status",
    "contains",
    "most_bytes",
    "server",
    "query",
    "comparison",
    "threshold",
    "timeout_seconds",
    "interval",
    "soak",
    "give_up_after",
    *canary_checks.FIELDS,
)
SERVER = ("slug", "name", "base_url", "is_active")
SLUGS = {"services": "service", "environments": "environment"}
SHORTEST, LONGEST_INTERVAL = timedelta(seconds=5), timedelta(hours=1)
LONGEST = timedelta(days=7)
TRIED = {"service": "refunds", "environment": "production", "revision": "4f1c2d9"}
LONGEST_BEARER = 4000


@transaction.atomic
def save(rule: CheckRule, *, actor: User, now: datetime) -> CheckRule:
    """Keep a rule as it was filled in, new or edited, and record it with what changed.

    Runs that go on keep looking at what they began with. Raises `ValidationError` with a sentence
    for each wrong field, and `Refused` when `actor` is no change manager.
    """
    before, diff = _checked(rule, actor=actor)
    if before is not None and not diff:
        return rule
    rule.save()
    _record(rule, "check_rule", before, diff, actor=actor, now=now)
    return rule


@transaction.atomic
def check(rule: CheckRule, *, actor: User) -> None:
    """Raise what `save` would raise, and write nothing."""
    _checked(rule, actor=actor)


def try_once(rule: CheckRule, *, now: datetime, **words: str) -> Sample:
    """One look at what the rule asks, for a change with these words; nothing is written.

    Of a canary also the baseline is asked. Raises `ValidationError` for a rule whose checks others
    report.
    """
    if rule.how == How.REPORTED:
        raise ValidationError("Others report this check: there is nothing to look at.")
    told = {**TRIED, "change": "CHG-1", **words}
    if rule.used_for == CheckRule.Use.CANARY:
        return sampling.look_at_canary(asks=canary_asks(rule, **told), server=rule.server, now=now)
    return sampling.look(asks=asks(rule, **told), server=rule.server, now=now)


def refuse_query(rule: CheckRule, *, now: datetime) -> None:
    """Raise `ValidationError` where the server answers that a query is none.

    A server that does not answer now is no reason: it will be asked again.
    """
    if rule.how != How.PROMETHEUS or rule.server is None or rule.threshold is None:
        return
    told = canary_asks(rule, **TRIED, change="CHG-1")
    for name in canary_checks.QUERIES:
        if not told[name]:
            continue
        asked = {**told, "query": told[name]}
        said = sampling.look(asks=asked, server=rule.server, now=now)
        if said.word is Look.REFUSED:
            raise ValidationError({name if getattr(rule, name) else "query": said.said})


@transaction.atomic
def save_server(
    server: PrometheusServer, *, bearer: str | None, actor: User, now: datetime
) -> PrometheusServer:
    """Keep a server; `bearer` is its token, "" for none, None for the one it has.

    The token is kept encrypted, and neither told nor shown again.
    """
    before, diff = _checked_server(server, bearer=bearer, actor=actor)
    if bearer is not None:
        server.sealed_bearer = sealing.seal(bearer.encode()).decode() if bearer else ""
        diff["bearer"] = [bool(before and before.sealed_bearer), bool(bearer)]
    if before is not None and not diff:
        return server
    server.save()
    _record(server, "prometheus_server", before, diff, actor=actor, now=now)
    return server


@transaction.atomic
def check_server(server: PrometheusServer, *, bearer: str | None, actor: User) -> None:
    """Raise what `save_server` would raise, and write nothing."""
    _checked_server(server, bearer=bearer, actor=actor)


def _record(
    row: CheckRule | PrometheusServer,
    word: str,
    before: Any,
    diff: dict[str, list[Any]],
    *,
    actor: User,
    now: datetime,
) -> None:
    timeline.record(
        subject=row.ref,
        verb=f"{word}.{'edited' if before else 'created'}",
        actor=actor.username,
        at=now,
        data={
            "name": row.name,
            "is_active": row.is_active,
            **told(before, diff),
            "row_digest": rows.digest(type(row)._default_manager.get(pk=row.pk)),
        },
    )


def _checked(rule: CheckRule, *, actor: User) -> tuple[CheckRule | None, dict[str, list[Any]]]:
    """The row as it was, locked, and what would change."""
    ref = rule.ref if rule.pk else ""
    demand_change_manager("write check rule", actor=actor, ref=ref, what="rules about checks")
    kept = CheckRule.objects.select_for_update(of=("self",)).select_related("template", "server")
    before = kept.filter(pk=rule.pk).first() if rule.pk else None
    diff = differences(before, rule, names=EDITABLE)
    plain = {name: [getattr(one, "slug", one) for one in pair] for name, pair in diff.items()}
    rule.full_clean(validate_constraints=False)
    wrong = {**_wrong_times(rule), **_wrong_asking(rule), **_unknown(rule)}
    wrong = {**canary_checks.wrong(rule), **wrong}
    if wrong:
        raise ValidationError(wrong)
    return before, plain


def _wrong_times(rule: CheckRule) -> dict[str, str]:
    wrong = {}
    if not SHORTEST <= rule.interval <= LONGEST_INTERVAL:
        wrong["interval"] = (
            f"Look every {spell(SHORTEST)} at the most often, and every "
            f"{spell(LONGEST_INTERVAL)} at least."
        )
    if not timedelta() <= rule.soak <= LONGEST:
        wrong["soak"] = "Give a length of time from 0 to seven days."
    if not timedelta() < rule.give_up_after <= 2 * LONGEST:
        wrong["give_up_after"] = "Give a length of time above 0, and fourteen days at most."
    elif rule.give_up_after < rule.soak:
        wrong["give_up_after"] = (
            f"It must hold for {spell(rule.soak)}: give up after that, not before."
        )
    return wrong


def _wrong_asking(rule: CheckRule) -> dict[str, str]:
    if rule.how != How.REPORTED and rule.name == DEPLOYMENT:
        return {"name": f"CI reports “{DEPLOYMENT}” with each deployment: choose another name."}
    if rule.how == How.PROBE:
        return _wrong_address(rule)
    if rule.how != How.PROMETHEUS:
        return {}
    wrong = {}
    if rule.server is None:
        wrong["server"] = "Choose the Prometheus server to ask."
    if not rule.query.strip():
        wrong["query"] = "Write the query, in PromQL."
    if rule.threshold is None:
        wrong["threshold"] = "Give the number to compare with."
    elif abs(rule.threshold) > 1e300 or rule.threshold != rule.threshold:
        wrong["threshold"] = "Give a number."
    return wrong


def _wrong_address(rule: CheckRule) -> dict[str, str]:
    if not rule.url:
        return {"url": "Give the address to look at."}
    if rule.method == CheckRule.Method.HEAD and rule.contains:
        return {"contains": "HEAD answers have no text: use GET, or look for none."}
    wrong = why_never_asked(filled(rule.url, {**TRIED, "change": "CHG-1"}, with_=str))
    return {"url": wrong} if wrong else {}


def _unknown(rule: CheckRule) -> dict[str, list[str]]:
    found = {
        scope: [there_is_no(kind, slug) for slug in missing(kind, getattr(rule, scope))]
        for scope, kind in SLUGS.items()
    }
    return {scope: sentences for scope, sentences in found.items() if sentences}


def _checked_server(
    server: PrometheusServer, *, bearer: str | None, actor: User
) -> tuple[PrometheusServer | None, dict[str, list[Any]]]:
    ref = server.ref if server.pk else ""
    demand_change_manager("write server", actor=actor, ref=ref, what="Prometheus servers")
    kept = PrometheusServer.objects.select_for_update()
    before = kept.filter(pk=server.pk).first() if server.pk else None
    server.full_clean()
    wrong = {}
    if before is not None and before.slug != server.slug:
        wrong["slug"] = "The ledger names it so: it stays."
    if told_why := why_never_asked(server.base_url):
        wrong["base_url"] = told_why
    elif "?" in server.base_url or "#" in server.base_url:
        wrong["base_url"] = "Give the address alone, without ? and #."
    if bearer and not (bearer.isascii() and bearer.isprintable() and " " not in bearer):
        wrong["bearer"] = "A token is plain characters without spaces."
    elif bearer and len(bearer) > LONGEST_BEARER:
        wrong["bearer"] = f"A token has {LONGEST_BEARER} characters at most."
    if wrong:
        raise ValidationError(wrong)
    return before, differences(before, server, names=SERVER)
