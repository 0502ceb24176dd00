"""How the daemon stands, what its accounts are used for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from aiohttp import web
from msgspec import Struct

from qbitproxy import __version__
from qbitproxy.core.insight import ProviderState
from qbitproxy.core.repair import State
from qbitproxy.core.torrent import Action
from qbitproxy.roster import KnownArr
from qbitproxy.settings import Settings
from qbitproxy.web.answers import answer
from qbitproxy.web.api.route import Route
from qbitproxy.web.api.wire import Phase, phase_of
from qbitproxy.web.keys import ACCOUNTS, INSIGHT, LIBRARY, READY, REPAIRS, ROSTER, SETTINGS

CHANNEL = "beta"


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


class Stats(Struct, frozen=True, kw_only=True):
    """What is going on just now."""

    torrents: int
    phases: Mapping[Phase, int]
    providers: Sequence[ProviderState]


class Version(Struct, frozen=True, kw_only=True):
    """What runs here."""

    version: str
    channel: str


class Health(Struct, frozen=True):
    """That it answers."""

    status: str = "ok"


class Readiness(Struct, frozen=True, kw_only=True):
    """Whether every worker lives."""

    ready: bool


async def status(request: web.Request) -> Status:
    """How the daemon stands just now."""
    settings, arrs = request.app[SETTINGS], request.app[ROSTER].all()
    return Status(
        version=__version__,
        providers=settings.enabled_providers(),
        arrs=tuple(known.name for known in arrs),
        default_action=settings.action_for(),
        lacks=lacks(settings, arrs),
        problems=[*_unlocked(request), *request.app[INSIGHT].problems(), *_undecided(request)],
    )


def _unlocked(request: web.Request) -> list[str]:
    networks = ", ".join(map(str, request.app[SETTINGS].server.unlocked_networks))
    said = f"Nobody has to log in from {networks}. `qbitproxy auth on` changes that."
    return [said] if request.app[ACCOUNTS].unlocked else []


def _undecided(request: web.Request) -> list[str]:
    """The repair jobs that wait for a person's word."""
    waiting = [job for job in request.app[REPAIRS].all() if job.state in (State.HELD, State.PENDING)]
    return [f"A repair job of {', '.join(job.scope.arrs)} waits for your word." for job in waiting]


async def stats(request: web.Request) -> Stats:
    """The torrents by phase, the accounts with what is used of them."""
    torrents = request.app[LIBRARY].listed()
    return Stats(
        torrents=len(torrents),
        phases=Counter(phase_of(torrent) for torrent in torrents),
        providers=request.app[INSIGHT].providers(),
    )


async def version(_: web.Request) -> Version:
    """What runs here."""
    return Version(version=__version__, channel=CHANNEL)


async def health(_: web.Request) -> Health:
    """That it answers."""
    return Health()


async def readiness(request: web.Request) -> web.Response:
    """Whether it works as well."""
    is_ready = request.app[READY]()
    return answer(Readiness(ready=is_ready), 200 if is_ready else 503)


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


ROUTES = (
    Route(
        method="GET",
        path="/api/status",
        handler=status,
        scope="read",
        says="version, providers, Arrs, what is missing, what is wrong just now",
    ),
    Route(
        method="GET",
        path="/api/stats",
        handler=stats,
        scope="read",
        says="torrents by phase; each account: state, slots, queue, calls of the last hour, those left",
    ),
    Route(method="GET", path="/version", handler=version, scope="", says="public: `version`, `channel`"),
    Route(method="GET", path="/health", handler=health, scope="", says="public: it answers"),
    Route(
        method="GET",
        path="/ready",
        handler=readiness,
        scope="",
        says="public: every worker loop lives (503 when one is silent)",
        content=Readiness,
        errors=(503,),
    ),
)
