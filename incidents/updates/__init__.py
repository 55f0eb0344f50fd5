"""Updates: what those affected by an incident are told, inside the house and for everybody.

A draft is prefilled from how the incident stands; publishing is an event, which subscriptions
carry to mail, chat and other status pages, and our own status page shows what is public.
"""

from incidents.updates.drafting import Draft, draft
from incidents.updates.due import due_at
from incidents.updates.inside import InsideWords
from incidents.updates.publishing import publish

__all__ = ["Draft", "InsideWords", "draft", "due_at", "publish"]
