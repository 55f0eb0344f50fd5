"""Asking for a backtest, and calling it off."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model

from catalog.models import User
from changes.models import Backtest, PolicyRule, Window
from changes.policies.custom.sentence import sentence
from changes.queries.policies import rule_of
from changes.windows import scope
from ledger import wake
from ledger.decision import Reason, refuse
from ledger.keeping import demand_change_manager

LONGEST_DAYS = 1095
AT_ONCE = 3
TASK = "changes.work_on_backtest"


def of_rule(rule: PolicyRule, *, days: int, actor: User, now: datetime) -> Backtest:
    """Try a rule, saved or not, on the changes that started in the last `days`.

    The rule is one that `rulebook.policy.check` took. Raises `ValidationError` for the days, and
    `Refused` for who is no change manager or has too many runs going.
    """
    words = f"{sentence(rule_of(rule))}."
    return _ask(rule, Backtest.Of.RULE, words, days=days, actor=actor, now=now)


def of_window(window: Window, *, days: int, actor: User, now: datetime) -> Backtest:
    """Try a window, saved or not, on the changes that started in the last `days`.

    Raises like `of_rule`, and `ValidationError` for a window that only opens.
    """
    if window.effect != Window.EffectWord.FREEZE:
        told = "A maintenance window refuses nothing: try a freeze on the past."
        raise ValidationError({"effect": told})
    if window.source != Window.Source.TIMES and window.pk is None:
        told = "Its times come from a calendar that was not read yet. Save it, then try it."
        raise ValidationError({"source": told})
    narrowed = scope.words(window)
    words = f"{window.get_effect_display()}{f' ({narrowed})' if narrowed else ''}."
    return _ask(window, Backtest.Of.WINDOW, words, days=days, actor=actor, now=now)


@transaction.atomic
def cancel(*, backtest: int, actor: User, now: datetime) -> Backtest:
    """Call a run off; what it found until then is kept. One that is over stays as it ended.

    Raises `Backtest.DoesNotExist`, and `Refused` for whoever did not ask for it, save superusers.
    """
    job = Backtest.objects.select_for_update().get(pk=backtest)
    if job.asked_by_id != actor.pk and not actor.is_superuser:
        reason = Reason(
            "not_permitted",
            f"{job.asked_by.username} asked for this run, not {actor.username}.",
            f"Ask {job.asked_by.username} to cancel it, or start one of your own.",
            source="backtest",
        )
        raise refuse("cancel backtest", reason)
    if not job.is_over:
        job.state, job.ended_at = Backtest.State.CANCELLED, now
        job.save(update_fields=["state", "ended_at"])
    return job


@transaction.atomic
def _ask(
    row: Model, of: Backtest.Of, words: str, *, days: int, actor: User, now: datetime
) -> Backtest:
    demand_change_manager("try on the past", actor=actor, ref="", what="backtests")
    if not 1 <= days <= LONGEST_DAYS:
        raise ValidationError({"days": f"Give a number of days from 1 to {LONGEST_DAYS}."})
    User.objects.select_for_update().get(pk=actor.pk)  # two at once count each other
    going = Backtest.objects.filter(asked_by=actor, ended_at__isnull=True).count()
    if going >= AT_ONCE:
        reason = Reason(
            "too_many_runs",
            f"{going} runs of yours are going on, the most there may be.",
            "Wait for one to end, or cancel one.",
            source="backtest",
        )
        raise refuse("try on the past", reason)
    saved: Any = row
    job = Backtest.objects.create(
        of=of,
        name=saved.name,
        row=saved.ref if row.pk else "",
        tried=json.loads(serializers.serialize("json", [row]))[0],
        sentence=words,
        since=now - timedelta(days=days),
        until=now,
        asked_by=actor,
        asked_at=now,
    )
    transaction.on_commit(lambda: wake.broker.publish(TASK, job.pk))
    return job
