"""What the composition root hands to the web edge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web
from msgspec import Struct

from qbitproxy.core.ports import Clock, Source
from qbitproxy.core.torrent import Torrent
from qbitproxy.settings import Settings

if TYPE_CHECKING:
    from qbitproxy.accounts import Accounts
    from qbitproxy.library import Library
    from qbitproxy.roster import Roster

FetchSource = Callable[[str], Awaitable[Source]]


class Caller(Struct, frozen=True, kw_only=True):
    """Who makes a request, once credentials are proved."""

    name: str  # user name, token name or Arr name; may be logged
    arr: str = ""  # configured or learned name of the Arr, "" for a person or token
    category: str = ""  # the Arr's own category
    token: bool = False

    def sees(self, torrent: Torrent) -> bool:
        """An Arr sees what it asked for and what lies in its category; a person sees all."""
        return not self.arr or torrent.request.arr == self.arr or torrent.category == self.category


LIBRARY: web.AppKey[Library] = web.AppKey("library")
SETTINGS: web.AppKey[Settings] = web.AppKey("settings")
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
ACCOUNTS: web.AppKey[Accounts] = web.AppKey("accounts")
ROSTER: web.AppKey[Roster] = web.AppKey("roster")
FETCH: web.AppKey[FetchSource] = web.AppKey("fetch")
"""Turns an http(s) URL given by a client into a Source; raises `sources.BadSource` or a Fault."""
CALLER: web.RequestKey[Caller] = web.RequestKey("caller", Caller)
