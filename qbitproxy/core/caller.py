"""Who makes a request."""

from __future__ import annotations

from msgspec import Struct

from qbitproxy.core.torrent import Torrent


class Caller(Struct, frozen=True, kw_only=True):
    """Who makes a request, once credentials are proved."""

    name: str  # user name, token name or Arr name; may be logged
    arr: str = ""  # configured or learned name of the Arr, "" for a person or token
    category: str = ""  # the Arr's own category
    token: bool = False

    def sees(self, torrent: Torrent) -> bool:
        """An Arr sees what it asked for and what lies in its category; a person sees all."""
        return not self.arr or torrent.request.arr == self.arr or torrent.category == self.category
