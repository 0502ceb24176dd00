"""Telling systemd how we are.

Source: sd_notify(3), systemd 252: one datagram of `KEY=value` lines to the socket in $NOTIFY_SOCKET.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from datetime import timedelta


class Notifier:
    """Sends states to the service manager; does nothing outside of systemd."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        microseconds = environ.get("WATCHDOG_USEC", "")
        self.watchdog = timedelta(microseconds=int(microseconds)) / 2 if microseconds.isdigit() else None
        """How often WATCHDOG=1 is wanted; None when nobody watches."""

    def tell(self, state: str) -> None:
        """Send one state, such as `READY=1`. Raises OSError when the manager's socket is gone."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.sendto(state.encode(), self._address)
