"""Seals: which events there were, proved to whoever does not trust the database.

`making` seals, `proofs` shows that an event is in a seal, `merkle` and `statement` are pure.
"""

SUBJECT = "ledger"
SEALED = "ledger.sealed"
PURPOSE = "seal"
