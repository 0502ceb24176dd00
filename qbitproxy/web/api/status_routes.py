"""`GET /api/status`: what is missing before torrents can flow, what is wrong just now."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiohttp import web
from msgspec import Struct

from qbitproxy import __version__
from qbitproxy.core.torrent import Action
from qbitproxy.roster import KnownArr
from qbitproxy.settings import Settings
from qbitproxy.web.answers import answer
from qbitproxy.web.keys import ROSTER, SETTINGS

PROBLEMS: web.AppKey[Callable[[], Sequence[str]]] = web.AppKey("problems")
"""Says in words what is wrong just now."""


class Lack(Struct, frozen=True, kw_only=True):
    """Something a person has yet to set up."""

    what: str
    hint: str  # what to write, and where
    blocks: bool  # nothing can arrive before it is there


class Status(Struct, frozen=True, kw_only=True):
    """How the daemon stands."""

    version: str
    providers: tuple[str, ...]
    arrs: tuple[str, ...]
    default_action: str
    lacks: list[Lack]
    problems: list[str]


def add_routes(app: web.Application) -> None:
    """Mount `GET /api/status`."""
    app.router.add_get("/api/status", status)


async def status(request: web.Request) -> web.Response:
    """How the daemon stands just now."""
    settings, arrs = request.app[SETTINGS], request.app[ROSTER].all()
    return answer(
        Status(
            version=__version__,
            providers=settings.enabled_providers(),
            arrs=tuple(known.name for known in arrs),
            default_action=settings.action_for(),
            lacks=lacks(settings, arrs),
            problems=list(request.app[PROBLEMS]()),
        )
    )


def lacks(settings: Settings, arrs: Sequence[KnownArr]) -> list[Lack]:
    """What a person has yet to set up, the most pressing first."""
    found = []
    providers = settings.enabled_providers()
    keyless = [name for name in providers if not settings.providers[name].api_key]
    if not providers:
        hint = 'Add [providers.realdebrid] with api_key = "…" to the settings file.'
        found.append(Lack(what="No debrid account is set up, so nothing is fetched.", hint=hint, blocks=True))
    for name in keyless:
        hint = f'Set api_key = "…" below [providers.{name}] in the settings file.'
        found.append(Lack(what=f"The account {name} has no API key.", hint=hint, blocks=True))
    if not arrs:
        hint = "Add [arrs.sonarr] with url and api_key, or switch arr_learning on."
        found.append(Lack(what="No Arr is set up, so imports are not confirmed.", hint=hint, blocks=False))
    if providers and not any(settings.providers[name].mount for name in providers):
        found.append(_mountless(settings))
    return found


def _mountless(settings: Settings) -> Lack:
    links = settings.action_for() is Action.SYMLINK
    return Lack(
        what="No provider has a mount, so " + ("links cannot be made." if links else "files are downloaded."),
        hint="Set mount to the folder where the account's torrents appear, to link instead of download.",
        blocks=links,
    )
