"""The downloads that an Arr waits for.

Source: Sonarr develop 97d24acf0, v5-develop 49df353fa (QueueController.cs, QueueActionController.cs,
QueueResource.cs), read 2026-08. Some Arrs have one record for each episode of a
download.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Raw, Struct, field

from qbitproxy.arrs.api import Api
from qbitproxy.arrs.clients import Clients
from qbitproxy.core.calls import Purpose
from qbitproxy.core.faults import Missing
from qbitproxy.core.lists import each
from qbitproxy.core.queue_rules import QueueItem

PAGE = 1000
HEALTHS = ("", "ok", "warning", "error")  # the worst last


class _Messages(Struct, frozen=True):
    title: str = ""  # the file they are about
    messages: tuple[str, ...] = ()


class Record(Struct, frozen=True):
    """One line of the queue; what waits for a client has no download."""

    id: int
    download_id: str = field(name="downloadId", default="")  # the infohash, upper case
    title: str = ""
    client: str = field(name="downloadClient", default="")
    status: str = ""
    health: str = field(name="trackedDownloadStatus", default="")
    state: str = field(name="trackedDownloadState", default="")
    said: tuple[_Messages, ...] = field(name="statusMessages", default=())
    error: str = field(name="errorMessage", default="")
    path: str = field(name="outputPath", default="")
    size: float = 0.0  # bytes
    added: datetime | None = None
    series: int | None = field(name="seriesId", default=None)
    movie: int | None = field(name="movieId", default=None)
    artist: int | None = field(name="artistId", default=None)
    author: int | None = field(name="authorId", default=None)

    @property
    def known(self) -> bool:
        return any((self.series, self.movie, self.artist, self.author))


class _Page(Struct, frozen=True):
    total: int = field(name="totalRecords")
    records: list[Raw]


class Queue:
    """The queue of one Arr. What each method promises is written in `core.ports`."""

    def __init__(self, api: Api, clients: Clients, unknown: Sequence[str]) -> None:
        """`unknown` are the switches that make it show everything."""
        self._api, self._clients, self._unknown = api, clients, unknown

    async def items(self) -> list[QueueItem]:
        records: dict[int, Record] = {}  # it is a live list, so one may come twice
        page, pages = 1, 1
        while page <= pages:
            listed, pages = await self._page(page, Purpose.REPAIR)
            records |= {record.id: record for record in listed}
            page += 1
        downloads: dict[tuple[str, str], list[Record]] = {}
        for record in records.values():
            download = record.download_id.upper() or f"waits {record.id}"
            downloads.setdefault((download, record.client), []).append(record)
        categories = await self._categories() if records else {}
        return [_item(group, categories) for group in downloads.values()]

    async def record_of(self, infohash: str, category: str) -> Record | None:
        """One of the records of a download of a client with that category: removing one removes it all."""
        page, pages = 1, 1
        while page <= pages:
            listed, pages = await self._page(page, Purpose.ADD)
            for record in listed:
                if record.download_id.lower() == infohash and await self._is_of(record, category):
                    return record
            page += 1
        return None

    async def _is_of(self, record: Record, category: str) -> bool:
        """Whether a record is a client's with that category; another client may have the same torrent."""
        return (await self._categories()).get(record.client, "") == category

    async def remove(self, item: QueueItem, *, blocklist: bool, search: bool) -> None:
        query = {
            "removeFromClient": "true",
            "blocklist": "true" if blocklist else "false",
            "skipRedownload": "false" if search else "true",
        }
        for record_id in item.ids:  # the first that is there stands for all
            try:
                await self._api.write("DELETE", f"queue/{record_id}", query=query)
            except Missing:
                continue
            return

    async def _categories(self) -> dict[str, str]:
        """The category that each download client is set to, by its name."""
        return {client.name: client.category for client in await self._clients.listed()}

    async def _page(self, number: int, purpose: Purpose) -> tuple[list[Record], int]:
        """The records of one page, how many pages there are."""
        query: list[tuple[str, str | int]] = [("page", number), ("pageSize", PAGE)]
        query += [(switch, "true") for switch in self._unknown]
        listed: _Page = await self._api.get("queue", _Page, query, purpose)
        return each(listed.records, Record, self._api.odd), -(-listed.total // PAGE)


def _item(records: Sequence[Record], categories: Mapping[str, str]) -> QueueItem:
    first = records[0]
    return QueueItem(
        ids=tuple(record.id for record in records),
        infohash=first.download_id.lower(),
        title=first.title,
        client=first.client,
        category=categories.get(first.client, ""),
        status=first.status,
        health=_worst(record.health for record in records),
        state=first.state,
        messages=tuple(dict.fromkeys(text for record in records for text in _told(record))),
        known=any(record.known for record in records),
        path=first.path,
        size=int(first.size),
        added=first.added,
    )


def _told(record: Record) -> list[str]:
    """What the Arr says is wrong; of a file without a word of its own its name is all there is."""
    told = [text for one in record.said for text in one.messages or (one.title,)]
    return [text for text in (*told, record.error) if text]


def _worst(healths: Iterable[str]) -> str:
    return max(healths, key=lambda health: HEALTHS.index(health) if health in HEALTHS else -1)
