"""Reads: one change, its facts for the rules, its plan, and the lists people look through."""

from changes.queries.refs import NoSuchChange, by_ref, number_of
from changes.queries.rows import KEPT, row_digest, row_digests

__all__ = ["KEPT", "NoSuchChange", "by_ref", "number_of", "row_digest", "row_digests"]
