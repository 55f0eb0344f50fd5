"""Trying rules on the past in pages: started, watched, cancelled, read and exported."""

import csv
import io

import pytest
from django.urls import reverse

from changes import backtests
from changes.models import Backtest, PolicyRule, Window
from ledger.models import Event
from tests.changes.backtests.past import failed, lived, run
from tests.changes.policies.custom.given import is_
from tests.changes.rulebook.given import row, saved
from tests.living import at, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
RUNS = "/backtests/"
ANYTHING = {"all": [is_("tier", 1, "at_least")]}


def asked(**given) -> Backtest:
    some = row(**{"conditions": ANYTHING, **given})
    return backtests.of_rule(some, days=30, actor=person("manager"), now=at(600))


def test_a_run_is_started_from_the_page_and_shown(signed_in):
    lived()
    rule = saved(conditions=ANYTHING)

    answer = signed_in("manager").post(RUNS, {"what": rule.ref, "days": "30"})

    job = Backtest.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, job.get_absolute_url())
    assert (job.row, job.name, job.state) == (rule.ref, rule.name, "waiting")
    waiting = signed_in("manager").get(job.get_absolute_url()).content.decode()
    assert "Waiting for a worker" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in waiting


def test_a_freeze_is_tried_and_an_opening_is_not_offered(signed_in):
    lived()
    freeze = Window.objects.create(name="Ten", starts_at=at(59), ends_at=at(61))
    opening = Window.objects.create(
        name="Night", effect="maintenance", starts_at=at(59), ends_at=at(61)
    )
    browser = signed_in("manager")

    assert browser.post(RUNS, {"what": freeze.ref, "days": "30"}).status_code == 302
    refused = browser.post(RUNS, {"what": opening.ref, "days": "30"})

    assert refused.status_code == 422
    assert "Choose one of the list." in refused.content.decode()
    assert Backtest.objects.get().name == "Ten"


@pytest.mark.parametrize("days", ["0", "1096", "many", ""])
def test_days_that_cannot_be_are_said_beside_the_field(signed_in, days: str):
    rule = saved()

    answer = signed_in("manager").post(RUNS, {"what": rule.ref, "days": days})

    assert answer.status_code == 422
    assert "days" in answer.context["form"].errors
    assert not Backtest.objects.exists()


def test_what_a_run_found_is_told_plainly(signed_in):
    past = lived()
    job = run(asked())

    page = signed_in("auditor").get(job.get_absolute_url()).content.decode()

    words = " ".join(page.replace("<b>", "").replace("</b>", "").split())
    assert (
        "Of 4 changes it would have refused 4. Of those, 2 failed or were rolled back: 50 %."
        in (words)
    )
    assert "It would also have refused 2 that did not fail, and missed 0 of the 2 that did." in (
        words
    )
    assert "1 of those that did not fail were followed within 24 hours" in words
    assert all(f'href="/changes/{change.ref}"' in page for change in past.values())
    assert "every 1s" not in page
    assert "refresh" not in page


def test_the_table_is_narrowed_and_cut_into_pages(signed_in, monkeypatch):
    past = lived()
    job = run(asked())
    browser = signed_in("manager")

    def refs(query: str) -> list[str]:
        return [hit.ref for hit in browser.get(f"{job.get_absolute_url()}{query}").context["hits"]]

    assert refs("?shown=wrong") == [past["failed and high"].ref, past["rolled back"].ref]
    assert refs("?shown=good") == [past["good"].ref, past["good and high"].ref]
    assert refs(f"?after={past['good and high'].pk}") == [
        past["failed and high"].ref,
        past["rolled back"].ref,
    ]
    assert len(refs("?shown=odd&after=x")) == 4
    monkeypatch.setattr("changes.web.backtests.PER_PAGE", 3)
    page = browser.get(job.get_absolute_url())
    assert f"after={past['failed and high'].pk}#" in page.context["pager"]["older_url"]


def test_a_fragment_is_served_while_it_goes_on(signed_in):
    lived()
    job = asked()
    backtests.work(backtest=job.pk, now=at(600), rows=3)

    part = signed_in("manager").get(job.get_absolute_url(), headers={"HX-Request": "true"})

    content = part.content.decode()
    assert "<html" not in content
    assert '<progress value="3" max="4"' in content
    assert "3 of 4 changes, 75 %" in content


def test_whoever_asked_cancels_and_another_does_not(signed_in):
    job = asked()
    other = person("peer")
    other.groups.set(person("manager").groups.all())
    cancel = reverse("backtest-cancel", args=[job.pk])

    page = signed_in("peer").get(job.get_absolute_url()).content.decode()
    assert "Only manager can cancel it." in page
    refused = signed_in("peer").post(cancel)
    assert refused.status_code == 403
    assert "manager asked for this run, not peer." in refused.content.decode()
    assert Backtest.objects.get().state == "waiting"

    assert signed_in("manager").get(cancel).status_code == 405
    assert signed_in("manager").post(cancel).status_code == 302
    assert Backtest.objects.get().state == "cancelled"


@pytest.mark.parametrize("name", ["stranger", "engineer", "cab-1"])
def test_strangers_read_nothing(signed_in, name: str):
    rule = saved()
    job = run(asked())
    browser = signed_in(name)

    for path in (RUNS, job.get_absolute_url(), reverse("backtest-export", args=[job.pk])):
        assert browser.get(path).status_code == 403
    assert browser.post(RUNS, {"what": rule.ref, "days": "30"}).status_code == 403
    assert browser.post(reverse("backtest-cancel", args=[job.pk])).status_code == 403
    assert Backtest.objects.count() == 1


def test_auditors_read_and_start_nothing(signed_in):
    rule = saved()

    refused = signed_in("auditor").post(RUNS, {"what": rule.ref, "days": "30"})

    assert refused.status_code == 403
    assert not Backtest.objects.exists()
    assert signed_in("auditor").get(RUNS).status_code == 200


def test_all_that_was_found_is_exported(signed_in, monkeypatch):
    monkeypatch.setattr("changes.queries.backtests.AT_ONCE", 3)
    past = lived()
    odd = failed(title="=1+1")
    job = run(asked())

    answer = signed_in("auditor").get(reverse("backtest-export", args=[job.pk]))

    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [row["change"] for row in rows] == [*(one.ref for one in past.values()), odd.ref]
    assert rows[-1]["title"] == "'=1+1"
    assert (rows[2]["outcome"], rows[2]["went_wrong"], rows[0]["went_wrong"]) == (
        "failed",
        "yes",
        "no",
    )


def test_a_run_there_is_not_is_not_found(signed_in):
    assert signed_in("manager").get("/backtests/999999").status_code == 404


def test_pages_take_a_pinned_number_of_statements(signed_in, statements):
    lived()
    job = run(asked())
    run(asked())
    browser = signed_in("manager")

    assert statements(browser, RUNS) == 4
    assert statements(browser, job.get_absolute_url()) == 4


def test_the_admin_tries_a_rule_that_is_not_saved(signed_in):
    lived()
    manager = person("manager")
    manager.is_staff = True
    manager.save()
    events = Event.objects.count()
    filled = {
        "name": "Tried",
        "is_active": "on",
        "mode": "enforce",
        "effect": "deny",
        "verbs": ["start"],
        "message": "No.",
        "remedy": "Wait.",
        "count": "1",
        "shape": "0g 1c",
        "joined-0": "all",
        "field-1": "tier",
        "operator-1": "at_least",
        "value-1": "1",
    }
    add = reverse("admin:changes_policyrule_add")

    answer = signed_in("manager").post(add, filled | {"_try": "Try it", "try_days": "30"})
    wrong = signed_in("manager").post(add, filled | {"_try": "Try it", "try_days": "0"})
    broken = signed_in("manager").post(add, filled | {"_try": "Try it", "value-1": "x"})

    job = Backtest.objects.get()
    assert answer["Location"] == job.get_absolute_url()
    assert run(job).met == 4
    assert "Give a number of days from 1 to 1095." in wrong.content.decode()
    assert "no whole number" in broken.content.decode()
    assert not PolicyRule.objects.exists()
    assert Event.objects.count() == events


def test_the_admin_tries_a_freeze_that_is_not_saved(signed_in):
    lived()
    manager = person("manager")
    manager.is_staff = True
    manager.save()
    windows = Window.objects.count()
    begins = at(60).replace(second=0)
    filled = {
        "name": "Tried",
        "effect": "freeze",
        "level": "block",
        "in_flight": "finish",
        "is_active": "on",
        "recurrence": "FREQ=DAILY",
        "first_date": f"{begins:%Y-%m-%d}",
        "start_time": f"{begins:%H:%M}",
        "duration": "0:30:00",
        "time_zone": "UTC",
        "override_by": "CAB",
        "override_review_days": "3",
    }

    answer = signed_in("manager").post(
        reverse("admin:changes_window_add"), filled | {"_try": "1", "try_days": "30"}
    )

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert run(Backtest.objects.get()).met == 4
    assert Window.objects.count() == windows
