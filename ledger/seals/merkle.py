"""Merkle trees as in RFC 6962, section 2.1: one digest that stands for many events, in order.

# Note [Leaf of an event]
A leaf is SHA-256 over the byte 00 and the text of two lines without a final line feed: the event's
id in decimal, and its `digest` (Note [Digest of an event]). A node is SHA-256 over the byte 01 and
its two children. A node without a neighbour moves up as it is.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Literal, NamedTuple

LEAF, NODE = b"\x00", b"\x01"


class Step(NamedTuple):
    """A sibling on the way from a leaf to the root, and the side it stands on."""

    side: Literal["left", "right"]
    digest: bytes


def leaf(*, number: int, digest: str) -> bytes:
    """The leaf of the event with this id and digest."""
    return sha256(LEAF + f"{number}\n{digest}".encode()).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over one leaf or more."""
    return _levels(leaves)[-1][0]


def path(leaves: Sequence[bytes], *, index: int) -> list[Step]:
    """The siblings by which the leaf at `index`, from 0, leads to the root."""
    steps: list[Step] = []
    for level in _levels(leaves)[:-1]:
        sibling = index ^ 1
        if sibling < len(level):
            steps.append(Step("right" if sibling > index else "left", level[sibling]))
        index //= 2
    return steps


def followed(start: bytes, steps: Sequence[Step]) -> bytes:
    """Where the path leads from a leaf: the root, if the leaf is in the tree."""
    digest = start
    for side, sibling in steps:
        pair = sibling + digest if side == "left" else digest + sibling
        digest = sha256(NODE + pair).digest()
    return digest


def _levels(leaves: Sequence[bytes]) -> list[Sequence[bytes]]:
    """The leaves, what they pair to, and so on up to the root."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = [
            sha256(NODE + below[at] + below[at + 1]).digest() for at in range(0, len(below) - 1, 2)
        ]
        levels.append([*pairs, below[-1]] if len(below) % 2 else pairs)
    return levels
