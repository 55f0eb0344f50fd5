"""Standard-change templates in the admin: drafted, published, suspended, retired, all recorded."""

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.models import User
from changes import standards
from changes.models import CatalogueRule, Change, Template
from ledger.models import Event

ADD = reverse("admin:changes_template_add")
WORDS = {
    "slug": "scale-out",
    "name": "Add a node",
    "title": "Add a node",
    "description": "One more node of the same kind.",
    "justification": "",
    "impact_analysis": "",
    "implementation_plan": "By the pipeline.",
    "test_plan": "Health of the node.",
    "rollback_plan": "Remove the node.",
    "monitoring_plan": "",
    "category": "infrastructure",
    "rollout": "rolling",
    "required_checks": "",
    "locked": ["implementation_plan", "rollback_plan"],
    "suspend_after_failures": "2",
    "suspend_within_uses": "10",
}
LIVED = ["template.proposed", "template.approved", "template.published"]


def template(slug: str) -> Template:
    return Template.objects.get(slug=slug)


def page_of(row: Template) -> str:
    return reverse("admin:changes_template_change", args=[row.pk])


def move(row: Template, verb: str) -> str:
    return reverse("admin:changes_template_move", args=[row.pk, verb])


def verbs_of(slug: str) -> list[str]:
    events = Event.objects.filter(subject=f"template:{slug}").order_by("position")
    return list(events.values_list("verb", flat=True))


def test_a_template_begins_as_a_draft_and_is_recorded(signed_in):
    answer = signed_in("manager").post(ADD, WORDS)

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row = template("scale-out")
    assert (row.state, row.locked) == ("draft", ["implementation_plan", "rollback_plan"])
    assert verbs_of("scale-out") == ["template.created"]


def propose(slug: str, by: str) -> None:
    """Somebody proposes a draft, with a change of the demo as evidence."""
    done = Change.objects.get(title="Restart the help centre, node by node")
    asked = standards.Asked(slug=slug, why="It always goes well.", words={}, evidence=(done.ref,))
    standards.propose(asked, actor=User.objects.get(username=by), now=timezone.now())


def test_it_is_approved_published_suspended_with_a_reason_reinstated_and_retired(signed_in):
    browser = signed_in("manager")
    browser.post(ADD, WORDS)
    row = template("scale-out")
    propose("scale-out", by="engineer")

    states = []
    for verb, body in (
        ("approve", {"comment": "Good."}),
        ("publish", {}),
        ("suspend", {"reason": "Two nodes came up empty."}),
        ("reinstate", {"comment": "The image was wrong."}),
        ("retire", {}),
    ):
        browser.post(move(row, verb), body)
        states.append(template("scale-out").state)

    assert states == ["approved", "published", "suspended", "published", "retired"]
    assert verbs_of("scale-out") == [
        "template.created",
        "template.proposed",
        "template.approved",
        "template.published",
        "template.suspended",
        "template.reinstated",
        "template.retired",
    ]
    suspended = Event.objects.get(subject="template:scale-out", verb="template.suspended")
    assert suspended.data["reason"] == "Two nodes came up empty."


def test_a_member_of_the_cab_sends_back_what_a_change_manager_proposed(signed_in):
    manager, cab = signed_in("manager"), signed_in("cab-1")
    manager.post(ADD, WORDS)
    row = template("scale-out")
    propose("scale-out", by="manager")

    own = manager.post(move(row, "approve"), {"comment": ""}, follow=True).content.decode()
    cab.post(move(row, "send_back"), {"comment": "Name the limits."})

    assert "manager proposed it, so somebody else approves scale-out." in own
    assert "Ask cab-1 or cab-2." in own
    assert template("scale-out").state == "draft"
    assert verbs_of("scale-out")[-1] == "template.sent_back"


def test_a_change_manager_says_who_approves_templates(signed_in):
    page, manager = reverse("admin:changes_cataloguerule_change", args=[1]), signed_in("manager")

    lonely = manager.post(page, {"approvers": "change_managers"}).content.decode()
    answer = manager.post(page, {"approvers": "cab"})

    assert "Two active people at least must be change managers" in lonely
    assert answer.status_code == 302
    assert CatalogueRule.objects.get().approvers == "cab"
    event = Event.objects.get(subject="standard-catalogue")
    assert (event.verb, event.data["diff"]) == (
        "standard_catalogue.edited",
        {"approvers": ["either", "cab"]},
    )
    assert signed_in("cab-1").post(page, {"approvers": "either"}).status_code == 403


def test_a_published_template_is_not_edited(signed_in):
    row, browser = template("restart-service"), signed_in("manager")

    page = browser.get(page_of(row)).content.decode()
    browser.post(page_of(row), WORDS | {"slug": "restart-service", "rollback_plan": "None."})

    assert "propose another version to change them" in page
    assert template("restart-service").rollback_plan == row.rollback_plan
    assert verbs_of("restart-service") == LIVED


def test_a_draft_is_edited_and_the_diff_recorded(signed_in):
    browser, row = signed_in("manager"), template("renew-certificate")
    filled = WORDS | {"slug": "renew-certificate", "name": row.name, "services": []}

    answer = browser.post(page_of(row), filled)

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    edited = Event.objects.get(subject="template:renew-certificate", verb="template.edited")
    assert edited.data["diff"]["rollback_plan"] == [row.rollback_plan, "Remove the node."]


def test_the_services_it_is_for_are_recorded_too(signed_in):
    browser, row = signed_in("manager"), template("renew-certificate")
    service = User.objects.get(username="engineer").teams.get(slug="web").services.first()
    filled = WORDS | {"slug": row.slug, "name": row.name, "services": [service.pk]}

    browser.post(page_of(row), filled)

    edited = Event.objects.get(subject="template:renew-certificate", verb="template.edited")
    assert edited.data["diff"]["services"] == [[], [service.slug]]
    assert list(template("renew-certificate").services.all()) == [service]


@pytest.mark.parametrize(
    ("verb", "body", "sentence"),
    [
        ("publish", {}, "The template restart-service is published. Suspend it first."),
        ("suspend", {"reason": " "}, "Say why changes made from it must not start."),
    ],
)
def test_a_move_that_cannot_be_is_refused_in_words(
    signed_in, verb: str, body: dict[str, str], sentence: str
):
    row, browser = template("restart-service"), signed_in("manager")

    answer = browser.post(move(row, verb), body, follow=True)

    assert sentence in answer.content.decode()
    assert template("restart-service").state == "published"
    assert verbs_of("restart-service") == LIVED


def test_the_buttons_that_are_refused_stay_with_their_reasons(signed_in):
    page = signed_in("manager").get(page_of(template("restart-service"))).content.decode()

    assert 'disabled aria-describedby="move-publish"' in page
    assert "The template restart-service is published. Suspend it first." in page


@pytest.mark.parametrize("name", ["cab-1", "auditor"])
def test_who_is_no_change_manager_moves_nothing(signed_in, name: str):
    row, browser = template("restart-service"), signed_in(name)

    assert browser.get(page_of(row)).status_code == 200
    assert browser.post(move(row, "suspend"), {"reason": "x"}).status_code == 403
    assert browser.post(ADD, WORDS).status_code == 403
    assert template("restart-service").state == "published"


def test_an_unknown_move_or_template_is_not_found(signed_in):
    browser, row = signed_in("manager"), template("restart-service")

    assert browser.post(move(row, "explode")).status_code == 404
    assert browser.post(f"/admin/changes/template/{row.pk + 999}/move/publish/").status_code == 404


def test_looking_at_a_move_moves_nothing(signed_in):
    row = template("restart-service")

    assert signed_in("manager").get(move(row, "retire")).status_code == 302
    assert template("restart-service").state == "published"
