"""What nobody refers to, found once every library was walked."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from posixpath import dirname, normpath

import structlog

from qbitproxy.core.orphans import Kind, Orphan
from qbitproxy.core.ports import RemoteItem
from qbitproxy.core.spelling import legible
from qbitproxy.core.torrent import Remote, Torrent, content_path, origin, remote_of
from qbitproxy.core.trail import is_strm
from qbitproxy.files.leftover import Leftover, leftovers
from qbitproxy.files.problems import DiskProblem
from qbitproxy.references import References
from qbitproxy.workers.referring import Account
from qbitproxy.workers.walking import Walked
from qbitproxy.workers.ward import Ward

log = structlog.get_logger()

YOUNG = timedelta(hours=1)
"""An item may be in an account for so long before whoever submitted it has written that down."""

LARGEST = 10_000  # orphans of one kind that are kept


class Orphanage:
    """Collects the orphans of one survey."""

    def __init__(self, ward: Ward, references: References, began: datetime) -> None:
        self._ward, self._references, self._began = ward, references, began

    async def items(self, account: Account) -> list[Orphan]:
        """The remote items of an account that no torrent and no library refers to."""
        hand = self._ward.hands.providers[account.provider]
        own = await self._references.own(account.provider)
        referred = await self._references.referred(account.provider)
        held, hashes = claims(self._ward.hands.library.all(), account.provider)
        found = []
        for item in account.items.values():
            ours = item.id in own
            needed = item.id in referred or item.id in held or item.infohash in hashes
            young = item.added_at is not None and self._began - item.added_at < YOUNG
            if not needed and not young and (ours or not hand.local):  # a program of one's own may hold more
                found.append(self._item(account.provider, item, ours))
        return found[:LARGEST]

    def links(self, walked: Walked) -> list[Orphan]:
        """The links of libraries that lead to nothing, and that no Arr lists."""
        return [
            Orphan(
                kind=Kind.LINK,
                key=path,
                name=legible(path.rpartition("/")[2]),
                size=0,
                ours=True,
                why_not="it is no link but a file" if is_strm(path) else "",
                found_at=self._began,
                seen_at=self._began,
            )
            for path in (walked.dead or ())[:LARGEST]
        ]

    async def folders(self, walked: Walked) -> list[Orphan] | None:
        """The folders that no torrent placed, those in which no Arr keeps anything; None: nobody can say.

        A library may lie in a download folder.
        """
        if walked.dead is None:
            return None
        try:
            left = await asyncio.to_thread(self._leftovers, walked.kept)
        except DiskProblem as problem:
            log.info("download_folders_not_seen", detail=problem.detail)
            return None
        unmapped = [
            self._folder(path, 0, ours=False, why_not="no Arr keeps anything in it: look yourself")
            for path in walked.unmapped
        ]
        return [*(self._left(one) for one in left), *unmapped][:LARGEST]

    def _leftovers(self, kept: Collection[str]) -> list[Leftover]:
        library = self._ward.hands.library
        torrents = library.all()
        save_paths = {
            *(library.save_path(category) for category in ("", *library.categories)),
            *(path for torrent in torrents for path in (torrent.save_path, *torrent.former)),
        }
        standing = {path for torrent in torrents for path in _standing(torrent)} | _with_all_above(kept)
        lives = frozenset(torrent.id for torrent in torrents)
        return leftovers({Path(path) for path in save_paths}, standing, lives.__contains__)

    def _item(self, provider: str, item: RemoteItem, ours: bool) -> Orphan:
        return Orphan(
            kind=Kind.ITEM,
            provider=provider,
            key=item.id,
            name=item.name or item.infohash or item.id,
            size=item.size,
            added_at=item.added_at,
            ours=ours,
            found_at=self._began,
            seen_at=self._began,
        )

    def _left(self, one: Leftover) -> Orphan:
        why_not = "" if one.only_links else "it holds files: look yourself"
        return self._folder(one.path, one.size, ours=one.claimed, why_not=why_not, added_at=one.at)

    def _folder(
        self, path: str, size: int, *, ours: bool, why_not: str, added_at: datetime | None = None
    ) -> Orphan:
        return Orphan(
            kind=Kind.FOLDER,
            key=path,
            name=legible(path.rpartition("/")[2]),
            size=size,
            added_at=added_at,
            ours=ours,
            why_not=why_not,
            found_at=self._began,
            seen_at=self._began,
        )


def claims(torrents: Sequence[Torrent], provider: str) -> tuple[set[str], set[str]]:
    """The ids of items that torrents hold or left behind, and the infohashes that they may yet ask for."""
    remotes = {remote for torrent in torrents for remote in (remote_of(torrent), *torrent.left)}
    held = {remote.id for remote in remotes if isinstance(remote, Remote) and remote.provider == provider}
    return held, {name for torrent in torrents for name in (torrent.infohash, origin(torrent))}


def _with_all_above(paths: Iterable[str]) -> set[str]:
    """Paths with the folders that they lie in."""
    found: set[str] = set()
    for path in paths:
        at = normpath(path)
        while at not in found:
            found.add(at)
            at = dirname(at)
    return found


def _standing(torrent: Torrent) -> set[str]:
    """The folders that are a torrent's."""
    known = {content_path(torrent)}
    if torrent.content is not None:
        known.add(torrent.content.path)
    if torrent.round is not None:
        known.add(torrent.round.home)
    return known - {""}
