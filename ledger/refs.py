"""Refs: how the ledger names what an event happened to or concerns."""

from collections.abc import Sequence

_SERVICE = "service:"
_TEAM = "team:"
_PAGES = {"CHG": "/changes/", "INC": "/incidents/"}


def of_service(slug: str) -> str:
    """`service:checkout`"""
    return _SERVICE + slug


def of_team(slug: str) -> str:
    """`team:payments`"""
    return _TEAM + slug


def services_in(refs: Sequence[str]) -> list[str]:
    """The slugs of the services among the refs."""
    return [ref.removeprefix(_SERVICE) for ref in refs if ref.startswith(_SERVICE)]


def teams_in(refs: Sequence[str]) -> list[str]:
    """The slugs of the teams among the refs."""
    return [ref.removeprefix(_TEAM) for ref in refs if ref.startswith(_TEAM)]


def page_of(ref: str) -> str:
    """The path of the page of a ref, such as /changes/CHG-12; / where it has none."""
    kind, _, number = ref.partition("-")
    return _PAGES[kind] + ref if kind in _PAGES and number.isdecimal() else "/"
