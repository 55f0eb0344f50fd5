"""Whatever is sent, the answer says what is wrong, and nothing is written."""

import json

import pytest

from tests.changes.api.world import PLAN, caller, filed, period, written

pytestmark = pytest.mark.usefixtures("organisation")

QUESTION = {"service": "payments-api", "environment": "production", "revision": "4f1c2d9"}
DEEP = "[" * 900 + "]" * 900
BODIES = {
    "invalid UTF-8": (b'{"title": "\xff\xfe"}', 422, "malformed_body"),
    "no JSON": (b"{title: 1}", 422, "malformed_body"),
    "half a JSON": (b'{"title": "x', 422, "malformed_body"),
    "not a number": (b'{"title": NaN}', 422, "malformed_body"),
    "a list": (b"[1, 2]", 422, "invalid"),
    "a text": (b'"title"', 422, "invalid"),
    "null": (b"null", 422, "invalid"),
    "nested 100,000 deep": (b"[" * 100_000, 422, "malformed_body"),
    "a NUL character": (b'{"title": "a\\u0000b"}', 422, "invalid"),
    "half a surrogate pair": (b'{"title": "\\ud800"}', 422, "invalid"),
    "over a megabyte": (b'{"title": "' + b"x" * 10_000_000 + b'"}', 413, "body_too_large"),
}
DOORS = ("/changes", "/gate", "/deployments", "/windows")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_cannot_be_read_is_refused(door, body):
    raw, status, code = BODIES[body]
    before = written()

    answer = caller("manager").post(door, raw)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert written() == before


@pytest.mark.parametrize("door", DOORS)
def test_a_body_nested_as_deep_as_json_goes_is_refused(door):
    before = written()

    answers = [
        caller("manager").post(door, f'{{"title": {DEEP}, "service": {DEEP}}}'),
        caller("manager").post(door, f'{{"title": {DEEP}}}', Idempotency_Key="deep"),
    ]

    assert {one.status_code for one in answers} == {422}
    assert written() == before


@pytest.mark.parametrize("door", DOORS)
def test_another_media_type_is_refused(door):
    answer = caller("manager").post(
        door, "title=x", content_type="application/x-www-form-urlencoded"
    )

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        (
            {"service": "paymets-api"},
            "service",
            "There is no service paymets-api. Did you mean payments-api?",
        ),
        (
            {"environment": "prodution"},
            "environment",
            "There is no environment prodution. Did you mean production?",
        ),
        ({"service": "zzz"}, "service", "There is no service zzz."),
        ({"also_affects": ["zzz"]}, "also_affects", "There is no service zzz."),
        ({"template": "zzz"}, "template", "There is no template zzz."),
        ({"incident": "INC-9999"}, "incident", "There is no incident INC-9999."),
        ({"incident": "zzz"}, "incident", "There is no incident zzz."),
        ({"implementer": "zzz"}, "implementer", "There is no user zzz."),
        (
            {
                "planned_start_at": "2001-01-01T09:00:00Z",
                "planned_end_at": "2001-01-01T10:00:00Z",
            },
            "planned_end_at",
            "This period is over: plan one that lies ahead.",
        ),
        (
            {
                "planned_start_at": "2031-01-01T09:00:00Z",
                "planned_end_at": "2031-01-01T08:00:00Z",
            },
            "planned_end_at",
            "The planned end must come after the planned start.",
        ),
        (
            {"planned_start_at": "2031-01-01T09:00:00"},
            "planned_start_at",
            "Give the time with its offset, such as 2026-11-23T09:00:00+01:00.",
        ),
        (
            {"planned_start_at": "tomorrow"},
            "planned_start_at",
            "Give a time such as 2026-11-23T09:00:00+01:00.",
        ),
        (
            {"planned_start_at": "2031-02-30T09:00:00Z"},
            "planned_start_at",
            "There is no such time. Check day, hour and offset.",
        ),
        (
            {"planned_start_at": "0001-01-01T00:00:00+14:00"},
            "planned_start_at",
            "Give a time in the years 2000 to 2199.",
        ),
        (
            {"planned_start_at": 1_700_000_000},
            "planned_start_at",
            "Give a time such as 2026-11-23T09:00:00+01:00.",
        ),
        ({"colour": "red"}, "colour", "There is no such field. Leave it out."),
        ({"state": "scheduled"}, "state", "There is no such field. Leave it out."),
        ({"title": 7}, "title", "Give text, in quotes."),
        ({"title": None}, "title", "This field may not be null."),
        ({"title": ""}, "title", "Give the title."),
        (
            {"title": "x" * 201},
            "title",
            "Ensure this field has no more than 200 characters.",
        ),
        ({"service": ["payments-api"]}, "service", "Give text, in quotes."),
        (
            {"kind": "weird"},
            "kind",
            "“weird” is not known here. Use one of: standard, normal, emergency.",
        ),
        ({"kind": True}, "kind", "Use one of: standard, normal, emergency."),
        ({"kind": "standard"}, "template", "A standard change is made from a template: name it."),
        (
            {"kind": "emergency"},
            "incident",
            "An emergency change names the incident it answers.",
        ),
        (
            {"rollout": "canary", "canary_steps": [10**400]},
            "canary_steps.0",
            "Ensure this value is less than or equal to 100.",
        ),
        (
            {"rollout": "canary", "canary_steps": ["5"]},
            "canary_steps.0",
            "Give a whole number, without quotes.",
        ),
        (
            {"rollout": "canary", "canary_steps": [True]},
            "canary_steps.0",
            "Give a whole number, without quotes.",
        ),
        (
            {"canary_steps": [5]},
            "canary_steps",
            "Only a canary rollout has steps: set rollout to canary.",
        ),
        (
            {"also_affects": "refunds"},
            "also_affects",
            'Expected a list of items but got type "str".',
        ),
        ({"source_url": "not a link"}, "source_url", "Enter a valid URL."),
        (
            {"source_url": "ftp://example.org/x"},
            "source_url",
            "Give an address that begins with https:// or http://.",
        ),
    ],
)
def test_a_wrong_field_is_named_with_a_sentence(wrong, field, sentence):
    before = written()

    answer = caller("engineer").post("/changes", {**PLAN, **wrong})

    assert (answer.status_code, answer.json()["errors"]) == (422, {field: [sentence]})
    assert written() == before


def test_every_wrong_field_is_named_at_once():
    answer = caller("engineer").post(
        "/changes", {"title": 7, "colour": "red", "kind": "x", "planned_start_at": "y"}
    )

    wrong = {"kind", "title", "service", "environment", "planned_start_at", "colour"}
    assert set(answer.json()["errors"]) == wrong


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"service": "paymets-api"}, "service"),
        ({"environment": "x"}, "environment"),
        ({"service": ""}, "service"),
        ({"service": None}, "service"),
        ({"service": 7}, "service"),
        ({"revision": ["a"]}, "revision"),
        ({"revision": "x" * 121}, "revision"),
        ({"change": "nonsense"}, "change"),
        ({"change": "CHG-" + "9" * 19}, "change"),
        ({"bypass": True}, "bypass"),
        ({"pipeline": {"url": "x"}}, "pipeline.url"),
        ({"pipeline": {"job": "x"}}, "pipeline.job"),
        ({"pipeline": []}, "pipeline.non_field_errors"),
        ({"open": {}}, "open.template"),
        ({"open": {"template": 7}}, "open.template"),
    ],
)
def test_a_wrong_question_names_the_field(wrong, field):
    before = written()

    answer = caller("ci").post("/gate", {**QUESTION, **wrong})

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert written() == before


def test_the_gate_suggests_the_service_that_was_meant():
    answer = caller("ci").post("/gate", {**QUESTION, "service": "paymets-api"})

    assert answer.json()["errors"] == {
        "service": ["There is no service paymets-api. Did you mean payments-api?"]
    }


def test_a_wrong_edit_names_the_field_and_keeps_the_change():
    ref = filed(**period())
    before = caller("engineer").get(f"/changes/{ref}").json()

    answers = {
        field: caller("engineer").patch(f"/changes/{ref}", {field: value})
        for field, value in {
            "title": "",
            "service": "zzz",
            "service ": "zzz",
            "edition": 7,
            "planned_end_at": "2001-01-01T00:00:00Z",
            "environment": None,
        }.items()
    }

    assert {field: list(one.json()["errors"]) for field, one in answers.items()} == {
        field: [field] for field in answers
    }
    assert caller("engineer").get(f"/changes/{ref}").json() == before


def test_a_thousand_unknown_fields_are_not_all_repeated():
    answer = caller("engineer").post(
        "/changes", {**PLAN, **{f"{'x' * 500}{number}": 1 for number in range(1000)}}
    )

    assert answer.status_code == 422
    assert len(answer.content) < 10_000


def test_a_text_of_html_and_quotes_is_kept_as_it_is():
    odd = "<script>alert('x')</script> \"; DROP TABLE changes_change; -- \u202e 🌊"

    ref = filed(title=odd, description=json.dumps(odd))

    body = caller("engineer").get(f"/changes/{ref}").json()
    assert (body["title"], body["description"]) == (odd, json.dumps(odd))
