"""What can be seen of the files of a library: the evidence that verdicts are made of."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog
from msgspec import Struct
from msgspec.structs import replace

from qbitproxy.core.faults import Fault
from qbitproxy.core.inventory import Held, Inventory
from qbitproxy.core.library_files import LibraryFile
from qbitproxy.core.records import Records, file_at
from qbitproxy.core.torrent import Remote
from qbitproxy.core.trail import Place, Trail, places, trail
from qbitproxy.core.verdict import Evidence, Listing, Look, Word
from qbitproxy.files.mounts import Looks, shown
from qbitproxy.files.parallel import in_parallel
from qbitproxy.files.problems import DiskProblem, NotYet
from qbitproxy.files.sights import Sight, Sights
from qbitproxy.files.sips import Sipped, Sips
from qbitproxy.workers.hands import Hands
from qbitproxy.workers.words import Question, Words

log = structlog.get_logger()

AT_ONCE = 8  # files looked at side by side
FRESH = timedelta(minutes=30)
"""How long a list counts in a run, from its last page on: items come and go, and are healed, meanwhile."""

_LOST = frozenset({Listing.GONE, Listing.FAILED})
_NO = frozenset({Word.DEAD, Word.WITHHELD})
_BEST = (Listing.HELD, Listing.UNFINISHED, Listing.UNSURE, Listing.FAILED, Listing.GONE, Listing.UNASKED)


class Asked(Struct, frozen=True):
    """A file that is to be looked at."""

    file: LibraryFile
    remote: Remote | None = None  # the item that an earlier run found it in
    infohash: str = ""  # of that item, or of the release that the Arr says it was imported from
    also: Remote | None = None  # what an attempt to heal it has left at its service


class _Listed(Struct, frozen=True):
    """What the list of one provider says of a file."""

    listing: Listing
    remote: Remote | None = None
    held: Held | None = None
    detail: str = ""


class Inspection:
    """One run through libraries: providers are listed rarely, an item is asked about once.

    What was submitted since it began may not be known to it: that is looked at in a run of its own.
    """

    def __init__(
        self,
        hands: Hands,
        looks: Looks,
        sips: Sips,
        records: Records,
        *,
        remembered: Mapping[str, Collection[str]],
        per_file: bool,
        believed: Collection[str],
    ) -> None:
        """For `begin`, which says what is what."""
        self._hands, self._looks, self._records = hands, looks, records
        self._remembered, self._per_file, self._believed = remembered, per_file, believed
        self._inventories: dict[str, tuple[Inventory, float]] = {}  # since when, in monotonic seconds
        self._listing = asyncio.Lock()
        self._words = Words(hands, sips, records)
        self._places = places_of(hands)
        self._sights = sights_of(hands, looks)

    @classmethod
    async def begin(
        cls,
        hands: Hands,
        looks: Looks,
        sips: Sips,
        *,
        remembered: Mapping[str, Collection[str]],
        per_file: bool = False,
        believed: Collection[str] = (),
    ) -> Inspection:
        """A run that is about to begin.

        `remembered` are the ids of the items that earlier runs found, by provider: what a list is held to.
        `per_file` asks about every file of an item, not about one of them first. `believed` are providers
        whose list counts, however much it lost: a person has said so.
        """
        records = await asyncio.to_thread(Records, hands.library.all())
        return cls(hands, looks, sips, records, remembered=remembered, per_file=per_file, believed=believed)

    async def evidence(self, asked: Sequence[Asked], *, sure: bool = False) -> list[Evidence]:
        """What is seen of each file, in their order. What could not be asked is UNSURE, never a fault.

        To be `sure`, services are asked for the very items that their lists lack or call failed, and about
        other items of what is dead: one may have been added since.
        """
        sights = await self._seen(asked)
        listed = [await self._listed(one, sight) for one, sight in zip(asked, sights, strict=True)]
        questions = {
            number: Question(found.held, found.remote, one.file.size, sight.trail)
            for number, (one, sight, found) in enumerate(zip(asked, sights, listed, strict=True))
            if found.listing is Listing.HELD and found.held and found.remote and sight.trail
        }
        said = await self._words.about(questions, per_file=self._per_file)
        if sure:
            said |= await self._made_sure(asked, sights, listed, said)
        found = [
            _evidence(sight, of_list, said.get(number))
            for number, (sight, of_list) in enumerate(zip(sights, listed, strict=True))
        ]
        return [
            await self._tasted(one, sight, evidence)
            for one, sight, evidence in zip(asked, sights, found, strict=True)
        ]

    async def shown_at(self, file: LibraryFile, evidence: Evidence) -> Path | None:
        """Where the mount shows what `file` should lead to, for one that strayed; None when nowhere."""
        remote, leads = evidence.remote, trail(evidence.target, self._places)
        hand = self._hands.providers.get(remote.provider) if remote else None
        if remote is None or leads is None or hand is None or hand.mount is None:
            return None
        held = (await self.inventory(remote.provider)).item(remote.id, evidence.infohash)
        if held is None:
            return None
        found = await self._words.file(Question(held, remote, file.size, leads))
        if isinstance(found, Sipped):
            return None
        try:
            [place] = await self._looks.ask(hand.mount, partial(shown, hand.mount, held.name, "", [found]))
        except (NotYet, DiskProblem):
            return None
        return place

    async def inventory(self, provider: str) -> Inventory:
        """What the provider's list says, or said a short while ago."""
        clock = self._hands.clock
        async with self._listing:
            inventory, since = self._inventories.get(provider, (None, 0.0))
            if inventory is None or clock.monotonic() - since > FRESH.total_seconds():
                inventory = await self._list(provider)
                self._inventories[provider] = inventory, clock.monotonic()
            return inventory

    async def _list(self, provider: str) -> Inventory:
        hand, now = self._hands.providers[provider], self._hands.clock.now()
        try:
            items = await hand.behind.items()
        except Fault as fault:
            log.warning("repair_list_failed", provider=provider, detail=fault.detail)
            return Inventory.unheard(provider, now, str(fault))
        known = {*self._records.ids(provider), *self._remembered.get(provider, ())}
        build = partial(Inventory, provider, items, now, known=known, believe=provider in self._believed)
        inventory = await asyncio.to_thread(build)
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
        return min(found, key=lambda one: _BEST.index(one.listing), default=_Listed(Listing.UNASKED))

    def _listed_by(self, inventory: Inventory, asked: Asked, leads: Trail) -> _Listed:
        """By the name that the file leads to, else by the item that is known to be its own, else by infohash.

        Only an item that is known can be gone: names change, and what an Arr takes for an infohash may be
        that of one season alone.
        """
        own = self._own(inventory.provider, asked, leads)
        held = inventory.found(leads)
        if held is not None:
            held = inventory.item(held.id, held.infohash)
        elif own is not None:
            held = inventory.item(own.id, self._records.infohash(own))
        if held is None and asked.infohash:
            held = inventory.item("", asked.infohash)
        remote = Remote(inventory.provider, held.id) if held is not None else own
        if inventory.doubt:
            return _Listed(Listing.UNSURE, remote, held, inventory.doubt)
        if held is not None:
            return _Listed(held.listing, remote, held)
        if own is not None:
            return _Listed(Listing.GONE, own, None, f"{own.provider} does not list it any more")
        return _Listed(Listing.UNASKED)

    def _own(self, provider: str, asked: Asked, leads: Trail) -> Remote | None:
        """The item that is known to be the file's: by an earlier run, else by our torrent of that name."""
        if asked.remote is not None:
            return asked.remote if asked.remote.provider == provider else None
        remote = self._records.led_to(provider, leads)
        if remote is None:
            return None
        is_among = file_at(self._records.files(remote), "/".join(leads.parts), asked.file.size) is not None
        return remote if is_among else None

    async def _made_sure(
        self,
        asked: Sequence[Asked],
        sights: Sequence[Sight],
        listed: Sequence[_Listed],
        said: Mapping[int, Sipped],
    ) -> Mapping[int, Sipped]:
        """Of what is lost the word on the very item; no no counts where another item may have the file."""
        sure: dict[int, Sipped] = {}
        for number, (one, sight, found) in enumerate(zip(asked, sights, listed, strict=True)):
            word = said.get(number)
            if found.remote is not None and found.listing in _LOST:
                word = await self._words.item(found.remote)
            if word is None or sight.trail is None:
                continue
            if word.word in _NO and await self._is_elsewhere(one, sight.trail, found):
                word = Sipped(Word.UNSURE, "another item may have it")
            sure[number] = word
        return sure

    async def _is_elsewhere(self, asked: Asked, leads: Trail, found: _Listed) -> bool:
        """Whether another item than the one that was found may serve the file."""
        others = {asked.also} if asked.also is not None else set()
        if found.held is not None and found.remote is not None:
            inventory = await self.inventory(found.remote.provider)
            others |= {Remote(inventory.provider, twin.id) for twin in inventory.twins(found.held)}
        for other in others - {found.remote}:
            held = Held(other.id, asked.infohash, "", Listing.HELD)
            words = await self._words.about({0: Question(held, other, asked.file.size, leads)}, per_file=True)
            word = words[0] if words else await self._words.item(other)
            if word.word not in _NO:
                return True
        return False

    async def _tasted(self, asked: Asked, sight: Sight, evidence: Evidence) -> Evidence:
        """What is shown is read before it is called broken, or where there is nobody else to ask."""
        said_no = evidence.listing in _LOST or evidence.word in _NO
        nobody_asked = evidence.listing is Listing.UNASKED and sight.trail is not None
        if evidence.look is not Look.SHOWN or not (said_no or nobody_asked):
            return evidence
        tasted = await self._sights.taste(asked.file.ours, asked.file.size, sight.trail)
        return replace(evidence, look=tasted.look, details=_details(*evidence.details, tasted.detail))


def _evidence(sight: Sight, listed: _Listed, said: Sipped | None) -> Evidence:
    return Evidence(
        listing=listed.listing,
        word=said.word if said else Word.UNASKED,
        look=sight.look,
        remote=listed.remote,
        target=sight.trail.target if sight.trail else "",
        infohash=listed.held.infohash if listed.held else "",
        details=_details(sight.detail, listed.detail, said.detail if said else ""),
    )


def places_of(hands: Hands) -> tuple[Place, ...]:
    """Where the files of all accounts are seen."""
    return places(
        (path, name)
        for name, hand in hands.providers.items()
        for path in (*((str(hand.mount),) if hand.mount else ()), *hand.seen_at)
    )


def sights_of(hands: Hands, looks: Looks) -> Sights:
    """Looks at files wherever accounts are seen, at mounts that must be there."""
    mounts = {str(hand.mount): hand.canary for hand in hands.providers.values() if hand.mount}
    return Sights(looks, places_of(hands), mounts)


def _details(*said: str) -> tuple[str, ...]:
    return tuple(filter(None, said))
