"""Who writes the answers that programs of other tools wait for, by channel."""

from changes.waiting_runs.tools import TOOLS
from incidents.status_page import mailing
from ledger.channels.replies import Channel

CHANNELS: dict[str, Channel] = {
    **{vendor: tool.send for vendor, tool in TOOLS.items()},
    mailing.CHANNEL: mailing.send,
}
