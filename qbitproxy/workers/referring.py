"""Which remote items the files of libraries refer to, by where they lead."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import structlog
from msgspec import Struct

from qbitproxy.core.faults import Fault
from qbitproxy.core.inventory import doubt_of
from qbitproxy.core.library_files import LibraryFile
from qbitproxy.core.ports import RemoteItem
from qbitproxy.core.records import Records
from qbitproxy.core.references import Holdings, Reference, anywhere
from qbitproxy.core.torrent import Remote
from qbitproxy.core.trail import Trail
from qbitproxy.core.verdict import Look
from qbitproxy.files.following import Lead, lead
from qbitproxy.files.problems import DiskProblem
from qbitproxy.workers.inspection import places_of
from qbitproxy.workers.ward import Ward

log = structlog.get_logger()

MOST_LOOKED = 200  # files of one survey whose mount is asked why their item is not to be found


class Account(Struct, frozen=True):
    """What one account holds."""

    provider: str
    items: Mapping[str, RemoteItem]  # by id
    holdings: Holdings
    doubt: str  # why its list is not believed, "" when it is


class Seen(Struct, frozen=True):
    """What became of some files."""

    references: tuple[Reference, ...] = ()
    unseen: tuple[str, ...] = ()  # files that are not to be seen from here, nor is their root folder
    astray: tuple[str, ...] = ()  # files that lead to no item, although something may be there
    dead: tuple[str, ...] = ()  # files that lead to nothing any more
    gone: tuple[str, ...] = ()  # files that are not there, while their root folder is to be seen


async def accounts_of(ward: Ward, records: Records) -> dict[str, Account]:
    """What every account holds now, by provider."""
    known = await ward.repairs.items()
    return {
        name: await _account(ward, name, {*records.ids(name), *known.get(name, ())})
        for name in ward.hands.providers
    }


async def _account(ward: Ward, provider: str, known: Collection[str]) -> Account:
    try:
        items = await ward.hands.providers[provider].behind.items()
    except Fault as fault:
        log.info("account_not_listed", provider=provider, detail=fault.detail)
        return Account(provider, {}, Holdings(()), f"{provider} cannot be listed: {fault.detail}")
    by_id, holdings = {item.id: item for item in items}, await asyncio.to_thread(Holdings, items)
    return Account(provider, by_id, holdings, doubt_of(provider, by_id, known))


class Referring:
    """Looks at the files of libraries for one survey. In doubt a file refers to all that it may mean."""

    def __init__(self, ward: Ward, accounts: Mapping[str, Account], records: Records) -> None:
        self._ward, self._accounts, self._records = ward, accounts, records
        self._places = places_of(ward.hands)
        self._sights = ward.sights()
        self._looks_left = MOST_LOOKED
        self._roots: dict[Path, bool] = {}  # whether a root folder is there, with something in it

    async def enter(self, folder: str) -> bool:
        """Whether a library's root folder is to be seen, so that what is missing in it is gone.

        An empty one may be a disk that is not mounted.
        """
        root = Path(folder)
        self._roots[root] = False
        try:
            self._roots[root] = await self._ward.looks.ask(root, lambda: any(root.iterdir()))
        except (DiskProblem, OSError) as problem:
            log.info("root_folder_not_seen", path=folder, detail=str(problem))
        return self._roots[root]

    async def files(self, arr: str, files: Sequence[LibraryFile]) -> Seen:
        """What files that an Arr lists refer to; what earlier runs knew of them counts as well."""
        before = await self._ward.repairs.before(arr, [file.id for file in files])
        owners = {file.ours: file.media_id for file in files}
        known = {file.ours: one.remote for file in files if (one := before.get(file.id)) and one.remote}
        return await self._seen(arr, [Path(file.ours) for file in files], owners, known)

    async def links(self, arr: str, paths: Sequence[Path]) -> Seen:
        """What links refer to that no Arr lists."""
        return await self._seen(arr, paths, {}, {})

    async def _seen(
        self, arr: str, paths: Sequence[Path], owners: Mapping[str, int], known: Mapping[str, Remote]
    ) -> Seen:
        references: list[Reference] = []
        unseen, astray, dead, gone = list[str](), list[str](), list[str](), list[str]()
        for found in await self._leads(paths):
            remotes = self._remotes(found) | ({known[found.path]} if found.path in known else set())
            owner = owners.get(found.path, 0)
            references += [Reference(arr, owner, found.path, remote) for remote in remotes]
            if found.unseen or (found.missing and not self._is_to_be_seen(Path(found.path))):
                unseen.append(found.path)
            elif found.missing:
                gone.append(found.path)
            elif not remotes and found.trail is not None:
                (dead if await self._leads_nowhere(found) else astray).append(found.path)
            elif not remotes and found.elsewhere:
                astray.append(found.path)
        return Seen(tuple(references), tuple(unseen), tuple(astray), tuple(dead), tuple(gone))

    def _is_to_be_seen(self, path: Path) -> bool:
        """Whether the innermost root folder around a file is."""
        return next((self._roots[folder] for folder in path.parents if folder in self._roots), False)

    async def _leads(self, paths: Sequence[Path]) -> Iterable[Lead]:
        """Where files lead; one look for all of them, as they lie on the same disk."""
        if not paths:
            return ()
        disk = Path(*paths[0].parts[:2])
        try:
            return await self._ward.looks.ask(disk, lambda: [lead(path, self._places) for path in paths])
        except DiskProblem as problem:
            return [Lead(str(path), unseen=problem.detail) for path in paths]

    def _remotes(self, found: Lead) -> set[Remote]:
        """Every item that a file may play from."""
        if leads := found.trail or found.within:
            names = [name for name in leads.place.providers if name in self._accounts]
            return {remote for name in names for remote in self._remotes_at(name, leads)}
        if found.elsewhere:
            leads = anywhere(found.elsewhere)
            return {remote for name in self._accounts for remote in self._remotes_at(name, leads)}
        return set()

    def _remotes_at(self, provider: str, leads: Trail) -> Iterable[Remote]:
        meant = self._accounts[provider].holdings.meant(leads)
        recorded = self._records.led_to(provider, leads)
        yield from (Remote(provider, item) for item in meant)
        if recorded is not None:
            yield recorded

    async def _leads_nowhere(self, found: Lead) -> bool:
        """Whether a mount that is proved to be up shows nothing where a file leads: it means no item."""
        if not self._looks_left:
            return False
        self._looks_left -= 1
        return (await self._sights.see(found.path, 0)).look is Look.ABSENT
