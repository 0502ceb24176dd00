"""What can be seen of the files of a library: the evidence that verdicts are made of."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from functools import partial

import structlog
from msgspec import Struct
from msgspec.structs import replace

from qbitproxy.core.faults import Fault
from qbitproxy.core.inventory import Held, Inventory
from qbitproxy.core.library_files import LibraryFile
from qbitproxy.core.records import Records, file_at
from qbitproxy.core.torrent import Remote
from qbitproxy.core.trail import Place, Trail, places
from qbitproxy.core.verdict import Evidence, Listing, Look, Word
from qbitproxy.files.mounts import Looks
from qbitproxy.files.parallel import in_parallel
from qbitproxy.files.sights import Sight, Sights
from qbitproxy.files.sips import Sipped, Sips
from qbitproxy.workers.hands import Hands
from qbitproxy.workers.words import Question, Words

log = structlog.get_logger()

AT_ONCE = 8  # files looked at side by side
_LOST = frozenset({Listing.GONE, Listing.FAILED})
_NO = frozenset({Word.DEAD, Word.WITHHELD})
_BEST = (Listing.HELD, Listing.UNFINISHED, Listing.UNSURE, Listing.FAILED, Listing.GONE, Listing.UNASKED)


class Asked(Struct, frozen=True):
    """A file that is to be looked at."""

    file: LibraryFile
    infohash: str = ""  # of the release it was imported from, where the Arr's history says so


class _Listed(Struct, frozen=True):
    """What the list of one provider says of a file."""

    listing: Listing
    remote: Remote | None = None
    held: Held | None = None
    detail: str = ""

    @property
    def rank(self) -> int:
        """Which of several providers' words counts: the lowest.

        An infohash that one of them lacks another may have; an item that was there is known to be gone.
        """
        is_only_lacked = self.listing is Listing.GONE and self.remote is None
        return len(_BEST) if is_only_lacked else _BEST.index(self.listing)


class Inspection:
    """One run through libraries: a provider is listed once, an item asked about once."""

    def __init__(
        self,
        hands: Hands,
        looks: Looks,
        sips: Sips,
        *,
        per_file: bool = False,
        remembered: Mapping[str, Collection[str]] | None = None,
        believed: Collection[str] = (),
    ) -> None:
        """`per_file` asks about every file of an item, not about one of them first.

        `remembered` are the ids that an earlier run found, by provider. `believed` are providers whose list
        counts, however much it lost: a person has said so.
        """
        self._hands, self._per_file = hands, per_file
        self._remembered, self._believed = remembered or {}, believed
        self._records = Records(hands.library.all())
        self._inventories: dict[str, Inventory] = {}
        self._listing = asyncio.Lock()
        self._words = Words(hands, sips, self._records)
        mounts = {str(hand.mount): hand.canary for hand in hands.providers.values() if hand.mount}
        self._sights = Sights(looks, places_of(hands), mounts)

    async def evidence(self, asked: Sequence[Asked]) -> list[Evidence]:
        """What is seen of each file, in their order. What could not be asked is UNSURE, never a fault."""
        sights = await self._seen(asked)
        listed = [await self._listed(one, sight) for one, sight in zip(asked, sights, strict=True)]
        questions = {
            number: Question(found.held, found.remote, one.file.size, sight.trail)
            for number, (one, sight, found) in enumerate(zip(asked, sights, listed, strict=True))
            if found.listing is Listing.HELD and found.held and found.remote and sight.trail
        }
        said = await self._words.about(questions, per_file=self._per_file)
        found = [
            _evidence(sight, of_list, said.get(number))
            for number, (sight, of_list) in enumerate(zip(sights, listed, strict=True))
        ]
        return [
            await self._tasted(one, sight, evidence)
            for one, sight, evidence in zip(asked, sights, found, strict=True)
        ]

    async def inventory(self, provider: str) -> Inventory:
        """What the provider's list says, asked for once in a run."""
        async with self._listing:
            if provider not in self._inventories:
                self._inventories[provider] = await self._list(provider)
            return self._inventories[provider]

    async def _list(self, provider: str) -> Inventory:
        hand, now = self._hands.providers[provider], self._hands.clock.now()
        try:
            items = await (hand.for_repair or hand.provider).items()
        except Fault as fault:
            log.warning("repair_list_failed", provider=provider, detail=fault.detail)
            return Inventory.unheard(provider, now, str(fault))
        known = {*self._records.ids(provider), *self._remembered.get(provider, ())}
        inventory = Inventory(provider, items, now, known=known, believe=provider in self._believed)
        if inventory.doubt:
            log.warning("repair_list_not_believed", provider=provider, why=inventory.doubt)
        return inventory

    async def _seen(self, asked: Sequence[Asked]) -> list[Sight]:
        sights: dict[int, Sight] = {}

        async def look(number: int, file: LibraryFile) -> None:
            sights[number] = await self._sights.see(file.ours, file.size)

        await in_parallel(AT_ONCE, [partial(look, number, one.file) for number, one in enumerate(asked)])
        return [sights[number] for number in range(len(asked))]

    async def _listed(self, asked: Asked, sight: Sight) -> _Listed:
        """What the lists of those say whose file it may be; of several the best word counts."""
        if sight.trail is None:
            return _Listed(Listing.UNASKED)
        found = [
            self._listed_by(await self.inventory(provider), asked, sight.trail)
            for provider in sight.trail.place.providers
            if provider in self._hands.providers
        ]
        return min(found, key=lambda one: one.rank, default=_Listed(Listing.UNASKED))

    def _listed_by(self, inventory: Inventory, asked: Asked, trail: Trail) -> _Listed:
        """By the name that the file leads to, else by our torrent of that name, else by infohash.

        A name that no item bears proves nothing: items are renamed. An id or an infohash does.
        """
        provider, records = inventory.provider, self._records
        by_name = inventory.found(trail)
        held = inventory.item(by_name.id, by_name.infohash) if by_name else None
        remote = Remote(provider, held.id) if held else records.led_to(provider, trail)
        if held is None and remote is not None:
            if file_at(records.files(remote), "/".join(trail.parts), asked.file.size) is None:
                remote = None  # it bears our torrent's name, yet is none of its files
            else:
                held = inventory.item(remote.id, records.infohash(remote))
        if held is None and asked.infohash:
            held = inventory.item("", asked.infohash)
        if inventory.doubt:
            return _Listed(Listing.UNSURE, remote, held, inventory.doubt)
        if held is not None:
            return _Listed(held.listing, Remote(provider, held.id), held)
        if remote is not None or inventory.lacks(asked.infohash):
            return _Listed(Listing.GONE, remote, None, f"{provider} does not list it any more")
        return _Listed(Listing.UNASKED)

    async def _tasted(self, asked: Asked, sight: Sight, evidence: Evidence) -> Evidence:
        """What is shown is read before it is called broken, or where there is nobody else to ask."""
        said_no = evidence.listing in _LOST or evidence.word in _NO
        nobody_asked = evidence.listing is Listing.UNASKED and sight.trail is not None
        if evidence.look is not Look.SHOWN or not (said_no or nobody_asked):
            return evidence
        tasted = await self._sights.taste(asked.file.ours, asked.file.size)
        return replace(evidence, look=tasted.look, details=_details(*evidence.details, tasted.detail))


def _evidence(sight: Sight, listed: _Listed, said: Sipped | None) -> Evidence:
    return Evidence(
        listing=listed.listing,
        word=said.word if said else Word.UNASKED,
        look=sight.look,
        remote=listed.remote,
        details=_details(sight.detail, listed.detail, said.detail if said else ""),
    )


def places_of(hands: Hands) -> tuple[Place, ...]:
    """Where the files of all accounts are seen."""
    return places(
        (path, name)
        for name, hand in hands.providers.items()
        for path in (*((str(hand.mount),) if hand.mount else ()), *hand.seen_at)
    )


def _details(*said: str) -> tuple[str, ...]:
    return tuple(filter(None, said))
