"""Commands given through an Arr's API, carried out in the background."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Self

from compat.emulators.arr_client import ClientFault
from compat.emulators.arr_flavour import Medium
from compat.emulators.arr_records import Command
from compat.emulators.bench import Clock

_EVERYWHERE = (
    "RefreshMonitoredDownloads",
    "ProcessMonitoredDownloads",
    "CheckHealth",
    "RssSync",
    "ManualImport",
)
_BY_OWNER = {
    "series": (
        "EpisodeSearch",
        "SeasonSearch",
        "SeriesSearch",
        "MissingEpisodeSearch",
        "RescanSeries",
        "RefreshSeries",
    ),
    "movie": ("MoviesSearch", "MissingMoviesSearch", "RescanMovie", "RefreshMovie"),
    "artist": ("AlbumSearch", "ArtistSearch", "MissingAlbumSearch", "RescanFolders", "RefreshArtist"),
    "author": ("BookSearch", "AuthorSearch", "MissingBookSearch", "RescanFolders", "RefreshAuthor"),
}


class UnknownCommand(Exception):
    """No command has this name."""


class Commands:
    """The commands of one Arr. `deeds` says what some of them do; the others are done at once."""

    def __init__(
        self, medium: Medium, clock: Clock, deeds: Mapping[str, Callable[[], Awaitable[object]]]
    ) -> None:
        names = (*_EVERYWHERE, *_BY_OWNER[medium.owner], medium.scan)
        self._names = {name.lower(): name for name in names}
        self._clock = clock
        self._deeds = deeds
        self._group = asyncio.TaskGroup()
        self._tasks: list[asyncio.Task[None]] = []
        self.given: list[Command] = []  # oldest first

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await self._group.__aexit__(None, None, None)

    def begin(self, name: str, body: dict[str, object]) -> Command:
        """Return the command, begun, or an equal one that is not finished. Raises UnknownCommand."""
        known = self._names.get(name.lower())
        if known is None:
            raise UnknownCommand(f"no command is called {name[:80]!r}")
        for command in self.given:
            if command.name == known and command.body == body and command.ended is None:
                return command
        command = Command(id=len(self.given) + 1, name=known, body=body, queued=self._clock.now())
        self.given.append(command)
        self._tasks.append(self._group.create_task(self._carry_out(command)))
        return command

    async def _carry_out(self, command: Command) -> None:
        command.status, command.started = "started", self._clock.now()
        try:
            if deed := self._deeds.get(command.name):
                await deed()
            command.message = "Completed"
        except ClientFault as fault:  # an Arr logs it; the command counts as completed all the same
            command.message = str(fault)
        command.status, command.ended = "completed", self._clock.now()
