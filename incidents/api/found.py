"""The incident a request names."""

from django.http import Http404

from incidents import queries
from incidents.models import Incident


def found(ref: str) -> Incident:
    try:
        return queries.by_ref(ref)
    except Incident.DoesNotExist:
        raise Http404(f"There is no incident “{ref}”.") from None
