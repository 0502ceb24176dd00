"""Who makes a request, how much they may."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from qbitproxy.core.torrent import Torrent

Audience = tuple[str, str]
"""(Arr that asked, category): all of a torrent that decides who sees it."""


class Scope(StrEnum):
    """How much somebody may; each covers those before it."""

    READ = "read"
    ADD = "add"
    ADMIN = "admin"

    def covers(self, needed: Scope) -> bool:
        """Whether this is enough for what needs `needed`."""
        order = list(Scope)
        return order.index(self) >= order.index(needed)


class Caller(Struct, frozen=True, kw_only=True):
    """Who makes a request, once credentials are proved."""

    name: str  # user name, token name or Arr name; may be logged
    arr: str = ""  # configured or learned name of the Arr, "" for a person or token
    category: str = ""  # the Arr's own category
    token: bool = False
    scope: Scope = Scope.ADMIN  # at /api; an Arr calls the qBittorrent Web API alone

    def sees(self, torrent: Torrent) -> bool:
        """An Arr sees what it asked for and what lies in its category; a person sees all."""
        return self.is_among(audience(torrent))

    def is_among(self, audience: Audience) -> bool:
        """The same for every torrent of `audience` at once."""
        arr, category = audience
        return not self.arr or arr == self.arr or category == self.category


def audience(torrent: Torrent) -> Audience:
    """What decides who sees `torrent`."""
    return torrent.request.arr, torrent.category
