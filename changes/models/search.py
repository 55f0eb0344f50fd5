"""What changes are found by."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from changes.models.change import Change


class SearchText(models.Model):
    """The words of one change, weighted: title, then ref, service, revision, then the plans.

    # Note [Words are kept by a trigger]
    The trigger `change_can_be_searched` writes them in the transaction that writes the change,
    whoever writes it, and costs no round trip. It fires on the columns it reads, so a change that
    only moves pays nothing. The words stand in a table of their own because a GIN index on the
    change itself would be written again at every move.
    """

    change = models.OneToOneField(
        Change, primary_key=True, on_delete=models.PROTECT, related_name="search_text"
    )
    words = SearchVectorField()

    class Meta:
        indexes = [
            # A long pending list would be read through by every search, so it is kept short (kB).
            GinIndex(fields=["words"], name="search_text_words", gin_pending_list_limit=256),
        ]

    def __str__(self) -> str:
        return f"words of CHG-{self.change_id}"
