"""What a trust rule asks of claims: pure, so told as tables."""

import time

import pytest

from catalog import claims


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("main", "main", True),
        ("main", "Main", False),
        ("main", "main ", False),
        ("main", "xmain", False),
        ("acme/*", "acme/shop", True),
        ("acme/*", "acme/shop/deep", False),
        ("acme/*", "acme/", True),
        ("acme/*", "evil/acme/shop", False),
        ("acme/**", "acme/group/shop", True),
        ("refs/heads/release/**", "refs/heads/release/1/2", True),
        ("refs/heads/*", "refs/heads/a\nb", True),
        ("v*.*", "v1.2", True),
        ("v*.*", "v12", False),
        ("a**c*e", "abc/cde", True),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
        ("?", "x", False),
        ("true", True, True),
        ("true", "true", True),
        ("false", False, True),
        ("42", 42, True),
        ("1", True, False),
        ("*", None, False),
        ("**", ["a"], False),
        ("**", {"a": 1}, False),
        ("**", 1.5, False),
        ("**", "x" * 1001, False),
    ],
)
def test_a_claim_fits_a_pattern(pattern, value, fits):
    assert claims.matches(pattern, value) is fits


def test_a_hostile_pattern_is_answered_at_once():
    started = time.perf_counter()

    assert not claims.matches("*a" * 149 + "b", "a" * 1000)

    assert time.perf_counter() - started < 2


SHOP = {"repository": "acme/shop"}


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        ({}, "Give 1 to 20 claims"),
        (["repository"], "Give 1 to 20 claims"),
        ({f"claim_{n}": "x" for n in range(21)}, "Give 1 to 20 claims"),
        ({"ref": "refs/heads/main"}, "Name whose pipeline it is"),
        ({"sub": "repo:acme/shop:ref:refs/heads/main"}, "Name whose pipeline it is"),
        ({"repository_owner": "acme"}, "Name whose pipeline it is"),
        ({"job_workflow_ref": "acme/flows/deploy.yml@main"}, "Name whose pipeline it is"),
        ({"repository": "*"}, "write the owner out"),
        ({"repository": "**"}, "write the owner out"),
        ({"repository": "*/shop"}, "write the owner out"),
        ({"repository": "acme*/shop"}, "write the owner out"),
        ({"repository": "acme"}, "write the owner out"),
        ({"project_path": "/shop"}, "write the owner out"),
        ({"repository_id": "*"}, "give the number"),
        ({"project_id": "4*"}, "give the number"),
        (SHOP | {"iss": "x"}, "iss is looked at by itself"),
        (SHOP | {"aud": "x"}, "aud is looked at by itself"),
        (SHOP | {"Ref": "x"}, "“Ref” is no name of a claim"),
        (SHOP | {"ref": ""}, "ref: give a text"),
        (SHOP | {"ref": 7}, "ref: give a text"),
        (SHOP | {"ref": "x" * 301}, "ref: give a text"),
        (SHOP | {"ref": "***"}, "ref: write * for any"),
    ],
)
def test_a_rule_that_would_let_strangers_in_is_refused(conditions, told):
    (found,) = claims.faults(conditions)
    assert told in found


@pytest.mark.parametrize(
    "conditions",
    [
        SHOP,
        {"repository": "acme/*", "ref": "refs/heads/**"},
        {"repository_id": "74"},
        {"project_path": "acme/group/shop", "ref_protected": "true"},
        {"project_id": "22"},
    ],
)
def test_a_rule_that_says_whose_pipeline_it_is_is_kept(conditions):
    assert claims.faults(conditions) == []


def test_every_claim_that_does_not_match_is_named():
    conditions = {**SHOP, "ref": "refs/heads/main", "environment": "production"}
    found = {"repository": "acme/shop", "ref": "refs/heads/x"}

    wrong = claims.objections(conditions, found)

    assert [claims.shown(found, name) for name in wrong] == [
        "ref is “refs/heads/x”",
        "environment is missing",
    ]
    assert claims.concerns(conditions, found)
    assert not claims.concerns(conditions, {"repository": "acme/other", "ref": "refs/heads/main"})
