"""The ledger's pages in the admin."""

from ledger.admin.catalogue import RecordedAdmin
from ledger.admin.deliveries import DeliveryAdmin
from ledger.admin.events import EventAdmin
from ledger.admin.messages import MessageAdmin
from ledger.admin.seals import SealAdmin
from ledger.admin.sources import SourceAdmin, SourceKeyAdmin
from ledger.admin.subscriptions import SubscriptionAdmin
from ledger.admin.trust import IssuerAdmin, TrustRuleAdmin

__all__ = [
    "DeliveryAdmin",
    "EventAdmin",
    "IssuerAdmin",
    "MessageAdmin",
    "RecordedAdmin",
    "SealAdmin",
    "SourceAdmin",
    "SourceKeyAdmin",
    "SubscriptionAdmin",
    "TrustRuleAdmin",
]
