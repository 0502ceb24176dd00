"""The API for scripts, for our own page: a superset of what Decypharr documents."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from qbitproxy.web.api import (
    account_routes,
    add_routes,
    arr_routes,
    config_routes,
    events,
    notification_routes,
    status_routes,
    token_routes,
    torrent_routes,
    webhook_routes,
)


def mount(app: web.Application, heartbeat: timedelta) -> None:
    """Mount `/api`; a quiet event stream shows every `heartbeat` that it lives."""
    for module in (
        account_routes,
        add_routes,
        arr_routes,
        config_routes,
        notification_routes,
        status_routes,
        token_routes,
        torrent_routes,
        webhook_routes,
    ):
        module.add_routes(app)
    events.add_routes(app, heartbeat)
