"""The media files in an Arr's library: listed, deleted, looked for again.

Source: Sonarr develop 97d24acf0 (EpisodeFileController.cs, EpisodeController.cs, MediaFileDeletionService),
Radarr develop 1b9662d58 (MovieController.cs, MovieFileController.cs), Lidarr develop 0501e6156, Readarr
develop 4fb62c072, read 2026-08. Where one id of several is unknown, lists by id answer 500 in place of what
they know; lists by owner do not. Lidarr reads a track's tags from the disk when it is asked for that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from msgspec import Struct, field

from qbitproxy.arrs.api import Api
from qbitproxy.arrs.words import Words
from qbitproxy.core.calls import Purpose
from qbitproxy.core.faults import Missing
from qbitproxy.core.library_files import LibraryFile, LibraryPage, Monitored

OWNERS_AGE = timedelta(minutes=10)
"""How long the list of series, movies, artists or authors is remembered from page to page."""

LARGEST_ID = 2**31 - 1
"""An Arr takes no larger number for one."""

MOVIES_EACH = 100
"""Movies on a page; of the others a page holds one owner."""


class _File(Struct, frozen=True):
    id: int
    path: str
    size: int = 0
    season: int | None = field(name="seasonNumber", default=None)
    album: int = field(name="albumId", default=0)
    book: int = field(name="bookId", default=0)


class _Statistics(Struct, frozen=True):
    """How many files there are; -1 where the Arr has another word for it."""

    episodes: int = field(name="episodeFileCount", default=-1)
    tracks: int = field(name="trackFileCount", default=-1)
    books: int = field(name="bookFileCount", default=-1)


class _Owner(Struct, frozen=True):
    """A series, movie, artist or author."""

    id: int
    title: str = ""
    artist: str = field(name="artistName", default="")
    author: str = field(name="authorName", default="")
    monitored: bool = False
    statistics: _Statistics = _Statistics()
    file: _File | None = field(name="movieFile", default=None)

    @property
    def name(self) -> str:
        return self.title or self.artist or self.author


class _Numbered(Struct, frozen=True):
    """An owner by the numbers it goes by."""

    id: int
    tvdb: int = field(name="tvdbId", default=0)
    tmdb: int = field(name="tmdbId", default=0)


class _Part(Struct, frozen=True):
    """An episode, album or book."""

    id: int
    monitored: bool = False
    file: int = field(name="episodeFileId", default=0)


class Shelf:
    """The library of one Arr. What each method promises is written in `core.ports.ArrLibrary`."""

    def __init__(self, api: Api, words: Words, ours: Callable[[str], str]) -> None:
        """`ours` spells a path of the Arr's as we see it."""
        self._api, self._words, self._ours = api, words, ours
        self._owners: tuple[float, list[_Owner]] | None = None  # when they were listed, monotonic seconds

    async def library(self, after: str, media_ids: Sequence[int]) -> LibraryPage:
        begin, most = int(after or 0), MOVIES_EACH if self._words.inside else 1
        if media_ids:
            rest = sorted({number for number in media_ids if number > begin})
            owners = await self._chosen(rest[:most])
        else:
            known = {owner.id: owner for owner in await self._all() if owner.id > begin}
            rest = [number for number, owner in known.items() if _has_files(owner, self._words)]
            owners = [known[number] for number in rest[:most]]
            if len(rest) <= most:
                self._owners = None
        files = [file for owner in owners for file in await self._files(owner)]
        return LibraryPage(tuple(files), str(rest[most - 1]) if len(rest) > most else "")

    async def media_id(self, catalogue: str, number: int) -> int | None:
        owner, own = self._words.owner, self._words.catalogue
        if not 0 < number <= LARGEST_ID:
            return None
        if catalogue == "id":
            try:
                found = await self._api.get(f"{owner}/{number}", _Numbered, purpose=Purpose.ADD)
            except Missing:
                return None
            return number if found.id == number else None
        if not own or catalogue not in ("", own):
            return None
        listed = await self._api.list(owner, _Numbered, {f"{own}Id": number}, Purpose.ADD)
        numbers = {one.tvdb if own == "tvdb" else one.tmdb: one.id for one in listed}
        return numbers.get(number)  # whoever does not filter lists everything

    async def monitored(self, file: LibraryFile) -> Monitored:
        return Monitored(
            tuple(part.id for part in await self._left(file) if part.monitored and part.id in file.parts)
        )

    async def delete_file(self, file: LibraryFile) -> None:
        try:
            listed = await self._listed(file.media_id)
        except Missing:
            return
        now = next((one for one in listed if one.id == file.id), None)
        if now is None:
            return
        if (now.path, now.size) != (file.path, file.size):
            raise Missing(self._api.name, f"its file {file.id} is not the one that was looked at")
        try:
            await self._api.write("DELETE", f"{self._words.files}/{file.id}")
        except Missing:
            return

    async def restore(self, file: LibraryFile, monitored: Monitored) -> None:
        there = {part.id for part in await self._left(file)} if monitored.parts else set()
        parts = [part for part in monitored.parts if part in there]  # else all are refused
        if parts:
            body = {self._words.part_ids: parts, "monitored": True}
            await self._api.write("PUT", self._words.monitor, body)

    async def search(self, files: Iterable[LibraryFile]) -> None:
        parts = sorted({part for file in files for part in file.parts})
        if parts:
            body = {"name": self._words.search, self._words.part_ids: parts}
            await self._api.write("POST", "command", body)

    async def _all(self) -> list[_Owner]:
        """Everybody, in the order of their ids: those that come later have higher ones."""
        now = self._api.http.clock.monotonic()
        if self._owners is None or now - self._owners[0] > OWNERS_AGE.total_seconds():
            query = {"excludeLocalCovers": "true"} if self._words.inside else None
            listed = await self._api.list(self._words.owner, _Owner, query)
            self._owners = now, sorted(listed, key=lambda owner: owner.id)
        return self._owners[1]

    async def _chosen(self, media_ids: Iterable[int]) -> list[_Owner]:
        found: list[_Owner] = []
        for media_id in media_ids:
            with suppress(Missing):
                found.append(await self._api.get(f"{self._words.owner}/{media_id}", _Owner))
        return [owner for owner in found if _has_files(owner, self._words)]

    async def _files(self, owner: _Owner) -> list[LibraryFile]:
        if self._words.inside:
            listed = [owner.file] if owner.file else []
        else:
            try:
                listed = await self._listed(owner.id)
            except Missing:  # it went since the owners were listed
                return []
        holds = await self._holds(owner.id) if self._words.part == "episode" and listed else {}
        return [
            LibraryFile(
                arr=self._api.name,
                id=file.id,
                media_id=owner.id,
                parts=_parts_of(file, owner, holds, self._words),
                season=file.season,
                path=file.path,
                ours=self._ours(file.path),
                size=file.size,
                title=owner.name,
            )
            for file in listed
        ]

    async def _listed(self, owner: int) -> list[_File]:
        return await self._api.list(self._words.files, _File, {self._words.owner_id: owner})

    async def _parts(self, owner: int) -> list[_Part]:
        if not self._words.part:
            return [await self._api.get(f"{self._words.owner}/{owner}", _Part)]
        return await self._api.list(self._words.part, _Part, {self._words.owner_id: owner})

    async def _left(self, file: LibraryFile) -> list[_Part]:
        """The parts of a file's owner, none when that is not there any more."""
        try:
            return await self._parts(file.media_id)
        except Missing:
            return []

    async def _holds(self, owner: int) -> Mapping[int, tuple[int, ...]]:
        """The episodes in each file of a series."""
        holds: dict[int, tuple[int, ...]] = {}
        for episode in await self._parts(owner):
            holds[episode.file] = (*holds.get(episode.file, ()), episode.id)
        return holds


def _has_files(owner: _Owner, words: Words) -> bool:
    """Whether there is anything to ask for."""
    if words.inside:
        return owner.file is not None
    counted = owner.statistics
    return max(counted.episodes, counted.tracks, counted.books) != 0


def _parts_of(
    file: _File, owner: _Owner, holds: Mapping[int, tuple[int, ...]], words: Words
) -> tuple[int, ...]:
    match words.part:
        case "":
            return (owner.id,)
        case "episode":
            return holds.get(file.id, ())
    part = file.album or file.book
    return (part,) if part else ()
