"""The part of an Arr's API about downloads: queue, history, blocklist.

Source: Sonarr develop 97d24acf0 (Sonarr.Api.V3: Queue, History, Blocklist), read 2026-08.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aiohttp import web

from compat.emulators.arr_gate import asked, asked_all, asked_flag, body_of, malformed, missing, page
from compat.emulators.arr_offer import Offer
from compat.emulators.arr_records import Tracked
from compat.emulators.arr_resources import (
    answer,
    blocklist_record,
    history_record,
    pending_record,
    queue_records,
    queue_v5,
)
from compat.emulators.arr_settings import Json

if TYPE_CHECKING:
    from compat.emulators.arr import Arr

QUEUE_WORDS = ("removeFromClient", "blocklist", "skipRedownload", "changeCategory")


class QueueApi:
    """Routes about what one Arr downloads. `version` is the API's: "v3"."""

    def __init__(self, arr: Arr, version: str) -> None:
        self._arr = arr
        self._medium = arr.flavour.medium
        self._one_record_each = version == "v5"
        self._gone = 204 if version == "v5" else 200

    def routes(self, base: str) -> list[web.RouteDef]:
        return [
            web.get(f"{base}/queue", self.queue),
            web.get(f"{base}/queue/details", self.details),
            web.get(f"{base}/queue/status", self.status),
            web.delete(f"{base}/queue/bulk", self.remove_many),
            web.delete(f"{base}/queue/{{id:[0-9]+}}", self.remove),
            web.get(f"{base}/history", self.history),
            web.post(f"{base}/history/failed/{{id:[0-9]+}}", self.fail),
            web.get(f"{base}/blocklist", self.blocklist),
            web.delete(f"{base}/blocklist/{{id:[0-9]+}}", self.forgive),
        ]

    async def queue(self, request: web.Request) -> web.Response:
        owner = self._medium.owner.capitalize()
        unknown_too = asked_flag(request, f"includeUnknown{owner}Items")
        records = self._pending() + self._records(one for one in self._arr.queue if one.grab or unknown_too)
        return page(request, records, sort_key="timeleft", clamps=True)

    async def details(self, request: web.Request) -> web.Response:
        owners = asked_all(request, f"{self._medium.owner}Id")
        parts = asked_all(request, f"{self._medium.part}Ids")
        records = self._pending() + self._records(self._arr.queue)
        if owners:
            records = [record for record in records if str(record.get(f"{self._medium.owner}Id")) in owners]
        if parts:
            records = [record for record in records if str(record.get(f"{self._medium.part}Id")) in parts]
        return answer(records)

    async def status(self, request: web.Request) -> web.Response:
        known = [one for one in self._arr.queue if one.grab]
        unknown = [one for one in self._arr.queue if not one.grab]
        count = len(self._records(known)) + len(self._arr.ledger.pending)
        return answer(
            {
                "totalCount": count + len(unknown),
                "count": count,
                "unknownCount": len(unknown),
                "errors": False,
                "warnings": any(one.messages for one in known),
                "unknownErrors": False,
                "unknownWarnings": any(one.messages for one in unknown),
            }
        )

    async def remove(self, request: web.Request) -> web.Response:
        await self._remove([int(request.match_info["id"])], request)
        return web.Response(status=self._gone)

    async def remove_many(self, request: web.Request) -> web.Response:
        ids = (await body_of(request)).get("ids")
        if not isinstance(ids, list) or not all(isinstance(number, int) for number in ids):
            raise malformed("ids", "The JSON value could not be converted.")
        await self._remove(ids, request)
        return answer({})

    async def history(self, request: web.Request) -> web.Response:
        """Raises Problem for an event that is not told as an integer."""
        events, download_id = asked_all(request, "eventType"), asked(request, "downloadId")
        if not all(event.isdigit() for event in events):
            raise malformed("eventType", "The value is not valid.")
        rows = self._arr.history
        if events:
            rows = [row for row in rows if str(self._medium.events[row.event]) in events]
        if download_id:
            rows = [row for row in rows if row.download_id == download_id]
        records = [history_record(row, self._medium) for row in rows]
        return page(request, records, sort_key="date", descending=True)

    async def fail(self, request: web.Request) -> web.Response:
        number = int(request.match_info["id"])
        row = next((row for row in self._arr.history if row.id == number), None)
        if row is None:
            raise missing()
        if row.event != "grabbed":
            raise ValueError("only a grab can be marked as failed")
        self._arr.fail(row.download_id)
        return answer({})

    async def blocklist(self, request: web.Request) -> web.Response:
        records = [blocklist_record(record, self._medium) for record in self._arr.blocklist]
        return page(request, records, sort_key="date", descending=True)

    async def forgive(self, request: web.Request) -> web.Response:
        number = int(request.match_info["id"])
        kept = [record for record in self._arr.blocklist if record.id != number]
        if len(kept) == len(self._arr.blocklist):
            raise missing()
        self._arr.blocklist[:] = kept
        return answer({})

    async def _remove(self, ids: Iterable[int], request: web.Request) -> None:
        from_client, blocklist, skip, change = (
            asked_flag(request, word, default=word == "removeFromClient") for word in QUEUE_WORDS
        )
        waiting, downloads = self._found(dict.fromkeys(ids))
        for offer in waiting:
            self._arr.ledger.pending.remove(offer)
        for download in downloads:
            await self._arr.remove(
                download,
                from_client=from_client,
                blocklist=blocklist,
                skip_redownload=skip,
                change_category=change,
            )

    def _found(self, ids: Iterable[int]) -> tuple[list[Offer], list[Tracked]]:
        """Return what records stand for, each once. Raises Problem for an id the queue does not hold."""
        waiting: list[Offer] = []
        downloads: list[Tracked] = []
        for number in ids:
            offer = next((one for one, record in self._waiting() if record["id"] == number), None)
            download = next((one for one in self._arr.queue if number in self._ids(one)), None)
            if offer:
                waiting.append(offer)
            elif download is None:
                raise missing()
            elif download not in downloads:
                downloads.append(download)
        return waiting, downloads

    def _records(self, downloads: Iterable[Tracked]) -> list[Json]:
        settings, now = self._arr.settings, self._arr.clock.now()
        if settings is None:
            return []
        if self._one_record_each:
            return [queue_v5(one, self._medium, settings, now) for one in downloads]
        return [record for one in downloads for record in queue_records(one, self._medium, settings, now)]

    def _ids(self, download: Tracked) -> set[int]:
        return {record["id"] for record in self._records([download])}

    def _waiting(self) -> list[tuple[Offer, Json]]:
        ledger, now = self._arr.ledger, self._arr.clock.now()
        return [
            (offer, pending_record(offer, ledger.wanted(offer).owner, self._medium, now))
            for offer in ledger.pending
        ]

    def _pending(self) -> list[Json]:
        return [record for _, record in self._waiting()]
