"""What an Arr sees of the file system, by its own account.

Source: Sonarr develop 97d24acf0, FileSystemController.cs and FileSystemLookupService.cs, read 2026-08.
`filesystem/mediafiles` lists nothing for a folder that is not there, otherwise every media file below it,
broken links included. `filesystem/type` says "file" of a file alone; of what does not exist it says "folder".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import zip_longest
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from msgspec import Raw, Struct, field

from qbitproxy.core.calls import Http
from qbitproxy.core.lists import each

MAPPINGS_AGE = timedelta(minutes=1)
"""How long the Arr's own path mappings are remembered."""

WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")


class Mapped(Struct, frozen=True):
    """One folder under two names."""

    ours: str
    theirs: str


class _RemotePathMapping(Struct, frozen=True):
    remote: str = field(name="remotePath")
    local: str = field(name="localPath")


class _MediaFile(Struct, frozen=True):
    path: str


class _Type(Struct, frozen=True):
    type: str


class Sight:
    """Looks through the eyes of one Arr."""

    def __init__(self, http: Http, api: str, mappings: Sequence[Mapped], odd: Callable[[Raw], None]) -> None:
        """`api` is the path before every call. `mappings` count before those the Arr keeps itself."""
        self._http, self._api, self._mappings, self._odd = http, api, mappings, odd
        self._own: tuple[float, list[Mapped]] | None = None  # when they were asked for, monotonic seconds

    async def unseen(self, placed: Sequence[str], targets: Sequence[str]) -> list[str]:
        """The paths that the Arr does not see, as it would spell them: see `core.ports.Arr`."""
        spellings = [await self._spellings(path) for path in placed]
        spellings += [[spelled(path)] for path in targets]
        missing = spellings
        for tried in zip_longest(*spellings):  # every path's first spelling, then every second, …
            asked = {
                path
                for path, candidates in zip(tried, spellings, strict=True)
                if path and candidates in missing
            }
            seen = await self._seen(asked)
            missing = [candidates for candidates in missing if seen.isdisjoint(candidates)]
            if not missing:
                break
        return list(dict.fromkeys(str(candidates[0]) for candidates in missing))

    def ours(self, path: str) -> str:
        """A path of the Arr's as we see it, by the configured mappings; the same path where none fits."""
        theirs = spelled(path)
        fitting = [each for each in self._mappings if theirs.is_relative_to(spelled(each.theirs))]
        if not fitting:
            return str(theirs)
        longest = max(fitting, key=lambda each: len(spelled(each.theirs).parts))
        below = theirs.relative_to(spelled(longest.theirs)).parts
        return str(PurePosixPath(longest.ours).joinpath(*below))

    async def _spellings(self, path: str) -> list[PurePath]:
        """How the Arr may call a path of ours, the likeliest first."""
        configured = _translated(path, self._mappings)
        if configured:
            return configured[:1]
        return [*_translated(path, await self._own_mappings()), spelled(path)]

    async def _own_mappings(self) -> list[Mapped]:
        """The Arr's own mappings; which of them is meant for us it alone knows."""
        now = self._http.clock.monotonic()
        if self._own is None or now - self._own[0] > MAPPINGS_AGE.total_seconds():
            listed = await self._http.call("GET", f"{self._api}remotepathmapping", list[Raw])
            known = each(listed, _RemotePathMapping, self._odd)
            self._own = now, [Mapped(mapping.remote, mapping.local) for mapping in known]
        return self._own[1]

    async def _seen(self, paths: set[PurePath]) -> set[PurePath]:
        seen: set[PurePath] = set()
        for folder in _topmost({path.parent for path in paths}):
            below = {path for path in paths if path.is_relative_to(folder)}
            seen |= await self._seen_below(folder, below)
        return seen

    async def _seen_below(self, folder: PurePath, paths: set[PurePath]) -> set[PurePath]:
        """Those of `paths` that are there, with one listing when there are several."""
        listed: set[PurePath] = set()
        if len(paths) > 1:
            answer = await self._http.call(
                "GET", f"{self._api}filesystem/mediafiles", list[Raw], query={"path": str(folder)}
            )
            listed = {spelled(file.path) for file in each(answer, _MediaFile, self._odd)}
        seen = paths & listed
        kinds = {path.suffix.lower() for path in listed}  # what the Arr takes for media
        for path in sorted(paths - listed, key=str):
            if path.suffix.lower() in kinds:
                continue
            if await self._is_file(path):
                seen.add(path)
            elif not listed:  # the folder itself seems not to be there: one question is enough
                break
        return seen

    async def _is_file(self, path: PurePath) -> bool:
        answer: _Type = await self._http.call(
            "GET", f"{self._api}filesystem/type", _Type, query={"path": str(path)}
        )
        return answer.type == "file"


def spelled(path: str) -> PurePath:
    """A path in the manner of the system it belongs to."""
    return PureWindowsPath(path) if WINDOWS.match(path) else PurePosixPath(path)


def _translated(path: str, mappings: Iterable[Mapped]) -> list[PurePath]:
    """`path` through every mapping that covers it, the longest first."""
    ours = PurePosixPath(path)
    fitting = [mapping for mapping in mappings if ours.is_relative_to(mapping.ours)]
    fitting.sort(key=lambda mapping: len(PurePosixPath(mapping.ours).parts), reverse=True)
    return [spelled(mapping.theirs).joinpath(*ours.relative_to(mapping.ours).parts) for mapping in fitting]


def _topmost(folders: set[PurePath]) -> list[PurePath]:
    top = [folder for folder in folders if folders.isdisjoint(folder.parents)]
    return sorted(top, key=str)
