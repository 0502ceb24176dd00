"""The calls of TorBox's API that we make.

Source: TorBox API v1 documentation with its changelogs up to 7.1.3, read 2026; clients' issue trackers where
they differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

import msgspec
import structlog
from msgspec import Raw

from qbitproxy.core.calls import Http, HttpSpec, Limit, Purpose, Upload
from qbitproxy.core.faults import Missing, Unreachable
from qbitproxy.core.lists import each
from qbitproxy.core.ports import Source
from qbitproxy.providers.torbox_faults import fault, is_fault, is_throttled, throttled_for
from qbitproxy.providers.torbox_wire import (
    Answer,
    Cache,
    Created,
    Elements,
    Held,
    Item,
    Listed,
    OneItem,
    Parked,
    User,
)

log = structlog.get_logger()
T = TypeVar("T")

CREATE = "torrents/createtorrent"
LINK = "torrents/requestdl"

PAGE = 1000
OVERLAP = 10
"""How many torrents of a page the next one shows again, which proves that none was missed between them."""


class Calls:
    """One account's API, call by call. Each raises a `Fault`."""

    def __init__(self, http: Http, name: str) -> None:
        self._http, self._name = http, name

    async def user(self) -> User:
        answer: Answer[User] = await self._http.call("GET", "user/me", Answer[User])
        return self._given(answer.data)

    async def create(self, source: Source) -> Created:
        """Add a torrent, or find the one that is there; without an id when the service gives none."""
        form: dict[str, str | int] = {"seed": 3, "allow_zip": "false"}  # a torrent that seeds keeps its slot
        upload: Upload | None = None
        if source.metainfo:
            upload = Upload("file", f"{source.infohash}.torrent", source.metainfo)
        else:
            form["magnet"] = source.magnet
        shape = Answer[Created]
        answer: Answer[Created] = await self._http.call("POST", CREATE, shape, form=form, upload=upload)
        return answer.data or Created()

    async def items(self, purpose: Purpose) -> list[Item]:
        """The whole list, page by page, each beginning with the end of the one before."""
        items: dict[int, Item] = {}
        offset = 0
        while True:
            elements = await self._elements("torrents/mylist", purpose, offset=offset, limit=PAGE)
            shown = {item.id: item for item in each(elements, Item, self._odd)}
            if offset and not items.keys() & shown.keys():
                raise Unreachable(self._name, "its list has changed while we read it")
            items |= shown
            if len(elements) < PAGE:
                return list(items.values())
            offset += PAGE - OVERLAP

    async def item(self, torrent_id: int) -> Item:
        """One torrent, never out of a cache. Raises Missing."""
        query = {"id": str(torrent_id), "bypass_cache": "true"}
        answer: OneItem = await self._http.call("GET", "torrents/mylist", OneItem, query=query)
        found = answer.data if isinstance(answer.data, list) else [answer.data]
        for item in found:
            if item is not None and item.id == torrent_id:
                return item
        raise Missing(self._name, "it does not list the torrent")

    async def parked(self, purpose: Purpose) -> list[Parked]:
        """What waits for a slot."""
        return each(await self._elements("queued/getqueued", purpose, type="torrent"), Parked, self._unknown)

    async def delete(self, torrent_id: int) -> None:
        control = {"torrent_id": torrent_id, "operation": "delete", "all": False}
        await self._http.call("POST", "torrents/controltorrent", json=control)

    async def control_parked(self, queued_id: int, operation: str) -> None:
        """`start` or `delete` what waits."""
        control = {"queued_id": queued_id, "operation": operation, "all": False, "type": "torrent"}
        await self._http.call("POST", "queued/controlqueued", json=control)

    async def link(self, torrent_id: int, file_id: str) -> str:
        """The address of one file, which is a secret."""
        query: dict[str, str | int] = {"torrent_id": torrent_id, "file_id": file_id, "redirect": "false"}
        answer: Answer[str] = await self._http.call(
            "GET", LINK, Answer[str], query=query, purpose=Purpose.LINK
        )
        url = self._given(answer.data)
        if not url.startswith(("https://", "http://")):
            raise Unreachable(self._name, "odd answer: what it gives for a link is none")
        return url

    async def _elements(self, path: str, purpose: Purpose, **query: str | int) -> list[Raw]:
        """A list; empty only when the service says so."""
        fresh: dict[str, str | int] = {"bypass_cache": "true", **query}
        answer: Elements = await self._http.call("GET", path, Elements, query=fresh, purpose=purpose)
        return answer.data or []

    def _odd(self, element: Raw) -> Item | None:
        """A torrent that lists oddly is still there; only one without id or hash cannot be ours."""
        log.warning("odd_remote_item", provider=self._name)
        try:
            known = msgspec.json.decode(element, type=Listed)
        except msgspec.DecodeError:
            return None
        return Item(
            id=known.id,
            infohash=known.infohash,
            name=known.name,
            download_finished=False,
            download_present=False,
            download_state="odd",
        )

    def _unknown(self, element: Raw) -> None:
        log.warning("odd_parked_item", provider=self._name)

    def _given(self, data: T | None) -> T:
        if data is None:
            raise Unreachable(self._name, "odd answer: it says yes and gives nothing")
        return data


async def held(http: Http, name: str, infohashes: Sequence[str]) -> frozenset[str]:
    """Those of `infohashes` that the service has in its cache."""
    query = {"hash": ",".join(infohashes), "format": "list"}
    answer: Cache = await http.call("GET", "torrents/checkcached", Cache, query=query)
    shown = [one.infohash if isinstance(one, Held) else one for one in answer.data or ()]
    return frozenset(infohashes) & {infohash.lower() for infohash in shown}


def _authorize(key: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _query(key: str, path: str) -> Mapping[str, str]:
    return {"token": key} if path == LINK else {}


def _gate(method: str, path: str) -> str:
    return {CREATE: "create", LINK: "link"}.get(path, "read")


HTTP = HttpSpec(
    name="torbox",
    base_url="https://api.torbox.app/v1/api/",
    authorize=_authorize,
    query=_query,
    fault=fault,
    is_fault=is_fault,
    is_throttled=is_throttled,
    throttled_for=throttled_for,
    gate=_gate,
    limits=(
        Limit(8, timedelta(minutes=1), "create"),  # of 10
        Limit(50, timedelta(hours=1), "create"),  # of 60
        Limit(60, timedelta(minutes=1), "link"),  # trouble has been seen from 100 on
        Limit(240, timedelta(minutes=1)),  # of 300
    ),
    requests_per_minute=60,
    burst=10,
    background_per_minute=6,  # who looks more often is warned, then gets another key
    deadline=timedelta(seconds=40),  # adding has been seen to take more than half a minute
    freezes=(120.0, 300.0, 900.0, 3600.0),
    longest_freeze=timedelta(hours=24),
    rests=True,
)
