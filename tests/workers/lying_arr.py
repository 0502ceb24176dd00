"""An Arr whose answers may be wrong, with what it must not be told to delete."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from qbitproxy.core.faults import Missing, Unreachable
from qbitproxy.core.library_files import Grab, LibraryFile, LibraryFolder, LibraryPage, Monitored
from qbitproxy.workers.hands import ArrHand
from tests.workers.frail_service import Fuse, infohash_of


class LyingArr:
    """The library is `files`; what it shows of it may be less, or older."""

    def __init__(self, media: Path, page: int, fuse: Fuse, release_of: Callable[[LibraryFile], int]) -> None:
        """`page` is how many files it shows at once; `release_of` what it imported a file from."""
        self._media, self._page, self._fuse, self._release_of = media, page, fuse, release_of
        self.files: dict[int, LibraryFile] = {}
        self.monitored_parts: set[int] = set()
        self.blocked: set[int] = set()  # files whose release is on the blocklist
        self.searched: set[int] = set()  # files that it has looked for anew
        self.deleted: list[LibraryFile] = []
        self.down = False
        self.forgetful = False  # shows half of its library
        self.empty = False  # shows nothing
        self.stale: dict[int, LibraryFile] | None = None  # shows what it had then
        self.must_stay: Callable[[LibraryFile], str] = lambda file: ""  # why, where it must
        self.wrongs: list[str] = []  # what must never have been asked for

    def is_well(self) -> None:
        self.down = self.forgetful = self.empty = False
        self.stale = None

    def _answer(self) -> None:
        self._fuse.burn()
        if self.down:
            raise Unreachable("arr", "HTTP 500")

    async def library(self, after: str = "", media_ids: Sequence[int] = ()) -> LibraryPage:
        self._answer()
        files = self.files if self.stale is None else self.stale
        known = sorted(files) if not self.empty else []
        if media_ids:
            known = [number for number in known if files[number].media_id in media_ids]
        begin = bisect_right(known, int(after or 0))
        page = known[begin : begin + self._page]
        last = str(page[-1]) if begin + self._page < len(known) else ""
        shown = page[::2] if self.forgetful and not media_ids else page
        return LibraryPage(tuple(files[number] for number in shown), last)

    async def roots(self) -> list[LibraryFolder]:
        self._answer()
        return [LibraryFolder(str(self._media), str(self._media))]

    async def unmapped(self) -> list[LibraryFolder]:
        self._answer()
        return []

    async def grab_of(self, file: LibraryFile) -> Grab | None:
        self._answer()
        return Grab(id=1, infohash=infohash_of(self._release_of(file)), title=file.title, failed=False)

    async def monitored(self, file: LibraryFile) -> Monitored:
        self._answer()
        return Monitored(tuple(part for part in file.parts if part in self.monitored_parts))

    async def delete_file(self, file: LibraryFile) -> None:
        self._answer()
        if file.id not in self.files:
            return
        if self.files[file.id] != file:
            raise Missing("arr", "another file")
        if not self._media.exists():
            raise Unreachable("arr", "the root folder is missing")
        why = self.must_stay(file)
        if why:
            self.wrongs.append(f"{file.path} was deleted: {why}")
        self.deleted.append(self.files.pop(file.id))
        self.monitored_parts -= set(file.parts)
        await asyncio.to_thread(Path(file.ours).unlink, missing_ok=True)

    async def block(self, file: LibraryFile) -> bool:
        self._answer()
        self.blocked.add(file.id)
        return True

    async def restore(self, file: LibraryFile, monitored: Monitored) -> None:
        self._answer()
        self.monitored_parts |= set(monitored.parts)

    async def search(self, files: Sequence[LibraryFile]) -> None:
        self._answer()
        self.searched |= {file.id for file in files}


class OneArr:
    """Finds the only Arr."""

    def __init__(self, arr: Any) -> None:
        self._hand = ArrHand(
            arr=arr, uncached=None, confirm=False, report=False, report_limit=0, refresh=False
        )

    def hand(self, name: str) -> ArrHand | None:
        return self._hand if name == "arr" else None

    def kind(self, name: str) -> str:
        return ""
