"""Conditions as rows of a form: they come and go without any script."""

import re

import pytest

from changes.admin import outline
from changes.admin.outline import Row
from tests.changes.admin.test_policies import ADD, FILLED, TREE, written
from tests.changes.policies.custom.given import is_


@pytest.mark.parametrize(
    ("edit", "shape"),
    [
        ("condition:0", "0g 1c 1g 2c 2c 1c 1c"),
        ("condition:2", "0g 1c 1g 2c 2c 2c 1c"),
        ("group:2", "0g 1c 1g 2c 2c 2g 3c 1c"),
        ("remove:2", "0g 1c 1c"),
        ("remove:3", "0g 1c 1g 2c 1c"),
        ("remove:0", "0g 1c 1g 2c 2c 1c"),
        ("condition:1", "0g 1c 1g 2c 2c 1c"),
        ("group:99", "0g 1c 1g 2c 2c 1c"),
        ("fly:x", "0g 1c 1g 2c 2c 1c"),
    ],
)
def test_rows_come_and_go_without_script_and_nothing_is_saved(signed_in, edit: str, shape: str):
    before = written()

    page = signed_in("manager").post(ADD, FILLED | {"_edit": edit, "message": ""})

    assert page.status_code == 200
    assert page.context["shape"] == shape
    content = page.content.decode()
    assert "Say what is wrong" not in content
    assert 'value="No risky work on Fridays"' in content
    assert re.search(r'name="verbs" value="start"[^>]* checked', content)
    assert written() == before


def test_groups_go_five_deep_and_no_deeper(signed_in):
    page = signed_in("manager").post(
        ADD, FILLED | {"shape": "0g 1g 2g 3g 4g 5c", "_edit": "group:4"}
    )

    assert page.context["shape"] == "0g 1g 2g 3g 4g 5c"
    assert 'value="group:3"' in page.content.decode()
    assert 'value="group:4"' not in page.content.decode()


@pytest.mark.parametrize("shape", ["", "1c", "5g", "0g 9c", "0c", "x", "0g 5g 5g 5c", "0g\x00"])
def test_a_broken_shape_becomes_rows_all_the_same(shape: str):
    rows = outline.posted({"shape": shape})

    assert rows[0].is_group
    assert rows[0].depth == 0
    assert outline.shape(rows)


def test_rows_and_conditions_are_the_same_thing_twice():
    assert outline.plain_of(outline.rows_of(TREE)) == {
        "all": [
            is_("kind", "normal"),
            {"any": [is_("tier", "2", "at_most"), is_("category", ["database", "network"], "in")]},
            is_("weekday", "friday", zone="Europe/Berlin"),
        ]
    }
    assert outline.rows_of({}) == [Row(0, True), Row(1, False)]
