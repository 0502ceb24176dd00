"""Orphans removed: those a person wants gone, those whose grace is over."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import structlog

from qbitproxy.core.events import Submitted
from qbitproxy.core.faults import Fault
from qbitproxy.core.notices import Kind as Notable
from qbitproxy.core.notices import Notice
from qbitproxy.core.orphans import Graces, Kind, Orphan, Survey, is_over, is_wished
from qbitproxy.core.torrent import Remote
from qbitproxy.core.verdict import Look
from qbitproxy.files.leftover import remove_links
from qbitproxy.files.problems import DiskProblem
from qbitproxy.files.removal import remove
from qbitproxy.references import References
from qbitproxy.workers.orphanage import claims
from qbitproxy.workers.referring import Account
from qbitproxy.workers.ward import Ward

log = structlog.get_logger()

PAGE = 500
FEWEST = 10  # orphans of a kind that may always go by themselves
NOT_NOW = "an Arr changed something meanwhile"
SHARE = 0.2  # of an account's items, above that a person has to say so


class Clearing:
    """Removes orphans right after the survey that found them; each is looked at once more before it goes."""

    def __init__(self, ward: Ward, references: References, graces: Graces, beat: Callable[[], None]) -> None:
        """`beat` says that we live: services may take their time with each."""
        self._ward, self._references, self._graces, self._beat = ward, references, graces, beat

    async def clear(self, survey: Survey, accounts: Mapping[str, Account]) -> int:
        """Remove what is to go after `survey`; how much that was."""
        gone, over = 0, defaultdict[tuple[Kind, str], list[Orphan]](list)
        async for orphan in self._all():
            if is_wished(orphan, survey, self._ward.hands.clock.now()):
                if survey.doubts and not orphan.despite:
                    await self._references.tell(orphan, f"in doubt: {survey.doubts[0]}", over=True)
                else:
                    gone += await self._remove(orphan, survey, accounts)
            elif is_over(orphan, survey, self._graces):
                over[orphan.kind, orphan.provider].append(orphan)
        for (kind, provider), orphans in over.items():
            if await self._too_many(kind, len(orphans), accounts.get(provider), survey):
                continue
            for orphan in orphans:
                gone += await self._remove(orphan, survey, accounts)
        return gone

    async def _all(self) -> AsyncIterator[Orphan]:
        after = 0
        while page := await self._references.orphans(None, after, PAGE):
            for orphan in page:
                yield orphan
            after = page[-1].number

    async def _too_many(self, kind: Kind, count: int, account: Account | None, survey: Survey) -> bool:
        """Whether so much would go by itself that a person is told instead."""
        if account is None or count <= max(FEWEST, SHARE * len(account.items)):
            return False
        text = f"{count} of {len(account.items)} items of {account.provider} belong to nobody any more. "
        log.warning("orphans_held", kind=kind, provider=account.provider, count=count)
        at = self._ward.hands.clock.now()
        notice = Notice(
            kind=Notable.ORPHANS_HELD,
            title="Too many orphans",
            text=text + "That is more than goes by itself. Nothing was removed",
            at=at,
        )
        await self._ward.told.tell(f"orphans-{account.provider}-{survey.began_at.isoformat()}", notice)
        return True

    async def _remove(self, orphan: Orphan, survey: Survey, accounts: Mapping[str, Account]) -> bool:
        """Remove it unless something speaks against that by now; whether it is gone."""
        self._beat()
        try:
            match orphan.kind:
                case Kind.ITEM:
                    objection = await self._let_go(orphan, survey, accounts[orphan.provider])
                case Kind.LINK:
                    objection = await self._unlinked(Path(orphan.key))
                case Kind.FOLDER:
                    links_alone = await asyncio.to_thread(remove_links, Path(orphan.key))
                    objection = "" if links_alone else "it holds files by now"
        except (Fault, DiskProblem, OSError) as problem:
            await self._references.tell(orphan, str(problem), over=False)
            return False
        if objection:
            await self._references.tell(orphan, objection, over=objection != NOT_NOW)
            return False
        await self._references.drop_orphan(orphan)
        log.info("orphan_removed", kind=orphan.kind, name=orphan.name, provider=orphan.provider)
        return True

    async def _let_go(self, orphan: Orphan, survey: Survey, account: Account) -> str:
        """Release an item, unless somebody took it up since the survey began; then why not. Raises Fault."""
        library, remote = self._ward.hands.library, Remote(orphan.provider, orphan.key)
        held, hashes = claims(library.all(), orphan.provider)
        lately = await library.events_since("submitted", survey.began_at)
        taken_up = any(isinstance(line.event, Submitted) and line.event.remote == remote for line in lately)
        if orphan.key in held or account.items[orphan.key].infohash in hashes or taken_up:
            return "a torrent took it up"
        if await self._references.referring(remote, 1):
            return "a library refers to it"
        if await self._references.due(1):
            return NOT_NOW
        await self._ward.hands.connected(orphan.provider).behind.release(orphan.key)
        await self._ward.repairs.drop_item(remote)
        return ""

    async def _unlinked(self, path: Path) -> str:
        """Remove a link that still leads to nothing, else say why not. Raises DiskProblem, OSError."""
        if (await self._ward.sights().see(str(path), 0)).look is not Look.ABSENT:
            return "it may lead to something by now"
        if not await self._ward.looks.ask(path.parent, path.is_symlink):
            return "it is no link any more"
        await asyncio.to_thread(remove, path.parent, path)
        return ""
