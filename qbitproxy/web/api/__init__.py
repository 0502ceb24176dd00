"""The API for scripts, for our own page: a superset of what Decypharr documents."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from qbitproxy.web.api import doc_routes, events, list_routes
from qbitproxy.web.api.route import API_ROUTES, mount_routes
from qbitproxy.web.api.table import ROUTES


def mount(app: web.Application, heartbeat: timedelta) -> None:
    """Mount everything; a quiet event stream shows every `heartbeat` that it lives."""
    app[API_ROUTES] = ROUTES
    events.prepare(app, heartbeat)
    list_routes.prepare(app)
    mount_routes(app, (*ROUTES, *doc_routes.PAGE_ROUTES))
