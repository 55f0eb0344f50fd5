"""Examples of windows."""

from changes.api.examples import sent

ONE_OFF = sent(
    "A one-off freeze",
    {
        "name": "Black Friday",
        "effect": "freeze",
        "reason": "the busiest day of the year",
        "scope": {"environments": ["production"], "tiers": [1, 2]},
        "starts_at": "2026-11-27T00:00:00+01:00",
        "ends_at": "2026-12-01T09:00:00+01:00",
    },
)
RECURRING = sent(
    "A weekend freeze",
    {
        "name": "Weekend of the payments team",
        "effect": "freeze",
        "scope": {"teams": ["payments"], "except": {"standard_up_to_risk": "low"}},
        "recurrence": "FREQ=WEEKLY;BYDAY=FR",
        "start_time": "16:00",
        "duration": "PT62H",
        "time_zone": "Europe/Amsterdam",
    },
)
WINDOW_EDIT = sent("A longer freeze", {"ends_at": "2026-12-02T09:00:00+01:00"})
