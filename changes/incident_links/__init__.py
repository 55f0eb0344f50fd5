"""What changes have to do with an incident: said by people, and taken back by one of them."""

from changes.incident_links.rolling_back import PREPARED, Prepared, may_take_back, roll_back
from changes.incident_links.saying import LINKED, Said, link, may_decide

__all__ = [
    "LINKED",
    "PREPARED",
    "Prepared",
    "Said",
    "link",
    "may_decide",
    "may_take_back",
    "roll_back",
]
