"""Policy rules as YAML: out, in, dry, twice, wrong, hostile."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from changes.models import PolicyRule, PolicyVersion
from changes.rulebook import exchange
from ledger.decision import Refused
from ledger.models import Event
from tests.changes.rulebook.given import always, saved
from tests.living import NINE, at, person, settle

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def settled() -> None:
    settle()


FILE = """\
# Policy rules of Tidegate: `policy import` reads this, `policy export` wrote it.
version: 1
rules:
- name: CAB for databases
  active: true
  effect: require
  mode: shadow
  authority: cab
  count: 2
  when:
    all:
    - field: category
      operator: in
      value:
      - database
      - network
- name: No risky Fridays
  active: true
  effect: deny
  mode: enforce
  verbs:
  - start
  - deploy
  message: Nobody is there to help on Friday afternoons.
  remedy: Plan it for Monday.
  when:
    all:
    - field: kind
      operator: is
      value: normal
    - field: weekday
      operator: is
      value: friday
      zone: Europe/Berlin
    - field: time
      operator: after
      value: '14:00'
      zone: Europe/Berlin
"""


def take_in(text: str, *, by: str = "manager", minutes: float = 0, dry: bool = False) -> list[Any]:
    steps = exchange.take_in(text, actor=person(by), now=at(minutes), dry_run=dry)
    return [(step.name, str(step.did), step.version) for step in steps]


def mistakes(text: str) -> list[str]:
    before = written()
    with pytest.raises(ValidationError) as refused:
        take_in(text)
    assert written() == before
    return refused.value.message_dict["yaml"]


def written() -> tuple[int, int, int]:
    return PolicyRule.objects.count(), PolicyVersion.objects.count(), Event.objects.count()


def test_what_goes_in_comes_out_the_same():
    assert take_in(FILE) == [
        ("CAB for databases", "created", 1),
        ("No risky Fridays", "created", 1),
    ]

    assert exchange.export() == FILE
    assert set(PolicyRule.objects.values_list("managed_in", flat=True)) == {"git"}


def test_the_same_file_again_changes_nothing():
    take_in(FILE)
    before = written()

    assert take_in(FILE, minutes=5) == [
        ("CAB for databases", "unchanged", 1),
        ("No risky Fridays", "unchanged", 1),
    ]
    assert written() == before


def test_times_need_no_quotes():
    take_in(FILE.replace("'14:00'", "14:00"))

    assert exchange.export() == FILE


def test_a_dry_run_tells_the_diff_and_writes_nothing():
    take_in(FILE)
    before = written()
    changed = FILE.replace("count: 2", "count: 1")

    (asks, _) = exchange.take_in(changed, actor=person("manager"), now=at(5), dry_run=True)

    assert (str(asks.did), asks.version) == ("edited", 2)
    assert asks.diff.splitlines() == [
        "@@ -4,5 +4,5 @@",
        " mode: shadow",
        " authority: cab",
        "-count: 2",
        "+count: 1",
        " when:",
        "   all:",
    ]
    assert written() == before
    assert PolicyRule.objects.get(name="CAB for databases").count == 2


def test_a_rule_the_file_leaves_out_is_ended_and_one_of_the_admin_stays():
    always(name="Of the admin")
    take_in(FILE)

    assert take_in("version: 1\nrules: []\n", minutes=5) == [
        ("CAB for databases", "ended", 2),
        ("No risky Fridays", "ended", 2),
    ]
    active = PolicyRule.objects.filter(is_active=True)
    assert list(active.values_list("name", "managed_in")) == [("Of the admin", "")]
    assert take_in("version: 1\nrules: []\n", minutes=6) == []


def test_a_rule_of_the_admin_that_a_file_names_is_kept_in_git_from_then_on():
    saved()

    steps = take_in(FILE)

    assert ("No risky Fridays", "edited", 2) in steps
    assert PolicyRule.objects.get(name="No risky Fridays").managed_in == "git"
    event = Event.objects.filter(verb="policy_rule.edited").get()
    assert event.data["diff"] == {"managed_in": ["", "git"]}


def test_all_or_nothing():
    assert mistakes(FILE.replace("value: friday", "value: fryday").replace("cab", "king")) == [
        "rules[0] “CAB for databases”: authority: Value 'king' is not a valid choice.",
        "rules[1] “No risky Fridays”: when: all[1]: “fryday” is none of monday, tuesday, wednesday,"
        " thursday, friday, saturday, sunday. Did you mean friday?",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The file is no mapping. It begins with `version: 1` and `rules:`."),
        ("[]", "The file is no mapping. It begins with `version: 1` and `rules:`."),
        ("version: 2\nrules: []", "It must say `version: 1`."),
        ("version: true\nrules: []", "It must say `version: 1`."),
        (
            "version: 1\nrules: {}",
            "`rules` must be a list; `rules: []` ends all that are in git.",
        ),
        ("version: 1\nrule: []\nrules: []", "“rule” has no place in the file. Did you mean rules?"),
        ("version: 1\nrules: [x]", "rules[0]: This is no mapping. Begin it with `name:`."),
        (
            "version: 1\nrules: [{name: A, effect: deny, when: {all: []}, verb: [start]}]",
            "rules[0]: “verb” has no place in a rule. Did you mean verbs?",
        ),
        ("version: 1\nrules: [{name: A, effect: deny}]", "rules[0]: It has no when."),
        (
            "version: 1\nrules: [{name: 7, effect: deny, when: {}}]",
            "rules[0]: name must be text.",
        ),
        (
            "version: 1\nrules: [{name: A, effect: deny, when: {}, active: yes}]",
            "rules[0]: active must be true or false.",
        ),
        (
            "version: 1\nrules: [{name: A, effect: deny, when: {}, verbs: [1]}]",
            "rules[0]: verbs must be a list of words.",
        ),
        ("version: 1\nversion: 1", "Line 1: “version” stands twice in one mapping."),
        ("a: &x 1\nb: *x", "Line 1: Anchors, aliases and tags are not read. Write it out."),
        (
            "a: !!python/object/apply:os.system ['true']",
            "Line 1: Anchors, aliases and tags are not read. Write it out.",
        ),
        ("[" * 3000, "Line 1: It is nested more than 20 deep."),
        ("- " * 60_000, "Line 1: It is nested more than 20 deep."),
        ("a\n" * 200_000, "The file is larger than 256 KiB. Split the rules."),
        ("[" + "1," * 60_000 + "]", "Line 1: It has more than 40,000 parts. Split the rules."),
        (
            "a: b\x07c",
            "It is no YAML: Unacceptable character #x0007: special characters are not allowed.",
        ),
        ("a: [", "Line 1: Expected the node content, but found '<stream end>'."),
        ("a: 1\n---\nb: 2", "Line 2: But found another document."),
    ],
)
def test_what_is_no_such_file_is_refused_with_a_sentence(text: str, sentence: str):
    assert sentence in mistakes(text)


def test_a_bomb_of_aliases_is_refused_before_it_grows():
    bomb = "a: &a [x,x]\n" + "".join(f"{n}: &n{n} [*a,*a]\n" for n in "bcdefghij")

    assert mistakes(bomb) == ["Line 1: Anchors, aliases and tags are not read. Write it out."]


def test_a_misspelled_verb_is_refused_and_not_dropped():
    wrong = FILE.replace("  - deploy\n", "  - deply\n")

    assert mistakes(wrong)[0].startswith("rules[1] “No risky Fridays”: verbs: ")


def test_two_rules_of_one_name_are_refused():
    doubled = FILE.replace("CAB for databases", "No risky Fridays")

    assert mistakes(doubled) == ["Two rules are named “No risky Fridays”."]


@pytest.mark.parametrize("name", ["stranger", "engineer", "auditor", "cab-1"])
def test_only_change_managers_import(name: str):
    with pytest.raises(Refused):
        take_in(FILE, by=name)
    assert not PolicyRule.objects.exists()


def said(*arguments: str) -> str:
    out = io.StringIO()
    call_command("policy", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_imports_tells_and_exports(tmp_path: Path):
    file = tmp_path / "policy.yaml"
    file.write_text(FILE)

    dry = said("import", str(file), "--as", "manager", "--dry-run")
    assert dry.endswith("This was a dry run: nothing was written.\n")
    assert not PolicyRule.objects.exists()

    told = said("import", str(file), "--as", "manager")
    assert told.startswith("created: CAB for databases (version 1)\n    @@ -0,0 +1,")
    assert said("export") == FILE
    assert "weekday: The day of the week when it is asked." in said("fields")


@pytest.mark.parametrize(
    ("username", "text", "sentence"),
    [
        ("nobody", FILE, "There is no active user nobody."),
        ("engineer", FILE, "Only change managers write policy rules; engineer is none."),
        ("manager", "version: 1", "`rules` must be a list"),
    ],
)
def test_the_command_ends_with_a_sentence(tmp_path: Path, username: str, text: str, sentence: str):
    file = tmp_path / "policy.yaml"
    file.write_text(text)

    with pytest.raises(CommandError, match=sentence):
        said("import", str(file), "--as", username)
    with pytest.raises(CommandError, match="cannot be read"):
        said("import", str(tmp_path / "none.yaml"), "--as", username)
    assert not PolicyRule.objects.exists()


def test_events_say_when(settings: Any):
    take_in(FILE)

    assert set(Event.objects.filter(subject__startswith="POL-").values_list("at", flat=True)) == {
        NINE
    }
