"""What the composition root hands to the web edge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from qbitproxy.core.caller import Caller
from qbitproxy.core.clock import Clock
from qbitproxy.core.insight import Insight
from qbitproxy.core.ports import Source
from qbitproxy.settings import Settings

if TYPE_CHECKING:
    from qbitproxy.accounts import Accounts
    from qbitproxy.library import Library
    from qbitproxy.outbox import Outbox
    from qbitproxy.roster import Roster
    from qbitproxy.settings import Secret


class FetchSource(Protocol):
    """Fetches what an address holds."""

    def __call__(self, url: str, cookie: str = "", /) -> Awaitable[Source]:
        """The source at `url`, asked for with the `Cookie` header that is given."""
        ...


LIBRARY: web.AppKey[Library] = web.AppKey("library")
SETTINGS: web.AppKey[Settings] = web.AppKey("settings")
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
ACCOUNTS: web.AppKey[Accounts] = web.AppKey("accounts")
ROSTER: web.AppKey[Roster] = web.AppKey("roster")
FETCH: web.AppKey[FetchSource] = web.AppKey("fetch")
"""Turns an http(s) URL given by a client into a Source; raises `sources.BadSource` or a Fault."""
OUTBOX: web.AppKey[Outbox] = web.AppKey("outbox")
SIGNING_KEY: web.AppKey[Secret] = web.AppKey("signing_key")
"""What webhooks are signed with, as receivers' libraries take it."""
TestTarget = Callable[[str], Awaitable[None]]
TEST_TARGET: web.AppKey[TestTarget] = web.AppKey("test_target")
"""Sends a test to a target by its name in the settings; raises a Fault."""
INSIGHT: web.AppKey[Insight] = web.AppKey("insight")
CALLER: web.RequestKey[Caller] = web.RequestKey("caller", Caller)
