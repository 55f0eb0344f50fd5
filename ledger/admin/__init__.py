"""The ledger's pages in the admin."""

from ledger.admin.catalogue import RecordedAdmin
from ledger.admin.deliveries import DeliveryAdmin
from ledger.admin.events import EventAdmin
from ledger.admin.seals import SealAdmin
from ledger.admin.subscriptions import SubscriptionAdmin

__all__ = ["DeliveryAdmin", "EventAdmin", "RecordedAdmin", "SealAdmin", "SubscriptionAdmin"]
