"""The media files in an Arr's library."""

from __future__ import annotations

import re

from msgspec import Struct


class LibraryFile(Struct, frozen=True, kw_only=True):
    """One media file as its Arr knows it."""

    arr: str  # by its configured name
    id: int  # of the file at the Arr; a file that takes its place has another one
    media_id: int  # of the series, movie, artist or author
    parts: tuple[int, ...]  # ids of the episodes, the movie, the album or the book in it
    season: int | None = None  # None where there are none
    path: str  # as the Arr spells it
    ours: str  # the same path as we see it
    size: int  # bytes
    title: str  # of the series, movie, artist or author


class LibraryFolder(Struct, frozen=True):
    """One folder of a library as its Arr knows it."""

    path: str  # as the Arr spells it, without a slash at its end
    ours: str  # the same path as we see it


class LibraryPage(Struct, frozen=True):
    """A part of a library."""

    files: tuple[LibraryFile, ...]  # may be empty before the end, too
    after: str  # where the next page begins, "" at the end


class Monitored(Struct, frozen=True):
    """What of a file the Arr was to look for and to upgrade."""

    parts: tuple[int, ...]  # ids as in `LibraryFile.parts`


class Grab(Struct, frozen=True, kw_only=True):
    """The release that a file was imported from."""

    id: int  # of the row in the Arr's history
    infohash: str  # 40 hex digits, lower case; the Arr's own word for a download that was no torrent
    title: str
    failed: bool  # marked as failed already, so it is on the blocklist

    @property
    def torrent(self) -> str:
        """The infohash of the torrent that it was, "" for a download of another kind."""
        return self.infohash if re.fullmatch("[0-9a-f]{40}", self.infohash) else ""
