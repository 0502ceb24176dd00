"""Who makes a request."""

from __future__ import annotations

from msgspec import Struct

from qbitproxy.core.torrent import Torrent

Scope = tuple[str, str]
"""(Arr that asked, category): all of a torrent that decides who sees it."""


class Caller(Struct, frozen=True, kw_only=True):
    """Who makes a request, once credentials are proved."""

    name: str  # user name, token name or Arr name; may be logged
    arr: str = ""  # configured or learned name of the Arr, "" for a person or token
    category: str = ""  # the Arr's own category
    token: bool = False

    def sees(self, torrent: Torrent) -> bool:
        """An Arr sees what it asked for and what lies in its category; a person sees all."""
        return self.sees_scope(scope(torrent))

    def sees_scope(self, scope: Scope) -> bool:
        """The same for every torrent of `scope` at once."""
        arr, category = scope
        return not self.arr or arr == self.arr or category == self.category


def scope(torrent: Torrent) -> Scope:
    """What decides who sees `torrent`."""
    return torrent.request.arr, torrent.category
