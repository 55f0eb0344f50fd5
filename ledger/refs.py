"""Refs: how the ledger names what an event happened to or concerns."""

_SERVICE = "service:"
_TEAM = "team:"
_PAGES = {"CHG": "/changes/", "INC": "/incidents/", "OVR": "/overrides/", "MTG": "/meetings/"}


def of_service(slug: str) -> str:
    """`service:checkout`"""
    return _SERVICE + slug


def of_team(slug: str) -> str:
    """`team:payments`"""
    return _TEAM + slug


def page_of(ref: str) -> str:
    """The path of the page of a ref, such as /changes/CHG-12; / where it has none."""
    if ref.startswith("template:"):
        return f"/templates/{ref.removeprefix('template:')}"
    kind, _, number = ref.partition("-")
    return _PAGES[kind] + ref if kind in _PAGES and number.isdecimal() else "/"
