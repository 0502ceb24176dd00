"""The root folders of an Arr's library.

Source: Sonarr develop 97d24acf0, Radarr develop 1b9662d58 (RootFolderService.cs, RootFolderResource.cs),
Lidarr develop 0501e6156, Readarr develop 4fb62c072, read 2026-11. An Arr grants a root folder five seconds to
be looked through, then tells nothing of it but its path.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from qbitproxy.arrs.api import Api
from qbitproxy.arrs.sight import spelled
from qbitproxy.core.library_files import LibraryFolder


class _Unmapped(Struct, frozen=True):
    path: str


class _Root(Struct, frozen=True):
    path: str
    unmapped: tuple[_Unmapped, ...] | None = field(name="unmappedFolders", default=None)


class Roots:
    """What each method promises is written in `core.ports.ArrLibrary`."""

    def __init__(self, api: Api, ours: Callable[[str], str]) -> None:
        """`ours` spells a path of the Arr's as we see it."""
        self._api, self._ours = api, ours

    async def roots(self) -> list[LibraryFolder]:
        return [self._folder(root.path) for root in await self._listed()]

    async def unmapped(self) -> list[LibraryFolder]:
        return [self._folder(each.path) for root in await self._listed() for each in root.unmapped or ()]

    async def _listed(self) -> list[_Root]:
        return await self._api.list("rootfolder", _Root)

    def _folder(self, path: str) -> LibraryFolder:
        plain = str(spelled(path))  # of root folders most end in a slash
        return LibraryFolder(plain, self._ours(plain))
