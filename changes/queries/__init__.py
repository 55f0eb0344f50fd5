"""Reads: one change, its facts for the rules, its plan, and the lists people look through."""

from changes.queries.refs import NoSuchChange, by_ref, number_of
from changes.queries.rows import kept_digests, row_digest, row_digests

__all__ = ["NoSuchChange", "by_ref", "kept_digests", "number_of", "row_digest", "row_digests"]
