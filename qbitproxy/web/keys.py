"""What the composition root hands to the web edge."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from qbitproxy.core.caller import Caller
from qbitproxy.core.clock import Clock
from qbitproxy.core.insight import Insight
from qbitproxy.core.ports import Source
from qbitproxy.recent import Recent
from qbitproxy.settings import Settings

if TYPE_CHECKING:
    from qbitproxy.accounts import Accounts, SetupCode
    from qbitproxy.hooks import Hooks
    from qbitproxy.library import Library
    from qbitproxy.outbox import Outbox
    from qbitproxy.references import References
    from qbitproxy.repairs import Repairs
    from qbitproxy.roster import Roster
    from qbitproxy.settings import Secret
    from qbitproxy.settings.editing import Editor
    from qbitproxy.web.patience import Patience


class FetchSource(Protocol):
    """Fetches what an address holds."""

    def __call__(self, url: str, cookie: str = "", /) -> Awaitable[Source]:
        """The source at `url`, asked for with the `Cookie` header that is given."""
        ...


LIBRARY: web.AppKey[Library] = web.AppKey("library")
SETTINGS: web.AppKey[Settings] = web.AppKey("settings")
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
ACCOUNTS: web.AppKey[Accounts] = web.AppKey("accounts")
SETUP_CODE: web.AppKey[SetupCode] = web.AppKey("setup_code")
ROSTER: web.AppKey[Roster] = web.AppKey("roster")
FETCH: web.AppKey[FetchSource] = web.AppKey("fetch")
"""Turns an http(s) URL given by a client into a Source; raises `sources.BadSource` or a Fault."""
OUTBOX: web.AppKey[Outbox] = web.AppKey("outbox")
REFERENCES: web.AppKey[References] = web.AppKey("references")
REPAIRS: web.AppKey[Repairs] = web.AppKey("repairs")
HOOKS: web.AppKey[Hooks] = web.AppKey("hooks")
SIGNING_KEY: web.AppKey[Secret] = web.AppKey("signing_key")
"""What webhooks are signed with, as receivers' libraries take it."""


@dataclass(frozen=True)
class Editing:
    """The way to change the settings while we run."""

    editor: Editor
    reload: Callable[[], None]  # build everything again from the file, once what is asked is answered
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # held from reading the file to writing it


EDITING: web.AppKey[Editing | None] = web.AppKey("editing")
TestTarget = Callable[[str], Awaitable[None]]
TEST_TARGET: web.AppKey[TestTarget] = web.AppKey("test_target")
"""Sends a test to a target by its name in the settings; raises a Fault."""
READY: web.AppKey[Callable[[], bool]] = web.AppKey("ready")
"""Whether every worker lives."""
INSIGHT: web.AppKey[Insight] = web.AppKey("insight")
PATIENCE: web.AppKey[Patience] = web.AppKey("patience")
"""Hangs up on whoever does not say what he wants; the server's connections are to be made with it."""
RECENT: web.AppKey[Recent] = web.AppKey("recent", Recent)
CALLER: web.RequestKey[Caller] = web.RequestKey("caller", Caller)
