"""Standard templates: drafted, proposed, approved, published, suspended, reinstated, retired.

Every function takes `actor` and `now`, raises `Refused` with the whole Decision when the rules say
no, `ValidationError` with a sentence for each wrong field, and `NoSuchTemplate`; nothing is written
then. The rules are in `changes.policies.templates`.

# Note [Versions of a template]
A published template stands for an approval given beforehand, so its words change by another
approval only: somebody proposes other words, somebody else approves them, and they are its next
version. The first version is approved before it is published. All of them are kept for ever.
"""

from changes.lifecycle.suspending import judge_all
from changes.standards.answering import approve, send_back, withdraw
from changes.standards.drafting import check, save
from changes.standards.moving import publish, reinstate, retire, suspend
from changes.standards.proposing import Asked, propose
from changes.standards.ruling import check_rule, save_rule

__all__ = [
    "Asked",
    "approve",
    "check",
    "check_rule",
    "judge_all",
    "propose",
    "publish",
    "reinstate",
    "retire",
    "save",
    "save_rule",
    "send_back",
    "suspend",
    "withdraw",
]
