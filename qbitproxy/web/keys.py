"""What the composition root hands to the web edge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from qbitproxy.core.caller import Caller
from qbitproxy.core.clock import Clock
from qbitproxy.core.insight import Insight
from qbitproxy.core.ports import Source
from qbitproxy.recent import Recent
from qbitproxy.settings import Settings

if TYPE_CHECKING:
    from qbitproxy.accounts import Accounts
    from qbitproxy.library import Library
    from qbitproxy.roster import Roster

FetchSource = Callable[[str], Awaitable[Source]]

LIBRARY: web.AppKey[Library] = web.AppKey("library")
SETTINGS: web.AppKey[Settings] = web.AppKey("settings")
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
ACCOUNTS: web.AppKey[Accounts] = web.AppKey("accounts")
ROSTER: web.AppKey[Roster] = web.AppKey("roster")
FETCH: web.AppKey[FetchSource] = web.AppKey("fetch")
"""Turns an http(s) URL given by a client into a Source; raises `sources.BadSource` or a Fault."""
INSIGHT: web.AppKey[Insight] = web.AppKey("insight")
RECENT: web.AppKey[Recent] = web.AppKey("recent", Recent)
CALLER: web.RequestKey[Caller] = web.RequestKey("caller", Caller)
