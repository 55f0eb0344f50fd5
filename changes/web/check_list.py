"""The checks of a change as its page shows them: reported, run here, and those that are missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from changes import policies
from changes.policies import Facts
from changes.queries.check_runs import Running
from changes.queries.whole import Whole
from changes.shown import looks
from changes.shown.beside import ShownCheck, checks
from changes.shown.looks import ShownLook
from changes.web.buttons import Button
from changes.web.looks_svg import looks_svg


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check; of one that we run, what is asked, what was seen, and the button to run it.

    `sent` is the evidence that whoever reported it sent along.
    """

    check: ShownCheck
    question: str = ""
    progress: str = ""
    svg: SafeString | str = ""
    looks: Sequence[ShownLook] = ()
    sent: Mapping[str, Any] = field(default_factory=dict)
    verb: Button | None = None


def shown(whole: Whole, running: Sequence[Running], *, now: datetime) -> list[CheckLine]:
    """Those that run or are missing first, then the last report of each."""
    facts = whole.facts
    going_on = {one.run.name: one for one in running}
    ours = {check.name: check.evidence for check in whole.checks if not check.reported_by_id}
    sent = {check.name: check.evidence for check in whole.checks if check.reported_by_id}
    lines = [
        _line(one, going_on.get(one.name), ours.get(one.name, {}), sent.get(one.name, {}))
        for one in checks(facts.required_checks, whole.checks, running=list(going_on))
    ]
    return [_with_button(one, facts, now=now) for one in lines]


def _line(
    check: ShownCheck,
    running: Running | None,
    evidence: Mapping[str, Any],
    sent: Mapping[str, Any],
) -> CheckLine:
    """The line; `evidence` is what we saw, in our shape, and `sent` what somebody else says."""
    asks = running.run.asks if running else evidence.get("asks", {})
    seen = looks.of_run(running) if running else looks.of_evidence(evidence)
    if not asks:
        return CheckLine(check, sent=sent)
    words = f"{check.name}: {looks.counted(len(seen), sum(not one.holds for one in seen))}"
    return CheckLine(
        check,
        question=looks.question(asks),
        progress=looks.progress(running) if running else "",
        svg=looks_svg(seen, threshold=looks.threshold(asks), words=words),
        looks=seen[::-1],
    )


def _with_button(line: CheckLine, facts: Facts, *, now: datetime) -> CheckLine:
    """With the button that runs it, where it is ours and does not run."""
    name = line.check.name
    ours = any(rule.ours and rule.name == name for rule in facts.check_rules)
    decision = policies.may("check", facts, now=now)
    if not ours or line.check.state == "running" or "wrong_state" in decision.codes:
        return line
    again = line.check.at is not None
    button = Button(
        name=f"run-{name}",
        label="Run it again" if again else "Run it",
        allowed=decision.allowed,
        reasons=decision.reasons,
        warnings=(),
        url=f"{reverse('change-check-run', args=[facts.ref])}",
    )
    return replace(line, verb=button)
