"""The part of an Arr's API about its library.

Source: Sonarr develop 97d24acf0 (Sonarr.Api.V3: Series, Episodes, EpisodeFiles), Radarr develop 1b9662d58
(Radarr.Api.V3: Movies, MovieFiles), Lidarr develop 0501e6156 (Lidarr.Api.V1: Artist, Albums, TrackFiles),
Readarr develop 4fb62c072 (Readarr.Api.V1: Author, Books, BookFiles), read 2026-08.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web

from compat.emulators.arr_gate import (
    Problem,
    asked_all,
    asked_flag,
    asked_number,
    body_of,
    malformed,
    missing,
)
from compat.emulators.arr_resources import answer, history_record
from compat.emulators.arr_settings import Json
from compat.emulators.arr_shelf import MediaFile, Owner, Part, Unmounted
from compat.emulators.arr_shelf_resources import file_resource, owner_resource, part_resource

if TYPE_CHECKING:
    from compat.emulators.arr import Arr

T = TypeVar("T")


class ShelfApi:
    """Routes about the library of one Arr."""

    def __init__(self, arr: Arr) -> None:
        self._arr, self._shelf, self._medium = arr, arr.shelf, arr.flavour.medium

    def routes(self, base: str) -> list[web.RouteDef]:
        owner, part, file = (
            f"{base}/{name}" for name in (self._medium.owner, self._medium.part, self._medium.file)
        )
        table = [
            web.get(owner, self.owners),
            web.get(f"{owner}/{{id:[0-9]+}}", self.owner),
            web.delete(f"{owner}/{{id:[0-9]+}}", self.forget),
            web.get(file, self.files),
            web.get(f"{file}/{{id:[0-9]+}}", self.file),
            web.delete(f"{file}/bulk", self.delete_many),
            web.delete(f"{file}/{{id:[0-9]+}}", self.delete),
            web.get(f"{base}/history/{self._medium.owner}", self.history),
            web.get(f"{base}/config/mediamanagement", self.configuration),
            web.put(f"{base}/config/mediamanagement/1", self.configure),
        ]
        if self._medium.part:
            table += [web.get(part, self.parts), web.put(f"{part}/monitor", self.monitor)]
            table += [web.get(f"{part}/{{id:[0-9]+}}", self.part)]
        else:
            table += [web.put(f"{owner}/editor", self.edit)]
        if self._medium.part in ("album", "book"):
            table += [web.delete(f"{part}/{{id:[0-9]+}}", self.forget_part)]
        return table

    async def owners(self, request: web.Request) -> web.Response:
        """All of them, or those that a catalogue knows by a number; other parameters count for nothing.

        Source: SeriesController.cs (`tvdbId`), MovieController.cs (`tmdbId`).
        """
        owners = [self._owner(owner) for owner in self._shelf.owners.values()]
        member = {"series": "tvdbId", "movie": "tmdbId"}.get(self._medium.owner, "")
        number = asked_number(request, member, 0) if member else 0
        return answer([owner for owner in owners if not number or owner[member] == number])

    async def owner(self, request: web.Request) -> web.Response:
        return answer(self._owner(self._known_owner(int(request.match_info["id"]))))

    async def forget(self, request: web.Request) -> web.Response:
        owner = self._known_owner(int(request.match_info["id"]))
        await self._arr.forget(owner, deletes_files=asked_flag(request, "deleteFiles"))
        return answer({})

    async def parts(self, request: web.Request) -> web.Response:
        """Raises Problem for a list of nobody's parts; ValueError for an id of several that is unknown."""
        owners, ids = (
            asked_all(request, f"{self._medium.owner}Id"),
            asked_all(request, f"{self._medium.part}Ids"),
        )
        if owners:
            chosen = self._shelf.parts_of(int(owners[0]))
        elif ids:
            chosen = _picked(self._shelf.parts, _numbers(ids))
        elif self._medium.per_part:
            raise _bad_request(f"{self._medium.owner}Id or {self._medium.part}Ids must be provided")
        else:
            chosen = list(self._shelf.parts.values())
        return answer([self._part(part) for part in chosen])

    async def part(self, request: web.Request) -> web.Response:
        return answer(self._part(self._known_part(request)))

    async def forget_part(self, request: web.Request) -> web.Response:
        part, deletes_files = self._known_part(request), asked_flag(request, "deleteFiles")
        await asyncio.to_thread(self._shelf.forget_part, part, deletes_files=deletes_files)
        await self._arr.herald.forgot_part(part, deletes_files=deletes_files)
        return answer({})

    async def files(self, request: web.Request) -> web.Response:
        """Raises Problem for a list of nobody's files; ValueError for an id of several that is unknown."""
        owners, ids = (
            asked_all(request, f"{self._medium.owner}Id"),
            asked_all(request, f"{self._medium.file_id}s"),
        )
        if owners:
            chosen = self._shelf.files_of(self._known_owner(int(owners[0])).id)
        elif ids:
            chosen = _picked(self._shelf.files, _numbers(ids))
        else:
            raise _bad_request(f"{self._medium.owner}Id or {self._medium.file_id}s must be provided")
        return answer([self._file(file) for file in chosen])

    async def file(self, request: web.Request) -> web.Response:
        return answer(self._file(self._known_file(request)))

    async def delete(self, request: web.Request) -> web.Response:
        """Raises Problem."""
        await self._delete(self._known_file(request))
        return web.Response()

    async def delete_many(self, request: web.Request) -> web.Response:
        """Raises Problem; ValueError for an id of several that is unknown."""
        ids = (await body_of(request)).get(f"{self._medium.file_id}s")
        for file in _picked(self._shelf.files, _listed(ids)):
            await self._delete(file)
        return answer({})

    async def monitor(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        ids = _listed(body.get(f"{self._medium.part}Ids"))
        self._shelf.monitor(ids, bool(body.get("monitored")))
        return answer([self._part(self._shelf.parts[number]) for number in ids], status=202)

    async def edit(self, request: web.Request) -> web.Response:
        """Change only what is told: a member that is left out stays as it is."""
        body = await body_of(request)
        ids = _listed(body.get(f"{self._medium.owner}Ids"))
        if body.get("monitored") is not None:
            self._shelf.monitor(ids, bool(body["monitored"]))
        return answer([self._owner(self._shelf.owners[number]) for number in ids], status=202)

    async def history(self, request: web.Request) -> web.Response:
        """The whole history of one owner, the newest first."""
        owner = self._known_owner(asked_number(request, f"{self._medium.owner}Id", 0))
        events = asked_all(request, "eventType")
        rows = [row for row in reversed(self._arr.history) if row.owner == owner.id]
        if events:
            rows = [row for row in rows if str(self._medium.events[row.event]) in events]
        return answer([history_record(row, self._medium) for row in rows])

    async def configuration(self, request: web.Request) -> web.Response:
        return answer(self._configuration())

    async def configure(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        self._shelf.unmonitors = bool(body.get(self._medium.unmonitor))
        return answer(self._configuration(), status=202)

    def _configuration(self) -> Json:
        bin_ = self._shelf.recycle_bin
        return {
            self._medium.unmonitor: self._shelf.unmonitors,
            "recycleBin": self._arr.view.seen(bin_) if bin_ else "",
            "deleteEmptyFolders": False,
            "id": 1,
        }

    async def _delete(self, file: MediaFile) -> None:
        try:
            await asyncio.to_thread(self._shelf.delete, file)
        except Unmounted as error:
            raise Problem(409, {"message": str(error)}) from error
        except OSError as error:
            raise Problem(500, {"message": f"Unable to delete {self._medium.part} file"}) from error
        self._arr.ledger.deleted(file, "Manual")
        await self._arr.herald.deleted(file, "manual")

    def _known_owner(self, number: int) -> Owner:
        owner = self._shelf.owners.get(number)
        if owner is None:
            raise missing()
        return owner

    def _known_part(self, request: web.Request) -> Part:
        part = self._shelf.parts.get(int(request.match_info["id"]))
        if part is None:
            raise missing()
        return part

    def _known_file(self, request: web.Request) -> MediaFile:
        file = self._shelf.files.get(int(request.match_info["id"]))
        if file is None:
            raise missing()
        return file

    def _owner(self, owner: Owner) -> Json:
        return owner_resource(owner, self._shelf, self._arr.view.seen)

    def _part(self, part: Part) -> Json:
        return part_resource(part, self._shelf)

    def _file(self, file: MediaFile) -> Json:
        return file_resource(file, self._shelf, self._arr.view.seen)


def _picked(known: Mapping[int, T], ids: Sequence[int]) -> list[T]:
    """Raises ValueError when any is unknown: the Arr's query expects as many rows as ids."""
    found = [known[number] for number in dict.fromkeys(ids) if number in known]
    if len(found) != len(ids):
        raise ValueError(f"Expected query to return {len(ids)} rows but returned {len(found)}")
    return found


def _numbers(words: Sequence[str]) -> list[int]:
    try:
        return [int(word) for word in words]
    except ValueError as error:
        raise malformed("ids", "The value is not valid.") from error


def _listed(ids: object) -> list[int]:
    if not isinstance(ids, list) or not all(isinstance(number, int) for number in ids):
        raise malformed("ids", "The JSON value could not be converted.")
    return ids


def _bad_request(message: str) -> Problem:
    return Problem(400, {"message": f"BadRequest: {message}"})
