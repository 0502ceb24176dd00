"""What an Arr's history says about a file.

Source: Sonarr develop 97d24acf0 (HistoryService.cs, HistoryController.cs), Lidarr develop 0501e6156
(EntityHistoryService.cs), read 2026-08. The row of an import names the file by its id in newer releases, by
its path in all; the row of a later renaming names both paths.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from qbitproxy.arrs.api import Api
from qbitproxy.arrs.sight import spelled
from qbitproxy.arrs.words import Words
from qbitproxy.core.faults import Missing
from qbitproxy.core.library_files import Grab, LibraryFile


class Row(Struct, frozen=True):
    """One row of the history."""

    id: int
    event: str = field(name="eventType", default="")
    download_id: str = field(name="downloadId", default="")  # the infohash, upper case
    title: str = field(name="sourceTitle", default="")
    data: dict[str, str | None] = field(default_factory=dict)

    def fact(self, name: str) -> str:
        """One of its details, "" when it has none of that name; releases differ in the case of names."""
        return next((value or "" for key, value in self.data.items() if key.lower() == name), "")


class Past:
    """The history of one Arr. What each method promises is written in `core.ports.ArrLibrary`."""

    def __init__(self, api: Api, words: Words) -> None:
        self._api, self._words = api, words

    async def grab_of(self, file: LibraryFile) -> Grab | None:
        query = {self._words.owner_id: file.media_id}
        try:
            rows = await self._api.list(f"history/{self._words.owner}", Row, query)
        except Missing:  # the series, movie, artist or author is not there any more
            return None
        return grab_in(sorted(rows, key=lambda row: row.id, reverse=True), file)

    async def block(self, file: LibraryFile) -> bool:
        grab = await self.grab_of(file)
        if grab is None:
            return False
        if not grab.failed:
            try:
                await self._api.write("POST", f"history/failed/{grab.id}")
            except Missing:  # its history was cleared since
                return False
        return True


def grab_in(rows: Sequence[Row], file: LibraryFile) -> Grab | None:
    """The grab of the release that `file` came from; `rows` are the newest first."""
    download_id = _download_of(rows, file)
    failed = False
    for row in rows:
        if not download_id or row.download_id.upper() != download_id:
            continue
        if row.event == "downloadFailed":
            failed = True
        elif row.event == "grabbed":
            return Grab(id=row.id, infohash=download_id.lower(), title=row.title, failed=failed)
    return None


def _download_of(rows: Sequence[Row], file: LibraryFile) -> str:
    """Under which download id `file` was imported, "" when no row says so."""
    path = spelled(file.path)
    for row in rows:
        if row.fact("sourcepath") and spelled(row.fact("path")) == path:
            path = spelled(row.fact("sourcepath"))  # so it was called before it was renamed
        elif row.fact("importedpath"):
            known = row.fact("fileid")
            if known == str(file.id) if known else spelled(row.fact("importedpath")) == path:
                return row.download_id.upper()
    return ""
