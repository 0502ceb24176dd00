"""The one web application: every face of the daemon below one URL base."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from aiohttp import web

from qbitproxy.accounts import Accounts, SetupCode
from qbitproxy.core.caller import Scope
from qbitproxy.core.clock import Clock
from qbitproxy.core.insight import Insight, Nothing
from qbitproxy.hooks import Hooks
from qbitproxy.library import Library
from qbitproxy.outbox import Outbox
from qbitproxy.recent import Recent
from qbitproxy.references import References
from qbitproxy.repairs import Repairs
from qbitproxy.roster import Roster
from qbitproxy.settings import Secret, Settings
from qbitproxy.web import api
from qbitproxy.web.auth import SESSION_COOKIE, SessionCookie, guard
from qbitproxy.web.keys import (
    ACCOUNTS,
    CLOCK,
    EDITING,
    FETCH,
    HOOKS,
    INSIGHT,
    LIBRARY,
    OUTBOX,
    PATIENCE,
    READY,
    RECENT,
    REFERENCES,
    REPAIRS,
    ROSTER,
    SETTINGS,
    SETUP_CODE,
    SIGNING_KEY,
    TEST_TARGET,
    Editing,
    FetchSource,
    TestTarget,
)
from qbitproxy.web.middlewares import LEAVING, UI_PATH, URL_BASE, arrival, names, secure_headers, trace
from qbitproxy.web.needs import NEEDS, PAGES
from qbitproxy.web.patience import Patience
from qbitproxy.web.qbit import add_routes as add_qbit_routes
from qbitproxy.web.ui.pages import add_routes as add_page_routes
from qbitproxy.web.ui.setup_page import add_routes as add_setup_routes


def build_app(
    *,
    library: Library,
    settings: Settings,
    clock: Clock,
    accounts: Accounts,
    roster: Roster,
    fetch: FetchSource,
    cookie_key: bytes,
    setup_code: SetupCode,
    outbox: Outbox,
    repairs: Repairs,
    references: References,
    hooks: Hooks,
    signing_key: Secret,
    test_target: TestTarget,
    editing: Editing | None = None,
    ready: Callable[[], bool] = lambda: True,
    insight: Insight | None = None,
    recent: Recent | None = None,
    heartbeat: timedelta = timedelta(seconds=15),
) -> web.Application:
    """The application to run.

    `cookie_key` is 32 random bytes, the same for the life of the installation; `setup_code` is asked of who
    makes the account from elsewhere. `insight` tells those who
    are logged in how things stand, `recent` what the log said; without `editing` nobody changes the settings
    through us. `heartbeat` is how often a quiet event stream shows that it lives.
    """
    url_base, server = settings.server.url_base.rstrip("/"), settings.server
    patience, needs = Patience(server.read_patience), dict(PAGES)
    app = web.Application(
        client_max_size=server.max_upload,
        middlewares=[
            arrival(server.trusted_proxies, patience),
            trace,
            names(server.names),
            guard,
        ],
    )
    app[PATIENCE], app[LEAVING] = patience, asyncio.Event()
    app.on_response_prepare.append(secure_headers)
    faces = web.Application(client_max_size=server.max_upload) if url_base else app
    for each in {app, faces}:
        each[LIBRARY], each[SETTINGS], each[CLOCK] = library, settings, clock
        each[ACCOUNTS], each[ROSTER], each[FETCH] = accounts, roster, fetch
        each[SETUP_CODE] = setup_code
        each[REPAIRS], each[REFERENCES], each[HOOKS] = repairs, references, hooks
        each[OUTBOX], each[SIGNING_KEY], each[TEST_TARGET] = outbox, signing_key, test_target
        each[EDITING], each[READY] = editing, ready
        each[URL_BASE], each[INSIGHT] = url_base, insight or Nothing()
        each[UI_PATH] = settings.qbittorrent.ui_path.rstrip("/") if settings.qbittorrent.ui_folder else ""
        each[RECENT], each[NEEDS] = recent or Recent(), needs
        each[SESSION_COOKIE] = SessionCookie(cookie_key, url_base or "/", server.session_absolute)
    add_qbit_routes(faces)
    api.mount(faces, heartbeat)
    add_page_routes(faces)
    add_setup_routes(faces)
    if faces is not app:
        app.router.add_get(url_base, _to_the_page)
        app[NEEDS]["GET "] = Scope.READ
        app.add_subapp(url_base, faces)
    return app


async def _to_the_page(request: web.Request) -> web.Response:
    """The page's own links are relative, so its address ends in a slash."""
    raise web.HTTPSeeOther(f"{request.app[URL_BASE]}/")
