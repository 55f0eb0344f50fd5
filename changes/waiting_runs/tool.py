"""What is to be known of a tool whose runs wait here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from changes.models import WaitingRun
from changes.waiting_runs.words import Said
from ledger.models import Delivery


class Gone(Exception):
    """The run no longer waits for an answer; says why."""


@dataclass(frozen=True, slots=True)
class Tool:
    """How a tool is answered.

    `written` puts words into its format. `times` is how often it may be told how a run stands
    before it is decided; `hears_the_end` whether it takes a refusal as its time runs out.
    `still_waits` asks it whether a run does: it raises `Gone` where not, and `NotSent` where it
    does not say. `send` is its channel, see `ledger.channels.replies`.
    """

    written: Callable[[Said], str]
    times: int
    hears_the_end: bool
    still_waits: Callable[[WaitingRun, datetime], None]
    send: Callable[[Delivery, datetime], None]
