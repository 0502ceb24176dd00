"""What every route asks of whoever calls it."""

from __future__ import annotations

from enum import Enum, auto

from aiohttp import web

from qbitproxy.core.caller import Scope


class Open(Enum):
    """Who is let in without credentials."""

    ALWAYS = auto()
    ONCE_SET_UP = auto()  # leads to the set-up page as long as there is no account


class Own(Enum):
    """What is open to nobody but one caller, by a secret that opens nothing else."""

    ARR = auto()  # the Arr that the path names, by HTTP Basic with the password it was given for its webhook


Need = Open | Own | Scope
Needs = dict[str, Need]

PAGES: Needs = {
    "GET /static": Open.ALWAYS,
    "GET /setup": Open.ALWAYS,
    "POST /setup": Open.ALWAYS,
    "GET /login": Open.ONCE_SET_UP,
    "POST /login": Open.ONCE_SET_UP,
    "POST /logout": Open.ONCE_SET_UP,
    "GET /": Scope.READ,
    "GET /repair": Scope.READ,
    "GET /settings": Scope.ADMIN,
}
"""Method and path of what is for a browser -> what it needs. What scripts call says so in its own table."""

NEEDS: web.AppKey[Needs] = web.AppKey("needs")
"""The same of every route but those below `/api/v2`. HEAD is GET."""


def name_of(method: str, resource: web.AbstractResource, url_base: str) -> str:
    """By which key the route of a resource is found there."""
    path = resource.canonical.removeprefix(url_base)
    return f"{'GET' if method == 'HEAD' else method} {path}"


def need_of(request: web.Request, url_base: str) -> Need:
    """What the route that was found for `request` needs; where there is none, any credentials do.

    One that says nothing is for `admin`.
    """
    route = request.match_info.route
    if route.resource is None:
        return Scope.READ
    return request.config_dict[NEEDS].get(name_of(request.method, route.resource, url_base), Scope.ADMIN)
