"""The evidence pack of a change: one document, shown as JSON and as a page that stands alone."""

from changes.shown.pack.document import document

__all__ = ["document"]
