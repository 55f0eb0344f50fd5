"""From a ref to the change it names."""

import re

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


def by_ref(*, ref: str) -> Change:
    """The change, with the rows a page names joined; raises `NoSuchChange`."""
    related = ("service", "environment", "team", "author", "implementer", "template", "incident")
    found = Change.objects.select_related(*related).filter(pk=number_of(ref)).first()
    if found is None:
        raise NoSuchChange(ref)
    return found


def locked(*, ref: str) -> Change:
    """The change with its row locked until the transaction ends; raises `NoSuchChange`."""
    found = (
        Change.objects.select_for_update(of=("self",))
        .select_related("service", "environment", "team")
        .filter(pk=number_of(ref))
        .first()
    )
    if found is None:
        raise NoSuchChange(ref)
    return found
