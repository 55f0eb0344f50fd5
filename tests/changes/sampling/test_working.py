"""Checks that we run: begun with the end of the work, until they held or are given up."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from pytest_httpserver import HTTPServer

from changes import lifecycle
from changes.models import Check, CheckRun, CheckSample
from changes.policies.soaking import Look, Sample
from changes.sampling import working
from changes.states import State
from config.recorded_rows import ROWS
from ledger import verify
from ledger.decision import Refused
from tests.changes.lifecycle.closing import close
from tests.changes.sampling.watching import MINUTE, answering, looked, rule, run_of, validating
from tests.living import at, change_at, events_of, fresh, person, say, verbs_of

pytestmark = pytest.mark.usefixtures("settled")


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8", "::1/128"]


def refusal(verb: str, change: Any, **more: Any) -> Any:
    with pytest.raises(Refused) as refused:
        say(verb, change, **more)
    return refused.value.decision.reasons


def test_a_check_that_held_for_its_soak_time_lets_the_change_close(httpserver: HTTPServer):
    asked = rule(httpserver)
    change = validating()

    with answering(httpserver):
        assert looked(90, 90.5, 91, 92) == [True, False, True, True]
        (waiting,) = refusal("close", change, minutes=92.5, outcome="successful", note="Well.")
        assert looked(93, 94) == [True, False]
    close(change)

    assert (waiting.code, waiting.until) == ("checks_missing", at(93))
    assert waiting.message == "smoke holds since Wed 18 Nov 11:30 CET, and must for 3 min."
    check, run = Check.objects.get(), run_of(change)
    assert (check.passed, check.reporter, check.reported_at) == (True, "tidegate", at(93))
    assert check.detail.startswith("It held for 3 min since Wed 18 Nov 11:30 CET. It answered 200")
    assert (run.state, run.check_row, run.looks, run.failures) == ("passed", check, 4, 0)
    assert (check.evidence["rule"], check.evidence["asks"]["url"]) == (asked.pk, asked.url)
    assert [one["at"] for one in check.evidence["samples"]] == [
        f"2026-11-18T10:{30 + n}:00Z" for n in range(4)
    ]
    assert fresh(change).state == "closed"
    told = events_of(change.ref)[-2]
    assert (told.verb, told.actor, told.data["name"]) == (
        "change.check_reported",
        "tidegate",
        "smoke",
    )
    finished = next(one for one in events_of(change.ref) if one.verb == "change.finished")
    assert finished.data["checks_begun"] == ["smoke"]
    seen = verify.Seen(lambda progress: None)
    assert [fault.message for fault in verify.faults(rows=ROWS[:1], seen=seen)] == []


def test_a_look_that_does_not_hold_begins_anew(httpserver: HTTPServer):
    rule(httpserver)
    change = validating()

    with answering(httpserver):
        looked(90, 91)
    with answering(httpserver, 503):
        looked(92)
    assert run_of(change).holding_since is None
    (waiting,) = refusal("close", change, minutes=92.5, outcome="successful", note="Well.")
    assert waiting.message == "smoke does not hold yet, and must for 3 min."
    with answering(httpserver):
        looked(93, 94, 95)
        assert run_of(change).state == "running"
        looked(96)

    assert (run_of(change).state, run_of(change).failures) == ("passed", 1)


def test_what_never_holds_is_given_up_and_can_be_run_again(httpserver: HTTPServer):
    rule(httpserver)
    change = validating()

    with answering(httpserver, 500):
        looked(*range(90, 101))
    (failed,) = refusal("close", change, minutes=101, outcome="successful", note="Well.")
    assert (failed.code, Check.objects.get().detail.partition(". ")[0]) == (
        "check_failed",
        "Given up after 10 min",
    )

    say("run_check", change, minutes=102, name="smoke")
    with answering(httpserver):
        looked(102, 103, 104, 105)
    close(change)

    assert [check.passed for check in Check.objects.order_by("pk")] == [False, True]
    assert "check.begun" in verbs_of(change.ref)


def test_nobody_reports_what_we_run(httpserver: HTTPServer):
    rule(httpserver)
    change = validating()

    (refused,) = refusal("report_check", change, by="ci", minutes=95, name="smoke", passed=True)

    assert refused.code == "check_is_run_here"
    assert Check.objects.count() == 0


def test_a_check_that_others_report_is_required_by_its_rule(httpserver: HTTPServer):
    rule(httpserver, how="reported", categories=["deployment"])
    rule(httpserver, "elsewhere", how="reported", categories=["database"])
    change = validating()

    (missing,) = refusal("close", change, minutes=95, outcome="successful", note="Well.")
    assert (missing.code, missing.message) == (
        "checks_missing",
        "The check smoke has not been reported.",
    )
    say("report_check", change, by="ci", minutes=96, name="smoke", passed=True)
    close(change)

    assert fresh(change).state == "closed"
    assert CheckRun.objects.count() == 0


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({}, True),
        ({"environments": ["production"]}, True),
        ({"environments": ["staging"]}, False),
        ({"services": ["refunds"]}, True),
        ({"services": ["payments-api"]}, False),
        ({"tiers": [3, 4]}, True),
        ({"tiers": [1]}, False),
        ({"kinds": ["standard"]}, False),
        ({"categories": ["deployment", "network"]}, True),
        ({"is_active": False}, False),
    ],
)
def test_a_rule_asks_the_changes_it_matches(given: Any, asked: bool, httpserver: HTTPServer):
    rule(httpserver, **given)

    change = validating()

    assert CheckRun.objects.filter(change=change).exists() == asked


def test_the_changes_own_words_are_filled_in(httpserver: HTTPServer):
    url = "https://example.org/$service/$environment?r=$revision&c=$change&d=$services"
    rule(httpserver, url=url)

    run = run_of(validating(revision="a b/$change"))

    assert run.asks["url"] == (
        f"https://example.org/refunds/production?r=a%20b%2F%24change&c=CHG-{run.change_id}"
        "&d=$services"
    )


def test_rolling_back_ends_its_runs(httpserver: HTTPServer):
    rule(httpserver)
    change = validating()
    say("roll_back", change, minutes=91, note="It was slow.")

    assert (run_of(change).state, run_of(change).ended_at) == ("cancelled", at(91))
    assert looked(92) == [False]
    straight = change_at(State.IMPLEMENTING)
    say("roll_back", straight, minutes=91, note="It was slow.")
    assert not CheckRun.objects.filter(change=straight).exists()


def test_a_worker_that_is_killed_loses_one_look_only(httpserver: HTTPServer):
    rule(httpserver)
    change = validating()

    with answering(httpserver):
        looked(90)
        assert working.claimed(at(91)) is not None  # and no more is heard of it
        assert looked(91.5) == [False]
        assert looked(92, 93) == [True, True]

    assert (run_of(change).state, run_of(change).looks) == ("passed", 3)


def test_what_was_found_too_late_is_not_written(httpserver: HTTPServer):
    rule(httpserver)
    rolled_back, outrun = validating(), validating()
    first, second = working.claimed(at(90)), working.claimed(at(90.1))
    assert first is not None
    assert second is not None

    say("roll_back", rolled_back, minutes=91, note="It was slow.")
    with answering(httpserver):
        looked(91)
    for claim in (first, second):
        sample = Sample(at(91.5), Look.HELD, "It answered.", 7)
        working.keep(claim, sample, took_ms=7)

    assert (run_of(rolled_back).state, run_of(rolled_back).samples.count()) == ("cancelled", 0)
    assert (run_of(outrun).looks, run_of(outrun).samples.get().at) == (1, at(91))


def test_only_the_newest_looks_are_kept(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(working, "KEPT", 3)
    monkeypatch.setattr(working, "TOLD", 2)
    rule(httpserver, soak=5 * MINUTE)
    validating()

    with answering(httpserver):
        looked(*range(90, 96))

    assert [one.at for one in CheckSample.objects.all()] == [at(93), at(94), at(95)]
    assert (Check.objects.get().evidence["looks"], CheckRun.objects.get().looks) == (6, 6)
    assert len(Check.objects.get().evidence["samples"]) == 2


def test_what_is_run_already_or_by_nobody_is_not_begun(httpserver: HTTPServer):
    rule(httpserver)
    change = validating()

    (running,) = refusal("run_check", change, minutes=95, name="smoke")
    assert running.message == "smoke is running."
    with pytest.raises(ValidationError, match="Those of this change are: smoke"):
        say("run_check", change, minutes=95, name="load")
    (stranger,) = refusal("run_check", change, by="stranger", minutes=95, name="smoke")
    assert stranger.code == "not_permitted"


def test_one_begun_while_implementing_goes_on(httpserver: HTTPServer):
    rule(httpserver)
    change = change_at(State.IMPLEMENTING)
    lifecycle.run_check(ref=change.ref, name="smoke", actor=person("engineer"), now=at(70))

    say("finish", change, minutes=90)

    assert CheckRun.objects.filter(change=change).count() == 1


def test_a_soak_longer_than_the_planned_period_is_worth_a_warning(httpserver: HTTPServer):
    rule(httpserver, soak=180 * MINUTE, give_up_after=200 * MINUTE)

    change = change_at(State.AWAITING_APPROVAL)

    (warning,) = events_of(change.ref)[-1].data["warnings"]
    assert (warning["code"], warning["message"]) == (
        "soak_too_long",
        "smoke must hold for 3 h, longer than the planned period of 2 h.",
    )
