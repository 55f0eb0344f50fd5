"""Who knows how what a message tells of stands now, by the letters its ref begins with."""

from incidents.updates import standings
from ledger.standings import Reader

READERS: dict[str, Reader] = {"INC": standings.of_incident}
