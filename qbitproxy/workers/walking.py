"""Every library walked from its first file to its last."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from qbitproxy.core.brake import shrunk
from qbitproxy.core.faults import Fault, Unreachable
from qbitproxy.core.library_files import LibraryPage
from qbitproxy.core.ports import ArrLibrary
from qbitproxy.core.references import Walk
from qbitproxy.core.spelling import legible
from qbitproxy.files.following import links_below
from qbitproxy.files.problems import DiskProblem
from qbitproxy.references import References
from qbitproxy.workers.referring import Referring, Seen
from qbitproxy.workers.ward import Ward

ATTEMPTS = 3  # at one page of a library
BETWEEN = timedelta(seconds=20)
AT_ONCE = 500  # links looked at in one go
FOLDERS_AT_ONCE = 100  # looked through in one go, which has to end before a mount counts as hanging

NO_ARR = ""
"""Stands for the folders that belong to no Arr."""


class Walked(Struct, frozen=True, kw_only=True):
    """What a walk through all libraries came to."""

    files: int
    doubts: tuple[str, ...]  # why it may have missed somebody who refers to something
    dead: tuple[str, ...] | None  # links that no Arr lists, to nothing; None where some Arr did not list all
    kept: Collection[str]  # every library's folders, every file that an Arr lists
    unmapped: tuple[str, ...]  # folders in which no Arr keeps anything


class Walking:
    """One walk. What refers to something is kept as it is seen; what did is forgotten at a library's end."""

    def __init__(
        self,
        ward: Ward,
        references: References,
        referring: Referring,
        began: datetime,
        *,
        sound: Collection[str],
        believe: bool,
        beat: Callable[[], None],
    ) -> None:
        """`sound` are the accounts whose list is believed; `believe` counts libraries that lost much."""
        self._ward, self._references, self._referring = ward, references, referring
        self._began, self._sound, self._believe, self._beat = began, sound, believe, beat
        self._walks: dict[str, Walk] = {}  # by Arr, of those that listed everything
        self._roots: dict[str, list[str]] = {}  # by Arr, as we see them
        self._listed: set[str] = set()  # files that Arrs list, as we see them
        self._doubts: list[str] = []
        self._dead: list[str] = []
        self._unmapped: list[str] = []

    async def all(self, arrs: Sequence[str], folders: Sequence[str]) -> Walked:
        """Walk the libraries of `arrs`, then whatever else links in them and in `folders` refers to."""
        for arr in arrs:
            await self._arr(arr)
        for arr in self._walks:
            await self._beyond(arr)
        before = await self._references.walks()
        if folders or NO_ARR in before:
            self._walks[NO_ARR] = Walk(arr=NO_ARR, at=self._began)
        for folder in folders:
            await self._referring.enter(folder)
            await self._folder(NO_ARR, folder)
        for arr in list(self._walks):
            await self._missed(arr)
        for walk in self._walks.values():
            await self._end(walk, before.get(walk.arr))
        self._doubts += [
            f"{arr} referred to files once and is not known any more: forget it, or let it log in"
            for arr in before
            if arr != NO_ARR and arr not in arrs
        ]
        return Walked(
            files=sum(walk.files for walk in self._walks.values()),
            doubts=tuple(self._doubts),
            dead=tuple(self._dead) if set(arrs) <= self._walks.keys() else None,
            kept={*folders, *chain.from_iterable(self._roots.values()), *self._listed},
            unmapped=tuple(self._unmapped),
        )

    async def _arr(self, arr: str) -> None:
        """Every file that an Arr lists."""
        library = self._ward.library_of(arr)
        if library is None:
            return
        self._walks[arr] = Walk(arr=arr, at=self._began)
        after = ""
        try:
            self._roots[arr] = [root.ours for root in await library.roots()]
            for root in self._roots[arr]:
                await self._referring.enter(root)
            while True:
                page = await self._page(library, after)
                self._listed.update(file.ours for file in page.files)
                seen = await self._referring.files(arr, page.files)
                await self._note(arr, seen, len(page.files) - len(seen.gone))
                if not page.after:
                    return
                if page.after == after:
                    raise Unreachable(arr, "its library goes round in circles")
                after = page.after
        except Fault as fault:
            del self._walks[arr]
            self._doubts.append(f"{arr} could not be asked for all its files: {fault.detail}")

    async def _page(self, library: ArrLibrary, after: str) -> LibraryPage:
        for _ in range(ATTEMPTS - 1):
            with suppress(Fault):
                return await library.library(after)
            await self._ward.hands.clock.sleep(BETWEEN)
        return await library.library(after)

    async def _beyond(self, arr: str) -> None:
        """What lies in an Arr's root folders without its listing it."""
        library = self._ward.library_of(arr)
        if library is None:
            return
        try:
            self._unmapped += [folder.ours for folder in await library.unmapped()]
        except Fault as fault:
            self._doubts.append(f"{arr} does not say which folders are nobody's: {fault.detail}")
        for root in self._roots[arr]:
            await self._folder(arr, root)

    async def _folder(self, arr: str, folder: str) -> None:
        """The links in a folder that no Arr lists."""
        root = Path(folder)
        folders = links_below(root, self._listed)
        try:
            while some := await self._ward.looks.ask(root, lambda: list(islice(folders, FOLDERS_AT_ONCE))):
                links = list(chain.from_iterable(some))
                for begin in range(0, len(links), AT_ONCE):
                    part = links[begin : begin + AT_ONCE]
                    seen = await self._referring.links(arr, part)
                    self._dead += seen.dead
                    await self._note(arr, seen, len(part) - len(seen.dead) if arr == NO_ARR else 0)
        except (DiskProblem, OSError) as problem:
            self._doubts.append(f"{folder} cannot be looked through: {problem}")

    async def _missed(self, arr: str) -> None:
        """What referred to something and was not come by: only what is gone from the disk is gone.

        What cannot be seen is gone, too, once a person says so.
        """
        after = ""
        while paths := await self._references.missed(arr, self._began, after, AT_ONCE):
            seen = await self._referring.links(arr, [Path(path) for path in paths])
            await self._note(arr, replace(seen, unseen=()) if self._believe else seen, 0)
            after = paths[-1]

    async def _note(self, arr: str, seen: Seen, files: int) -> None:
        self._beat()
        before = self._walks[arr]
        self._walks[arr] = replace(
            before,
            files=before.files + files,
            unseen=before.unseen + len(seen.unseen),
            astray=before.astray + len(seen.astray),
            example=legible(next(iter((*seen.unseen, *seen.astray)), before.example)),
        )
        if seen.references:
            await self._references.refer(seen.references, self._began)
        if seen.unseen or seen.astray:
            await self._references.keep(arr, (*seen.unseen, *seen.astray), self._began)
        self._references.walked = (self._references.walked or 0) + files

    async def _end(self, walk: Walk, before: Walk | None) -> None:
        whose = walk.arr or "the further libraries"
        if walk.unseen:
            self._doubts.append(
                f"{walk.unseen} files of {whose} are not to be seen from here, such as {walk.example}: "
                "its path_mappings may be wrong"
            )
        if walk.astray:
            self._doubts.append(
                f"{walk.astray} files of {whose} lead to nothing that an account lists, such as "
                f"{walk.example}: providers.*.seen_at may lack a place"
            )
        if (
            before is not None
            and not self._believe
            and shrunk(walk.files, before.files, self._ward.rules.brake)
        ):
            self._doubts.append(f"{whose} has {walk.files} files, it had {before.files}")
            return
        await self._references.end_walk(walk, self._sound)
