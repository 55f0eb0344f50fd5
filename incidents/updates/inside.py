"""Words that belong inside, in what the public is about to read. Pure but for `internal_names`.

# Note [Words from the inside]
Whoever writes to the public at night pastes from the war room. So a public title or message that
names a service of the catalogue, a host, an address or a ref is not published before the person
has seen the words and says that they may stand. What is the public name of a component is no such
word, and neither is the address of the status page. It finds what looks like it, and proves
nothing.
"""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

from catalog.models import Service
from incidents.models import Component

_REFS: Final = re.compile(r"\b(?:CHG|INC|SEAL)-\d+\b", re.IGNORECASE)
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ADDRESS: Final = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
_NUMBERED: Final = re.compile(r"\b[a-z]{2,}(?:-[a-z]+)*-\d{1,4}\b")  # db-7, web-eu-01
_DOTTED: Final = re.compile(r"\b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}\b", re.IGNORECASE)
_INSIDE: Final = frozenset({"internal", "intern", "local", "localdomain", "lan", "corp", "svc"})
_PUBLIC_HOSTS: Final = frozenset({"www", "status", "help", "support"})
_DEEP: Final = 3  # Labels of a name such as db.eu.example: a machine rather than a site.


class InsideWords(ValidationError):
    """What is to be published names what is inside; `words` are those found."""

    def __init__(self, words: dict[str, list[str]]) -> None:
        self.words = sorted({word for some in words.values() for word in some}, key=str.lower)
        super().__init__(
            {
                field: f"This names what is inside: {', '.join(some)}. Say it otherwise, or say "
                "that it may stand."
                for field, some in words.items()
            }
        )


def found_in(text: str, *, names: Iterable[str], site: str = "") -> list[str]:
    """The words of a text that belong inside, in its order, each once.

    `names` are the slugs of services that no public name contains, `site` the host of the status
    page.
    """
    found = [
        *_MAIL.finditer(text),
        *_REFS.finditer(text),
        *_ADDRESS.finditer(text),
        *_NUMBERED.finditer(text),
        *(one for one in _DOTTED.finditer(text) if _is_machine(one[0], site=site)),
        *_named(text, names),
    ]
    spans: list[tuple[int, int]] = []
    for one in sorted(found, key=lambda hit: (hit.start(), -hit.end())):
        if not spans or one.start() >= spans[-1][1]:
            spans.append(one.span())
    return list(dict.fromkeys(text[start:end] for start, end in spans))


def demand_public(**texts: str) -> None:
    """Raise `InsideWords` where one of the texts names what is inside. Two statements."""
    names, site = internal_names(), urlsplit(settings.STATUS_PAGE_URL).hostname or ""
    words = {field: found_in(text, names=names, site=site) for field, text in texts.items()}
    if any(words.values()):
        raise InsideWords({field: some for field, some in words.items() if some})


def internal_names() -> list[str]:
    """The slugs of services, but those that stand in the public name of a component."""
    shown = Component.objects.filter(is_shown=True).values_list("name", flat=True)
    public = {word for name in shown for word in re.split(r"\W+", name.lower())}
    public |= {name.lower() for name in shown}
    slugs = Service.objects.filter(is_active=True).values_list("slug", flat=True)
    return [slug for slug in slugs if slug.lower() not in public]


def _is_machine(name: str, *, site: str) -> bool:
    labels = name.lower().split(".")
    if name.lower() == site:
        return False
    deep = len(labels) >= _DEEP and labels[0] not in _PUBLIC_HOSTS
    return labels[-1] in _INSIDE or deep


def _named(text: str, names: Iterable[str]) -> list[re.Match[str]]:
    """Where a slug stands as a word of its own, and not within a longer one."""
    known = {name.lower() for name in names}
    words = re.finditer(r"[\w-]+", text)
    return [one for one in words if one[0].lower().strip("-") in known]
