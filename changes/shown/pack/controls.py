"""Which points of which control a change's evidence answers, and which it does not show. Pure.

The points are told in our own words. Sources: PCI DSS 4.0.1 requirement 6.5.1; AICPA trust services
criteria (2017, points of focus of 2022) CC8.1; ISO/IEC 27001:2022 annex A 8.32 with the guidance of
ISO/IEC 27002:2022 8.32.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from changes.shown.pack.claims import Claims
from changes.shown.pack.words import (
    Finding,
    approved,
    authorised,
    communicated,
    emergency,
    failures,
    impact,
    implemented,
    planned,
    reason,
    recorded,
    security,
    tested,
    tracked,
)


class Standing(StrEnum):
    SHOWN = "shown"
    NOT_SHOWN = "not_shown"
    DOES_NOT_APPLY = "does_not_apply"


@dataclass(frozen=True, slots=True)
class Point:
    """One thing a control asks; `section` is where in the pack it is answered."""

    what: str
    standing: Standing
    why: str
    section: str


@dataclass(frozen=True, slots=True)
class Control:
    """One control with its points, as they stand for one change."""

    name: str
    asks: str
    points: tuple[Point, ...]

    @property
    def shown(self) -> int:
        return sum(point.standing is Standing.SHOWN for point in self.points)

    @property
    def applying(self) -> int:
        return sum(point.standing is not Standing.DOES_NOT_APPLY for point in self.points)


def controls(claims: Claims) -> list[Control]:
    """Every control, every point of it ticked or said not to be shown."""
    return [
        Control(name, asks, tuple(_point(*asked, claims=claims) for asked in points))
        for name, asks, points in CONTROLS
    ]


def _point(what: str, section: str, look: Callable[[Claims], Finding], *, claims: Claims) -> Point:
    found, why = look(claims)
    standing = {
        True: Standing.SHOWN,
        False: Standing.NOT_SHOWN,
        None: Standing.DOES_NOT_APPLY,
    }[found]
    return Point(what, standing, why, section)


def _outside(words: str) -> Callable[[Claims], Finding]:
    """A point that lies outside what is kept here, and so is never shown by it."""
    return lambda _claims: (False, words)


_CODE = _outside(
    "tests of the code itself are kept where it is built; the links under “Plan” lead there"
)
_DOCUMENTS = _outside("whether operating documentation was updated is not kept here")
_CONTINUITY = _outside("whether continuity plans were updated is not kept here")

CONTROLS: Final = (
    (
        "PCI DSS 4.0.1, 6.5.1",
        "Changes in the production environment follow procedures that include:",
        (
            ("Reason for the change, and its description", "plan", reason),
            ("Documentation of security impact", "plan", security),
            ("Documented approval by authorised parties", "approvals", approved),
            ("Testing that it does not harm the security of the system", "checks", tested),
            ("Bespoke software: updates tested against 6.2.4 before deployment", "plan", _CODE),
            ("Procedures for failures, and to return to a secure state", "plan", failures),
        ),
    ),
    (
        "SOC 2, CC8.1",
        "Changes are authorised, designed, documented, tested, approved and implemented:",
        (
            ("Authorised before it was implemented", "approvals", authorised),
            ("Designed: how it is done is written before", "plan", planned),
            ("Documented: reason, description and impact", "plan", impact),
            ("Tracked from request to end, with nothing rewritten", "timeline", tracked),
            ("Tested", "checks", tested),
            ("Approved by others than its author", "approvals", approved),
            ("Implemented as approved", "deployments", implemented),
            ("Emergencies: documented, and reviewed afterwards", "incidents", emergency),
        ),
    ),
    (
        "ISO/IEC 27001:2022, A.8.32",
        "Changes are subject to change management procedures (guidance of ISO/IEC 27002, 8.32):",
        (
            ("Planned, and its impact assessed", "risk", impact),
            ("Authorised", "approvals", approved),
            ("Communicated to those concerned", "messages", communicated),
            ("Tested, with tests accepted", "checks", tested),
            ("Implemented by its plan", "deployments", implemented),
            ("Emergencies and fall-back considered", "plan", failures),
            ("Records kept of all of it", "timeline", recorded),
            ("Operating documentation updated", "plan", _DOCUMENTS),
            ("Continuity plans updated", "plan", _CONTINUITY),
        ),
    ),
)
