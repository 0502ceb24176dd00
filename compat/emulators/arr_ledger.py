"""The books an Arr keeps: what it grabbed, imported, failed, ignored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from compat.emulators.arr_flavour import Flavour
from compat.emulators.arr_import import is_wanted
from compat.emulators.arr_offer import Offer
from compat.emulators.arr_paths import View
from compat.emulators.arr_records import BlocklistRecord, Grab, HistoryRecord, State, Wanted
from compat.emulators.arr_shelf import MediaFile, Shelf
from compat.emulators.bench import Clock


@dataclass
class Ledger:
    """History, blocklist, releases waiting for the client, searches begun: each list oldest first."""

    flavour: Flavour
    clock: Clock
    shelf: Shelf
    view: View
    history: list[HistoryRecord] = field(default_factory=list)
    blocklist: list[BlocklistRecord] = field(default_factory=list)
    pending: list[Offer] = field(default_factory=list)
    searches: list[str] = field(default_factory=list)  # titles whose replacement was looked for
    grabs: dict[str, Grab] = field(default_factory=dict)  # by download id
    _recognised: dict[str, int] = field(default_factory=dict)  # beginning of a title -> files
    _wanted: dict[str, Wanted] = field(default_factory=dict)
    _ids: count[int] = field(default_factory=lambda: count(1))
    _owner_ids: count[int] = field(default_factory=lambda: count(1))
    _part_ids: count[int] = field(default_factory=lambda: count(1))

    def wanted(self, offer: Offer) -> Wanted:
        """Return the media a release is for; the same for the same infohash."""
        if known := self._wanted.get(offer.infohash):
            return known
        medium = self.flavour.medium
        files = sum(is_wanted(path, self.flavour.media) for path in offer.files) or 1
        parts = [next(self._part_ids) for _ in range(files if medium.per_part else 1)]
        wanted = Wanted(next(self._owner_ids), parts, files if medium.wants_all else 1)
        self._wanted[offer.infohash] = wanted
        self.shelf.know(wanted.owner, offer.cleaned, parts)
        return wanted

    def likens(self, offer: Offer, to: Offer) -> None:
        """Know that a release is for the media another one is for."""
        self._wanted[offer.infohash] = self.wanted(to)

    def recognises(self, beginning: str, files: int) -> None:
        """Know the media that a title with this beginning is for; it brings `files` files.

        Source: Sonarr develop, TrackedDownloadService.cs, read 2026-11: without a grab in its history an Arr
        goes by the title of the download.
        """
        self._recognised[beginning] = files

    def grab_of(self, download_id: str, title: str) -> Grab | None:
        """What a download is taken for: what was grabbed under its id, else what its title says."""
        if known := self.grabs.get(download_id):
            return known
        files = next((n for start, n in self._recognised.items() if title.startswith(start)), 0)
        if not files:
            return None
        offer = Offer(title=title, infohash=download_id, files={f"{n}.mkv": 1 for n in range(files)})
        return Grab(offer, self.wanted(offer))

    def blocks(self, offer: Offer) -> bool:
        """Say whether a release is on the blocklist, by its infohash."""
        return any(record.infohash == offer.infohash for record in self.blocklist)

    def grabbed(self, offer: Offer) -> None:
        """Note that the client took a release."""
        grab = self.grabs[offer.infohash] = Grab(offer, self.wanted(offer))
        for part in grab.wanted.parts:
            facts = {"indexer": "Bench", "protocol": "Torrent", "torrentInfoHash": offer.infohash}
            self._note("grabbed", grab, part, facts)

    def imported(self, grab: Grab, files: Sequence[tuple[Path, Path]]) -> list[MediaFile]:
        """Note imported files: (where it lay, where it is now) each. Return what the library has of them."""
        wanted, brought, seen = grab.wanted, [], self.view.seen
        empty = [part for part in wanted.parts if not self.shelf.file_of(part)]
        parts = (empty or list(wanted.parts)) + [wanted.parts[-1]] * len(files)
        for part, (dropped, now_at) in zip(parts, files, strict=False):
            file = self.shelf.bring(wanted.owner, [part], now_at, self.clock.now())
            file.upgrades = [before for before in file.upgrades if before not in brought]
            brought.append(file)
            for before in file.upgrades:
                self.deleted(before, "Upgrade")
                if before.path != now_at:
                    self.shelf.take_off_the_disk(before)
            facts = {"droppedPath": seen(dropped), "importedPath": seen(now_at)}
            if self.flavour.history_knows_files:
                facts["fileId"] = str(file.id)
            self._note(self.flavour.medium.imported, grab, part, facts)
        return brought

    def deleted(self, file: MediaFile, reason: str) -> None:
        """Note that a file went."""
        self._note_of(file, self.flavour.medium.deleted, self.view.seen(file.path), {"reason": reason})

    def renamed(self, file: MediaFile, before: Path) -> None:
        """Note that a file has another name."""
        facts = {"sourcePath": self.view.seen(before), "path": self.view.seen(file.path)}
        self._note_of(file, self.flavour.medium.renamed, self.view.seen(before), facts)

    def forget(self, owner: int) -> None:
        """Know nothing of an owner any more; what is grabbed next for it is for a new one."""
        self.history = [row for row in self.history if row.owner != owner]
        self._wanted = {key: wanted for key, wanted in self._wanted.items() if wanted.owner != owner}
        self.grabs = {key: grab for key, grab in self.grabs.items() if grab.wanted.owner != owner}

    def completed(self, grab: Grab) -> None:
        """Note that a download is imported as a whole."""
        if "downloadImported" in self.flavour.medium.events:
            self._note("downloadImported", grab, grab.wanted.parts[0], {})

    def ignored(self, grab: Grab) -> None:
        """Note that a download is to be left alone."""
        for part in grab.wanted.parts:
            self._note("downloadIgnored", grab, part, {})

    def failed(self, download_id: str, message: str, *, search: bool) -> None:
        """Put what was grabbed under this id on the blocklist, look for another release if `search`."""
        grab = self.grabs.get(download_id)
        if grab is None:
            return
        for part in grab.wanted.parts:
            self._note("downloadFailed", grab, part, {"message": message})
        wanted, offer = grab.wanted, grab.offer
        self.blocklist.append(
            BlocklistRecord(
                id=next(self._ids),
                title=offer.title,
                infohash=offer.infohash,
                owner=wanted.owner,
                parts=wanted.parts,
                message=message,
                at=self.clock.now(),
            )
        )
        if search:
            self.searches.append(offer.title)

    def state_of(self, download_id: str) -> State:
        """Return where a download starts when it is first listed: the last thing the history says of it."""
        states = {
            "grabbed": State.DOWNLOADING,
            self.flavour.medium.imported: State.IMPORTED,
            "downloadImported": State.IMPORTED,
            "downloadFailed": State.FAILED,
            "downloadIgnored": State.IGNORED,
        }
        last = next(
            (row.event for row in reversed(self.history) if row.download_id == download_id), "grabbed"
        )
        return states[last]

    def _note(self, event: str, grab: Grab, part: int, facts: dict[str, str]) -> None:
        self.history.append(
            HistoryRecord(
                id=next(self._ids),
                event=event,
                title=grab.offer.title,
                download_id=grab.offer.infohash,
                owner=grab.wanted.owner,
                part=part,
                at=self.clock.now(),
                facts=facts,
            )
        )

    def _note_of(self, file: MediaFile, event: str, title: str, facts: dict[str, str]) -> None:
        for part in file.parts:
            self.history.append(
                HistoryRecord(
                    id=next(self._ids),
                    event=event,
                    title=title,
                    download_id="",
                    owner=file.owner,
                    part=part,
                    at=self.clock.now(),
                    facts=facts,
                )
            )
