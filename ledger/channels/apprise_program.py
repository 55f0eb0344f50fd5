"""Run by `ledger.channels.apprise` as a process of its own: one notification, read from stdin.

Needs nothing of Tidegate, so it starts quickly and knows no secret but the one address. Answers by
its exit code: 0 sent, 1 not now, 3 never; and says why in one line, without the address.
"""

import ipaddress
import json
import socket
import sys
from typing import Any

import apprise

LOCAL = frozenset({"dbus", "kde", "glib", "qt", "gnome", "macosx", "windows", "syslog", "smpp"})
_CARRIERS = [
    ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "::/96")
]


class RefusedAddress(OSError):
    """An address that lies inside a network."""


def main() -> int:
    """Notify once; answers the exit code."""
    told = json.load(sys.stdin)
    asset = apprise.AppriseAsset(secure_logging=True, app_id="Tidegate", app_url="")
    notifier = apprise.Apprise.instantiate(told["url"], asset=asset, suppress_exceptions=True)
    if not isinstance(notifier, apprise.NotifyBase):
        print("apprise cannot read the address.")
        return 3
    schemas = {*_words(notifier.protocol), *_words(notifier.secure_protocol)}
    if schemas & LOCAL or not schemas:
        print("apprise would notify this machine, not somebody elsewhere.")
        return 3
    networks = [ipaddress.ip_network(text) for text in told["allowed"]]
    refused: list[str] = []
    plain = told["url"].partition(":")[0].lower() in _words(notifier.protocol)
    _guard(networks, refused, everywhere=not plain)
    if notifier.notify(title=told["title"], body=told["body"]):
        return 0
    if refused:
        print(refused[0])
        return 3
    print("The receiver did not take it; apprise does not say why.")
    return 1


def _words(said: Any) -> set[str]:
    return {said} if isinstance(said, str) else set(said or ())


def _guard(networks: list[Any], refused: list[str], *, everywhere: bool) -> None:
    """Let this process connect to public addresses, where `everywhere`, and to these networks."""

    def checked(address: Any) -> None:
        if not isinstance(address, tuple):
            refused.append("apprise would reach a socket of this machine.")
            raise RefusedAddress("refused")
        found = ipaddress.ip_address(str(address[0]).partition("%")[0])
        found = getattr(found, "ipv4_mapped", None) or found
        inside = any(found in network for network in networks)
        carrier = any(found in network for network in _CARRIERS)
        public = found.is_global and not found.is_multicast and not carrier
        if inside or (public and everywhere):
            return
        why = "which is not encrypted" if public else "which is not a public address"
        refused.append(f"The address leads to {found}, {why}. See WEBHOOK_ALLOWED_NETWORKS.")
        raise RefusedAddress("refused")

    class Guarded(socket.socket):
        def connect(self, address: Any) -> None:
            checked(address)
            super().connect(address)

        def connect_ex(self, address: Any) -> int:
            checked(address)
            return super().connect_ex(address)

        def sendto(self, *arguments: Any) -> int:
            checked(arguments[-1])
            return super().sendto(*arguments)

    socket.socket = Guarded  # type: ignore[misc]


if __name__ == "__main__":
    sys.exit(main())
