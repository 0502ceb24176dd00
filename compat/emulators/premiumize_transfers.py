"""The transfers of one Premiumize account on their way from created to finished."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from compat.content import Release
from compat.emulators.bench import Clock, Progression
from compat.emulators.course import Course
from compat.emulators.premiumize_drive import Drive, File, Folder, Node
from compat.emulators.premiumize_wire import DUPLICATE, FULL_SLOTS, Habits, Refused
from compat.emulators.sources import Metadata, metadata_of

Profile = Literal[
    "cached",  # the content is there
    "uncached",  # it has to be fetched first, which works
    "backwards",  # as uncached; the progress falls back on the way
    "seeding",  # as uncached; says seeding in the end
    "claimed",  # said to be cached, but stays queued
    "stuck",  # stops at 63 %
    "unseeded",  # nobody ever had it
    "timeout",
    "error",
    "banned",
    "deleted",
    "external",  # finished in another cloud, out of reach
    "misplaced",  # only the folder is shown that its folder or file lies in
    "placeless",  # finished, says nothing of where
    "hollow",  # finished with an empty folder
]

WAITING, QUEUED, RUNNING, FINISHED = "waiting", "queued", "running", "finished"
ACTIVE = frozenset((WAITING, QUEUED, RUNNING))
STORED = frozenset((FINISHED, "seeding"))
AT_HAND = frozenset(("cached", "misplaced", "placeless", "hollow", "external", "claimed"))
"""Profiles that a cache check says yes to."""


@dataclass(frozen=True)
class Step:
    """Where a transfer goes `seconds` after the step before."""

    seconds: float
    status: str
    progress: float = 0  # 0 to 1
    speed: int = 0  # bytes a second
    message: str = ""


def _running(*progress: float) -> tuple[Step, ...]:
    return (Step(1, QUEUED), *(Step(2, RUNNING, at, speed=18_400_000) for at in progress))


DONE = Step(2, FINISHED, 1)
COURSES: Mapping[str, tuple[Step, ...]] = {
    **dict.fromkeys(("cached", "misplaced", "placeless", "hollow", "external"), (Step(1, FINISHED, 1),)),
    "uncached": (*_running(0, 0.125, 0.37, 0.635, 0.88), DONE),
    "backwards": (*_running(0, 0.6, 0.415, 0.88), DONE),
    "seeding": (*_running(0, 0.5), Step(2, "seeding", 1)),
    "claimed": (Step(1, QUEUED),),
    "stuck": (*_running(0, 0.37, 0.63), Step(2, RUNNING, 0.63)),
    "unseeded": (Step(1, QUEUED), Step(2, RUNNING)),
    "timeout": (*_running(0), Step(3600, "timeout", message="The transfer has timed out.")),
    "error": (*_running(0, 0.125), Step(2, "error", message="Repair failed, not enough repair blocks")),
    "banned": (Step(1, "banned", message="This content is not allowed."),),
    "deleted": (*_running(0, 0.125), Step(2, "deleted", message="The transfer was deferred.")),
}


@dataclass(eq=False)
class Transfer:
    """One transfer, with what it has left in the drive."""

    id: str
    infohash: str
    name: str
    source: str  # the magnet link, "" for a file
    created: float  # seconds since the epoch
    since: float
    profile: Profile
    metadata: Metadata | None  # None: nobody knows
    release: Release | None
    target: Folder
    steps: deque[Step] = field(default_factory=deque)
    status: str = WAITING
    progress: float = 0
    speed: int = 0
    message: str = ""
    node: Node | None = None
    finished_at: float = 0

    @property
    def original_filename(self) -> str:
        """What it is called in the drive."""
        return self.node.name if self.node else self.name

    @property
    def paths(self) -> list[str]:
        """Paths of all its files."""
        return [path for path, _ in self.metadata.files] if self.metadata else []

    def as_json(self, habits: Habits, base: str) -> dict[str, object]:
        """The transfer as the list shows it."""
        src = {"magnet": self.source, "empty": "", "opaque": f"{base}/api/job/src?id={self.id}"}[habits.src]
        named = self.status in STORED or self.status == RUNNING or habits.unnamed == "dn"
        finished = self.status in STORED
        return {
            "id": self.id,
            "name": self.name if named else habits.unnamed,
            "message": (self._moving(habits.layout) if self.status == RUNNING else self.message) or None,
            "status": self.status,
            "progress": habits.finished_progress if finished else self.progress,
            "src": src or None,
            "created_at": int(self.created),
            **self._place(habits),
        }

    def _place(self, habits: Habits) -> dict[str, object]:
        """Where its content is, in all the ways that have been seen."""
        if self.profile == "external" and self.status in STORED:
            return {"folder_id": None, "file_id": None, "other_cloud_id": "gdrive-1"}
        parent = self.node.parent if self.node else None
        if self.profile == "misplaced" and parent:
            return {"folder_id": parent.id, "file_id": None}
        match self.node:
            case Folder(id=folder_id):
                return {"folder_id": folder_id, "file_id": None}
            case File(id=file_id) if parent:
                return {"folder_id": parent.id if habits.single_in_parent else None, "file_id": file_id}
        return {"folder_id": None, "file_id": None}

    def _moving(self, layout: str) -> str:
        speed, size = f"{self.speed / 1e6:.1f} MB/s", (self.metadata.size if self.metadata else 0) / 1e6
        if layout == "list":
            return f"{speed}, {self.progress * size:.1f} MB / {size:.1f} MB, from 9 peers, ETA 00:11:40"
        done = f"{self.progress:.0%} of {size:.1f} MB finished"
        return f"Downloading at {speed}. {done}. ETA is 00:11:40"


@dataclass(frozen=True)
class Known:
    """A release the service can get at."""

    release: Release
    profile: Profile


class Transfers(Course[Transfer, Step]):
    """All transfers of the account, with the drive that their content comes to lie in."""

    def __init__(self, progression: Progression, clock: Clock, slots: int, pace: float) -> None:
        super().__init__(progression, clock, pace)
        self.slots = slots
        self.habits = Habits()
        self.drive = Drive(clock)
        self.known: dict[str, Known] = {}

    def create(
        self, infohash: str, name: str, metadata: Metadata | None, source: str, target: Folder
    ) -> Transfer:
        """Accept a source. Raises Refused for one that is there already, or when no slot is free."""
        if any(transfer.infohash == infohash for transfer in self.held):
            raise Refused(self.habits.duplicate_code, DUPLICATE)
        if sum(transfer.status in ACTIVE for transfer in self.held) >= self.slots:
            raise Refused("account_limit_reached", FULL_SLOTS)
        known = self.known.get(infohash)
        now = self.clock.now()
        transfer = Transfer(
            id=self.drive.new_id(),
            infohash=infohash,
            name=name or (known.release.name if known and known.profile in AT_HAND else infohash),
            source=source,
            created=now,
            since=now,
            profile=known.profile if known else "unseeded",
            metadata=metadata_of(known.release) if known else metadata,
            release=known.release if known else None,
            target=target,
        )
        self.held.append(transfer)
        self._set_out(transfer)
        return transfer

    def find(self, transfer_id: str) -> Transfer:
        """Return one transfer. Raises Refused."""
        for transfer in self.held:
            if transfer.id == transfer_id:
                return transfer
        raise Refused("not_found")

    def retry(self, transfer: Transfer) -> None:
        """Begin once more with what has failed. Raises Refused."""
        if transfer.status not in ("error", "timeout"):
            raise Refused("invalid_request")
        transfer.status, transfer.message, transfer.since = WAITING, "", self.clock.now()
        self._set_out(transfer)

    def delete(self, transfer: Transfer, *, files: bool = True) -> None:
        """Take a transfer off the list, its files along with it or not."""
        if files and transfer.node and self.drive.holds(transfer.node):
            self.drive.delete(transfer.node)
        super().delete(transfer)

    def look(self) -> Sequence[Transfer]:
        """The list, newest first, each one step further where looking moves them."""
        return list(reversed(self.look_at(list(self.held))))

    def needs_metadata(self, step: Step) -> bool:
        return step.status in STORED

    def enter(self, transfer: Transfer, step: Step) -> None:
        transfer.status, transfer.progress = step.status, step.progress
        transfer.speed, transfer.message = step.speed, step.message
        if transfer.metadata and step.status not in (WAITING, QUEUED):
            transfer.name = transfer.metadata.name
        if step.status in STORED and transfer.metadata and transfer.node is None:
            self._finish(transfer, transfer.metadata)

    def _set_out(self, transfer: Transfer) -> None:
        transfer.steps = deque(COURSES[transfer.profile])
        if self.progression == "immediate" and transfer.steps[0].status == FINISHED:
            self.enter(transfer, transfer.steps.popleft())

    def _finish(self, transfer: Transfer, metadata: Metadata) -> None:
        transfer.finished_at = self.clock.now()
        match transfer.profile:
            case "external" | "placeless":
                return
            case "hollow":
                transfer.node = self.drive.make_folder(transfer.name, transfer.target)
                return
        transfer.node = self.drive.store(metadata, transfer.release, transfer.target)
        for tell in self.on_downloaded:
            tell(transfer)
