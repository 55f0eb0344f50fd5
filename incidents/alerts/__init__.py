"""Alerts: taken from every tool in one form, kept once each, routed, and made incidents of."""

from incidents.alerts.acknowledging import acknowledge, may_acknowledge
from incidents.alerts.asking import firing_on
from incidents.alerts.snoozing import remark, snooze, wake
from incidents.alerts.taking import Overtaken, Taken, end_overdue, take
from incidents.alerts.watching import listen

__all__ = [
    "Overtaken",
    "Taken",
    "acknowledge",
    "end_overdue",
    "firing_on",
    "listen",
    "may_acknowledge",
    "remark",
    "snooze",
    "take",
    "wake",
]
