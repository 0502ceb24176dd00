"""The Arrs that use us: those of the settings, those that introduced themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from hmac import compare_digest
from ipaddress import ip_address

import aiohttp
import structlog
from msgspec import Struct
from msgspec.structs import replace
from yarl import URL

from qbitproxy.arrs import ARRS
from qbitproxy.arrs.servarr import identify
from qbitproxy.core.clock import Clock
from qbitproxy.core.faults import Fault
from qbitproxy.core.ports import Arr
from qbitproxy.guard import guarded_session
from qbitproxy.http import connect
from qbitproxy.settings import ArrKind, ArrSettings, LearningSettings, Secret

log = structlog.get_logger()

MOST_LEARNED = 32
PROOF_DEADLINE = timedelta(seconds=5)


class KnownArr(Struct, frozen=True):
    """One Arr, ready to be asked."""

    name: str  # as configured; "sonarr@host:port" when it was learned
    kind: str
    category: str
    settings: ArrSettings
    arr: Arr | None  # None when nothing says where its API is
    learned: bool


class Roster:
    """Who is who among the Arrs; what was learned is forgotten when we stop."""

    def __init__(
        self,
        arrs: Mapping[str, ArrSettings],
        learning: LearningSettings,
        session: aiohttp.ClientSession,
        clock: Clock,
    ) -> None:
        """`session` is for the configured Arrs. Close the roster."""
        self._learning, self._clock = learning, clock
        self._configured = {
            name: _known(name, arr, session, clock, learned=False) for name, arr in arrs.items()
        }
        self._learned: dict[str, KnownArr] = {}
        self._guarded: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Drop the connections to learned Arrs."""
        if self._guarded is not None:
            await self._guarded.close()

    def all(self) -> list[KnownArr]:
        """Every Arr, the configured ones first."""
        return [*self._configured.values(), *self._learned.values()]

    def reachable(self) -> list[str]:
        """The names of those whose API is known."""
        return [known.name for known in self.all() if known.arr is not None]

    def named(self, name: str) -> KnownArr | None:
        """The Arr of this name."""
        return self._configured.get(name) or self._learned.get(name)

    def for_category(self, category: str) -> KnownArr | None:
        """The Arr whose torrents have this category."""
        return next((known for known in self.all() if known.category == category), None)

    def recognise(self, url: str, key: str) -> KnownArr | None:
        """The Arr that has this URL and this API key; how long it takes tells nothing of either."""
        address = _normalised(url).encode(errors="replace")
        found: KnownArr | None = None
        for known in self.all():
            own_key, own = known.settings.api_key.reveal(), _normalised(known.settings.url)
            same_key = compare_digest(own_key.encode(), key.encode(errors="replace"))
            same_address = compare_digest(own.encode(), address)
            if same_key & same_address & bool(own_key and own):
                found = known
        return found

    async def learn(self, url: str, key: str, address: str) -> KnownArr | None:
        """Get to know the Arr at `url`, which logged in from `address`; None unless it proves itself.

        Nobody is asked unless learning is on, `address` lies in an allowed network and no configured Arr
        has that URL.
        """
        normal = _normalised(url)
        sendable = key.isascii() and key.isprintable()  # it goes into a header
        if not (normal and key and sendable and self._may_learn(normal, address)):
            return None
        try:
            kind = await self._kind(url, key)
        except Fault as fault:
            log.info("arr_not_learned", url=normal, detail=fault.detail)
            return None
        if kind is None:
            return None
        settings = ArrSettings(kind=kind, url=url, api_key=Secret(key))
        name = f"{kind}@{normal.partition('://')[2]}"
        known = _known(name, settings, self._session(), self._clock, learned=True)
        self._learned[name] = known
        log.info("arr_learned", arr=name)
        return known

    async def _kind(self, url: str, key: str) -> ArrKind | None:
        """Which Arr answers at `url` to `key`; None for a program that we do not know."""
        spec = replace(ARRS[ArrKind.SONARR].http, deadline=PROOF_DEADLINE)  # all Arrs open alike
        http = connect(spec, "arr", url, Secret(key), self._session(), self._clock)
        status = await identify(http)
        return next((ArrKind(name) for name, arr in ARRS.items() if arr.title == status.app), None)

    def _session(self) -> aiohttp.ClientSession:
        """For addresses that whoever logs in may choose: it reaches the allowed networks alone."""
        if self._guarded is None:
            self._guarded = guarded_session(self._learning.networks, public=False)
        return self._guarded

    def _may_learn(self, normal: str, address: str) -> bool:
        if not self._learning.enabled or len(self._learned) >= MOST_LEARNED:
            return False
        if any(_normalised(known.settings.url) == normal for known in self._configured.values()):
            return False
        try:
            return any(ip_address(address) in network for network in self._learning.networks)
        except ValueError:
            return False


def kind_of_learned(name: str) -> str:
    """The kind of an Arr by the name it has when it was learned, also before it introduces itself again."""
    kind, at, _ = name.partition("@")
    return kind if at and kind in ARRS else ""


def _known(
    name: str, settings: ArrSettings, session: aiohttp.ClientSession, clock: Clock, *, learned: bool
) -> KnownArr:
    arr: Arr | None = None
    if settings.url:
        spec = ARRS[settings.kind]
        http = connect(spec.http, name, settings.url, settings.api_key, session, clock)
        arr = spec.connect(http, name, {mapping.ours: mapping.theirs for mapping in settings.path_mappings})
    return KnownArr(name, settings.kind, settings.category, settings, arr, learned)


def _normalised(url: str) -> str:
    """Scheme, host, port, path: what makes two URLs the same place; "" when it is no web address."""
    try:
        parsed = URL(url.strip())
    except ValueError:
        return ""
    if parsed.scheme not in ("http", "https") or not parsed.host:
        return ""
    return f"{parsed.scheme}://{parsed.host}:{parsed.port}{parsed.raw_path.rstrip('/')}"
