"""From a ref to the change it names."""

import re
from collections.abc import Sequence

from catalog.models import User
from catalog.prepared import Prepared
from changes.models import Change

_REF = re.compile(r"CHG-([1-9][0-9]{0,17})", re.IGNORECASE | re.ASCII)


class NoSuchChange(LookupError):
    """No change has this ref."""

    def __init__(self, ref: str) -> None:
        self.ref = ref
        super().__init__(f"There is no change {ref}.")


def number_of(ref: str) -> int:
    """1042 for `CHG-1042`; raises `NoSuchChange` for text that is no ref."""
    match = _REF.fullmatch(ref.strip())
    if match is None:
        raise NoSuchChange(ref)
    return int(match[1])


def known_ref(ref: str) -> str:
    """`CHG-1042` for any way to write it, "" for text that is no ref."""
    match = _REF.fullmatch(ref.strip())
    return f"CHG-{match[1]}" if match else ""


def by_ref(*, ref: str) -> Change:
    """The change, with the rows a page names joined; raises `NoSuchChange`."""
    related = ("service", "environment", "team", "author", "implementer", "template", "incident")
    found = Change.objects.select_related(*related).filter(pk=number_of(ref)).first()
    if found is None:
        raise NoSuchChange(ref)
    return found


_PLACED = ("service", "environment", "team")
_BY_KEY = "t.id = %(number)s::bigint"
_ALONE = Prepared(Change, *_PLACED, where=_BY_KEY)
_LOCKED = Prepared(Change, *_PLACED, where=_BY_KEY, ending="FOR UPDATE OF t")
_BOTH_LOCKED = Prepared(
    Change, *_PLACED, where=_BY_KEY, ending="FOR NO KEY UPDATE OF t, environment"
)
_PEOPLE = Prepared(User, where="t.id = ANY(%(keys)s::bigint[])")


def locked(*, ref: str, and_environment: bool = False) -> Change:
    """The change with its row locked until the transaction ends; raises `NoSuchChange`.

    With its environment where asked: whoever starts something there, or takes it, goes in turn.
    """
    rows = _BOTH_LOCKED if and_environment else _LOCKED
    found = rows.first(number=number_of(ref))
    if found is None:
        raise NoSuchChange(ref)
    return found


def with_people(change: Change, names: Sequence[str], *, known: User | None = None) -> Change:
    """The change with the users that these of its foreign keys point to.

    One statement, or none where all are the one who is `known`.
    """
    keys = {name: getattr(change, f"{name}_id") for name in names}
    people = {known.pk: known} if known else {}
    wanted = sorted({key for key in keys.values() if key is not None} - set(people))
    people |= {user.pk: user for user in (_PEOPLE.rows(keys=wanted) if wanted else ())}
    for name, key in keys.items():
        change._state.fields_cache[name] = people.get(key)
    return change


def placed(*, ref: str) -> Change:
    """The change with its service, environment and team; raises `NoSuchChange`."""
    found = _ALONE.first(number=number_of(ref))
    if found is None:
        raise NoSuchChange(ref)
    return found
