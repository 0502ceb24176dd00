"""The whole web edge on a loopback port, with a real library behind it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer
from msgspec import Struct
from msgspec.structs import replace

from qbitproxy.accounts import Accounts, Cost, Rules, SetupCode
from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Unreachable
from qbitproxy.core.insight import Insight
from qbitproxy.core.ports import Source
from qbitproxy.hooks import Hooks
from qbitproxy.library import Library
from qbitproxy.outbox import Outbox
from qbitproxy.recent import Recent
from qbitproxy.references import References
from qbitproxy.repairs import Repairs
from qbitproxy.roster import Roster
from qbitproxy.settings import Settings
from qbitproxy.settings.peers import ArrKind, ArrSettings, ProviderSettings
from qbitproxy.settings.secret import Secret
from qbitproxy.settings.sections import FilesSettings
from qbitproxy.sources import BadSource
from qbitproxy.store import Store
from qbitproxy.web.app import build_app
from qbitproxy.web.keys import Editing, FetchSource, TestTarget
from tests.support import ManualClock, a_library

USERNAME, PASSWORD = "admin", "fake-password"
ARR_KEY, PROVIDER_KEY = "fake-arr-key", "fake-provider-key"
SIGNING_KEY = "whsec_ZmFrZSBzaWduaW5nIGtleQ=="
COOKIE_KEY = b"fake cookie key of 32 bytes long"
RULES = Rules(idle=timedelta(hours=1), absolute=timedelta(days=1), failures=3, ban=timedelta(minutes=10))


class Stand(Struct):
    """The running edge; `client` keeps cookies and sends no credentials by itself."""

    client: TestClient[Any, Any]
    library: Library
    accounts: Accounts
    settings: Settings
    token: str
    outbox: Outbox
    codes: list[str]  # setup codes, as they were shown
    repairs: Repairs
    references: References
    hooks: Hooks

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def of_arr(self, name: str = "sonarr") -> dict[str, str]:
        """What the webhook of an Arr sends along."""
        login = b64encode(f"qbitproxy:{self.hooks.secret(name)}".encode()).decode()
        return {"Authorization": f"Basic {login}"}

    async def log_in(self) -> None:
        answer = await self.client.post(
            "/login", json={"username": USERNAME, "password": PASSWORD}, allow_redirects=False
        )
        assert answer.status == 303


async def ask(stand: Stand, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """The status and the JSON, if any, of an answer to somebody with a token."""
    async with stand.client.request(method, path, json=body, headers=stand.bearer) as answer:
        return answer.status, await answer.json() if await answer.read() else None


def usual_settings(folder: Path, **changes: Any) -> Settings:
    settings = Settings(
        files=FilesSettings(download_root=str(folder / "downloads")),
        providers={"realdebrid": ProviderSettings(kind="realdebrid", api_key=Secret(PROVIDER_KEY))},
        arrs={
            "sonarr": ArrSettings(
                kind=ArrKind.SONARR, url="http://sonarr.example:8989", api_key=Secret(ARR_KEY), uncached=True
            )
        },
    )
    return replace(settings, **changes)


async def nothing_to_fetch(url: str, cookie: str = "") -> Source:
    raise BadSource("there is nothing at this address")


async def nobody_to_test(name: str) -> None:
    raise Unreachable("settings", "there is no such target any more")


@asynccontextmanager
async def a_stand(
    folder: Path,
    *,
    clock: Clock | None = None,
    settings: Settings | None = None,
    fetch: FetchSource = nothing_to_fetch,
    ready: Callable[[], bool] = lambda: True,
    insight: Insight | None = None,
    recent: Recent | None = None,
    heartbeat: timedelta = timedelta(seconds=15),
    test_target: TestTarget = nobody_to_test,
    editing: Editing | None = None,
    has_account: bool = True,
) -> AsyncIterator[Stand]:
    """Everything below the web edge is real; the account's hash is cheap."""
    clock, settings = clock or ManualClock(), settings or usual_settings(folder)
    (folder / "accounts").mkdir(exist_ok=True)
    (folder / "downloads").mkdir(exist_ok=True)
    store = Store(folder / "accounts" / "accounts.db")
    repairs, references = Repairs(store, clock), References(store, clock)
    hooks = Hooks(folder / "accounts" / "arrs.key", settings.arrs)
    outbox, accounts = Outbox(store), Accounts(store, clock, RULES, Cost(n=2, r=1, p=1))
    if has_account:
        await accounts.create(USERNAME, PASSWORD)
    codes: list[str] = []
    setup_code = SetupCode(codes.append)
    setup_code.renew()
    async with AsyncExitStack() as stack:
        library = await stack.enter_async_context(a_library(folder, clock))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        roster = Roster(settings.arrs, settings.arr_learning, session, clock)
        stack.push_async_callback(roster.close)
        app = build_app(
            library=library,
            settings=settings,
            clock=clock,
            accounts=accounts,
            roster=roster,
            fetch=fetch,
            cookie_key=COOKIE_KEY,
            setup_code=setup_code,
            outbox=outbox,
            repairs=repairs,
            references=references,
            hooks=hooks,
            signing_key=Secret(SIGNING_KEY),
            test_target=test_target,
            editing=editing,
            ready=ready,
            insight=insight,
            recent=recent,
            heartbeat=heartbeat,
        )
        async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True)) as client:
            token = await accounts.tokens.rotate()
            yield Stand(client, library, accounts, settings, token, outbox, codes, repairs, references, hooks)
    store.close()
