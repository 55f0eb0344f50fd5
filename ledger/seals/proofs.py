"""Proof that an event is in a seal: the way from its leaf to the signed root."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.db import connection

from ledger.models import Event, Seal
from ledger.seals import merkle

_SEALS = """
SELECT DISTINCT ON (seal.number) seal.*
FROM unnest(%s::bigint[]) AS event (id)
CROSS JOIN LATERAL (
    SELECT * FROM ledger_seal WHERE last_id >= event.id ORDER BY last_id LIMIT 1) seal
ORDER BY seal.number
"""
_LEAVES = """
SELECT seal.number, event.id, event.digest
FROM ledger_seal seal
JOIN ledger_event event ON event.id BETWEEN seal.first_id AND seal.last_id
WHERE seal.number = ANY(%s)
ORDER BY event.id
"""


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where an event stands in a seal: its leaf, and the siblings that lead to the root.

    `holds` says whether they do: where not, events of the seal were changed behind the ledger.
    """

    seal: Seal
    index: int
    leaf: bytes
    path: tuple[merkle.Step, ...]

    @property
    def holds(self) -> bool:
        return merkle.followed(self.leaf, self.path).hex() == self.seal.root


def inclusions(*, events: Iterable[Event]) -> dict[int, Inclusion]:
    """The proof of each event, by its id; events that are not sealed yet have none.

    Two statements, however many events and seals. Reads all events of the seals that they are in.
    """
    wanted = {event.pk for event in events}
    seals = {seal.number: seal for seal in Seal.objects.raw(_SEALS, [list(wanted)])}
    found: dict[int, Inclusion] = {}
    for number, rows in groupby(_leaves(list(seals)), key=lambda row: row[0]):
        found |= _of_seal(seals[number], [(key, digest) for _, key, digest in rows], wanted)
    return found


def _of_seal(seal: Seal, rows: list[tuple[int, str]], wanted: set[int]) -> dict[int, Inclusion]:
    leaves = [merkle.leaf(number=key, digest=digest) for key, digest in rows]
    return {
        key: Inclusion(seal, index, leaves[index], tuple(merkle.path(leaves, index=index)))
        for index, (key, _) in enumerate(rows)
        if key in wanted
    }


def _leaves(numbers: list[int]) -> list[tuple[int, int, str]]:
    if not numbers:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_LEAVES, [numbers])
        return list(cursor.fetchall())
