"""The REST API that all Arrs share.

Source: Sonarr develop 97d24acf0, Radarr develop 1b9662d58, Lidarr develop 0501e6156, Readarr develop
4fb62c072, Whisparr develop a85a59122: their controllers under src/*.Api.V*, read 2026-08.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

import msgspec
import structlog
from msgspec import Raw, Struct, field

from qbitproxy.arrs.sight import Mapped, Sight
from qbitproxy.core.calls import Http, HttpSpec
from qbitproxy.core.faults import Busy, Denied, Fault, Missing, Unreachable
from qbitproxy.core.lists import each
from qbitproxy.core.ports import ArrSpec, ArrStatus

log = structlog.get_logger()

PAGE = 1000


class _Status(Struct, frozen=True):
    app: str = field(name="appName")
    version: str


class _Versions(Struct, frozen=True):
    current: str  # "v3"


class _Record(Struct, frozen=True):
    """One line of the queue; what waits for a client has no download."""

    id: int
    download_id: str = field(name="downloadId", default="")  # the infohash, upper case
    title: str = ""


class _Queue(Struct, frozen=True):
    total: int = field(name="totalRecords")
    records: list[Raw]


class Servarr:
    """One Arr. What each method promises is written once, in `core.ports.Arr`."""

    def __init__(
        self,
        http: Http,
        name: str,
        mappings: Mapping[str, str],
        *,
        app: str,
        api: str,
        unknown: Sequence[str],
    ) -> None:
        """`app` is what it calls itself, `unknown` the switches that make its queue show everything."""
        self._http, self._name = http, name
        self._app, self._api, self._unknown = app, f"api/{api}", unknown
        self._sight = Sight(
            http, f"{self._api}/", [Mapped(ours, theirs) for ours, theirs in mappings.items()], self._odd
        )
        self._writing = asyncio.Lock()  # an Arr on SQLite answers parallel writes with "database is locked"

    async def ping(self) -> ArrStatus:
        try:
            status: _Status = await self._http.call("GET", f"{self._api}/system/status", _Status)
        except Missing:
            raise Unreachable(
                self._name, f"there is no {self._app} API: check the URL and its base"
            ) from None
        if status.app != self._app:
            raise Denied(self._name, f"this is {status.app}, not {self._app}")
        return ArrStatus(status.app, status.version)

    async def unseen(self, placed: Sequence[str], targets: Sequence[str]) -> list[str]:
        return await self._sight.unseen(placed, targets)

    async def refresh(self) -> None:
        async with self._writing:
            await self._http.call("POST", f"{self._api}/command", json={"name": "RefreshMonitoredDownloads"})

    async def reject(self, infohash: str) -> str:
        record = await self._queued(infohash.upper())
        if record is None:
            await self.refresh()  # its queue is a minute old at most, unless it is told to look
            raise Missing(self._name, "its queue does not list the torrent yet")
        query = {"removeFromClient": "true", "blocklist": "true"}
        try:
            async with self._writing:  # it calls our torrents/delete before it answers
                await self._http.call("DELETE", f"{self._api}/queue/{record.id}", query=query)
        except Missing:
            return f"{self._name} had already taken it out of its queue"
        return f"{self._name} removed it from its queue, blocked the release, searches again"

    async def _queued(self, download_id: str) -> _Record | None:
        """One of the records of a download: removing one removes the download."""
        page, pages = 1, 1
        while page <= pages:
            query: list[tuple[str, str | int]] = [("page", page), ("pageSize", PAGE)]
            query += [(switch, "true") for switch in self._unknown]
            queue: _Queue = await self._http.call("GET", f"{self._api}/queue", _Queue, query=query)
            for record in each(queue.records, _Record, self._odd):
                if record.download_id.upper() == download_id:
                    return record
            page, pages = page + 1, -(-queue.total // PAGE)
        return None

    def _odd(self, element: Raw) -> None:
        log.warning("odd_arr_record", arr=self._name)


async def identify(http: Http) -> ArrStatus:
    """What the Arr behind `http` says of itself, whichever it is. Raises Fault."""
    versions: _Versions = await http.call("GET", "api", _Versions)
    status: _Status = await http.call("GET", f"api/{versions.current}/system/status", _Status)
    return ArrStatus(status.app, status.version)


class _Complaint(Struct, frozen=True):
    """An error, written as one object or as a list of them; a stack trace beside it is not for reading."""

    message: str = ""
    error: str = field(name="errorMessage", default="")
    title: str = ""


def fault(owner: str, status: int, body: bytes, retry_after: float | None) -> Fault:
    """The fault of an Arr's answer that is no success."""
    detail = f"{_complaint(body) or 'no reason given'} (HTTP {status})"
    match status:
        case 401 | 403:
            return Denied(owner, f"it does not take the API key (HTTP {status})")
        case 404:
            return Missing(owner, detail)
        case 429:
            return Busy(owner, detail, retry_after=retry_after)
    return Unreachable(owner, detail, retry_after=retry_after)


def servarr_spec(name: str, *, title: str, api: str, category: str, unknown: tuple[str, ...]) -> ArrSpec:
    """Describe one Arr. `api` is the version of its API, `category` the usual one of its torrents."""
    return ArrSpec(
        name=name,
        title=title,
        default_category=category,
        http=HttpSpec(name=name, base_url="", authorize=_authorize, fault=fault),
        connect=partial(Servarr, app=title, api=api, unknown=unknown),
    )


def _authorize(key: str) -> dict[str, str]:
    return {"X-Api-Key": key}


def _complaint(body: bytes) -> str:
    try:
        given = msgspec.json.decode(body, type=list[_Complaint] | _Complaint)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    complaints = given if isinstance(given, list) else [given]
    return "; ".join(each_.error or each_.message or each_.title for each_ in complaints)[:200]
