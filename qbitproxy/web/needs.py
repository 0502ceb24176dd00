"""What every route asks of whoever calls it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from aiohttp import web

from qbitproxy.core.caller import Scope


class Open(Enum):
    """Who is let in without credentials."""

    ALWAYS = auto()
    ONCE_SET_UP = auto()  # leads to the set-up page as long as there is no account


READ, ADD, ADMIN = Scope.READ, Scope.ADD, Scope.ADMIN

NEEDS: Mapping[str, Open | Scope] = {
    "GET /health": Open.ALWAYS,
    "GET /ready": Open.ALWAYS,
    "GET /version": Open.ALWAYS,
    "GET /static": Open.ALWAYS,
    "GET /setup": Open.ALWAYS,
    "POST /setup": Open.ALWAYS,
    "GET /login": Open.ONCE_SET_UP,
    "POST /login": Open.ONCE_SET_UP,
    "POST /logout": Open.ONCE_SET_UP,
    "GET ": READ,
    "GET /": READ,
    "GET /settings": ADMIN,
    "POST /api/add": ADD,
    "GET /api/arrs": READ,
    "POST /api/arrs": ADMIN,
    "PATCH /api/arrs/{name}": ADMIN,
    "DELETE /api/arrs/{name}": ADMIN,
    "POST /api/arrs/{name}/test": ADMIN,
    "GET /api/config": READ,
    "PATCH /api/config": ADMIN,
    "POST /api/config": ADMIN,
    "PUT /api/config": ADMIN,
    "GET /api/events": READ,
    "GET /api/notifications": READ,
    "POST /api/notifications/{name}/test": ADMIN,
    "POST /api/refresh-token": ADMIN,
    "GET /api/sessions": ADMIN,
    "DELETE /api/sessions/{id}": ADMIN,
    "GET /api/stats": READ,
    "GET /api/status": READ,
    "GET /api/tokens": ADMIN,
    "POST /api/tokens": ADMIN,
    "DELETE /api/tokens/{name}": ADMIN,
    "GET /api/torrents": READ,
    "DELETE /api/torrents": ADMIN,
    "DELETE /api/torrents/": ADMIN,
    "GET /api/torrents/{category}/{hash}": READ,
    "DELETE /api/torrents/{category}/{hash}": ADMIN,
    "POST /api/torrents/{category}/{hash}/retry": ADMIN,
    "POST /api/update-auth": ADMIN,
    "GET /api/webhooks": ADMIN,  # shows what they are signed with
    "GET /api/webhooks/deliveries": READ,
    "POST /api/webhooks/deliveries/replay": ADMIN,
    "POST /api/webhooks/deliveries/{id}/replay": ADMIN,
}
"""Method and path of every route but those below `/api/v2` -> the scope it needs.

Reading needs `read`, adding `add`, whatever changes something else `admin`; so does reading what would let
somebody in. HEAD is GET. A route without an entry is for `admin`.
"""


def name_of(method: str, resource: web.AbstractResource, url_base: str) -> str:
    """By which key the route of a resource stands in NEEDS."""
    path = resource.canonical.removeprefix(url_base)
    return f"{'GET' if method == 'HEAD' else method} {path}"


def need_of(request: web.Request, url_base: str) -> Open | Scope:
    """What the route that was found for `request` needs; where there is none, any credentials do."""
    route = request.match_info.route
    if route.resource is None:
        return READ
    return NEEDS.get(name_of(request.method, route.resource, url_base), ADMIN)
