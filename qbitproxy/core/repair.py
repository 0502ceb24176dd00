"""One look at libraries with what is done about it: the life of a repair job."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from qbitproxy.core.torrent import Instant


class State(StrEnum):
    """Where a job is, in the words of Decypharr, and `held`."""

    STARTED = "started"
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    HELD = "held"


RUNNING = frozenset({State.STARTED, State.PROCESSING})
OPEN = RUNNING | {State.PENDING, State.HELD}


class Scope(Struct, frozen=True):
    """What a job looks at."""

    arrs: tuple[str, ...]  # by configured name
    media_ids: tuple[int, ...] = ()  # of those Arrs; () is everything

    def overlaps(self, other: Scope) -> bool:
        """Whether both may look at the same file."""
        if not set(self.arrs) & set(other.arrs):
            return False
        return not (self.media_ids and other.media_ids) or bool(set(self.media_ids) & set(other.media_ids))


class Tally(Struct, frozen=True, kw_only=True):
    """How many files of a library were seen, with what was found out about them."""

    files: int = 0
    skipped: int = 0  # looked at not long ago
    healthy: int = 0
    broken: int = 0
    unknown: int = 0

    @property
    def looked_at(self) -> int:
        """Files that were not skipped."""
        return self.healthy + self.broken + self.unknown

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            files=self.files + other.files,
            skipped=self.skipped + other.skipped,
            healthy=self.healthy + other.healthy,
            broken=self.broken + other.broken,
            unknown=self.unknown + other.unknown,
        )


class Scanning(Struct, frozen=True, tag_field="phase", tag="scanning"):
    """Files are looked at."""

    arr: int = 0  # which of the scope's Arrs
    after: str = ""  # where its next page begins


class Weighing(Struct, frozen=True, tag_field="phase", tag="weighing"):
    """Everything was looked at: may anything be done?"""


class Mending(Struct, frozen=True, tag_field="phase", tag="mending"):
    """What is broken is healed in place."""


class Pending(Struct, frozen=True, tag_field="phase", tag="pending"):
    """What could not be healed waits for a person's word."""


class Replacing(Struct, frozen=True, tag_field="phase", tag="replacing"):
    """What could not be healed is replaced through the Arr."""


class Held(Struct, frozen=True, tag_field="phase", tag="held"):
    """Too much looks wrong; nothing is done until a person says so."""

    why: tuple[str, ...]


class Completed(Struct, frozen=True, tag_field="phase", tag="completed"):
    """Nothing is left to be done."""

    at: Instant


class Failed(Struct, frozen=True, tag_field="phase", tag="failed"):
    """It could not be brought to its end."""

    at: Instant
    why: str


class Cancelled(Struct, frozen=True, tag_field="phase", tag="cancelled"):
    """A person stopped it."""

    at: Instant


Phase = Scanning | Weighing | Mending | Pending | Replacing | Held | Completed | Failed | Cancelled


class RepairJob(Struct, frozen=True, kw_only=True):
    """One look at libraries."""

    id: str
    scope: Scope
    auto: bool = False  # replaces by itself what cannot be healed
    recurrent: bool = False  # by the schedule
    dry_run: bool = False  # changes nothing
    created_at: Instant
    phase: Phase = Scanning()
    tallies: dict[str, Tally] = {}  # by Arr
    failing: dict[str, str] = {}  # Arrs that could not be asked -> why
    released: bool = False  # a person has seen why it was held
    stumbles: int = 0  # in a row
    retry_at: Instant | None = None
    waiting_for: str = ""  # why nothing happens until then

    @property
    def state(self) -> State:
        """Where it is, as others call it."""
        match self.phase:
            case Scanning() | Weighing() | Mending():
                return State.STARTED
            case Pending():
                return State.PENDING
            case Replacing():
                return State.PROCESSING
            case Held():
                return State.HELD
            case Completed():
                return State.COMPLETED
            case Failed():
                return State.FAILED
            case Cancelled():
                return State.CANCELLED
            case phase:
                assert_never(phase)

    @property
    def tally(self) -> Tally:
        """Of all its libraries."""
        return total(self.tallies.values())


def total(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    return sum(tallies, Tally())


class Looked(Struct, frozen=True, kw_only=True):
    """A page of a library was looked at."""

    arr: str
    after: str  # where the next page begins, "" at the end
    tally: Tally


class Unheard(Struct, frozen=True):
    """An Arr could not be asked, again and again."""

    arr: str
    detail: str


class Stopped(Struct, frozen=True):
    """A person has had enough of it."""


class HeldBack(Struct, frozen=True):
    """Too much looks wrong."""

    why: tuple[str, ...]


class Passed(Struct, frozen=True):
    """What was found may be healed."""


class Mended(Struct, frozen=True):
    """All was tried to heal what is broken."""

    left: int  # findings that may be replaced


class Allowed(Struct, frozen=True):
    """A person lets a pending job replace files, or a held one try again."""


class Replaced(Struct, frozen=True):
    """Nothing is left to be replaced."""


class Waits(Struct, frozen=True):
    """Nothing can be done for a while."""

    until: Instant
    detail: str


class Broke(Struct, frozen=True):
    """It cannot go on."""

    detail: str


Event = Looked | Unheard | Stopped | HeldBack | Passed | Mended | Allowed | Replaced | Waits | Broke


class StaleEvent(Exception):
    """The event does not fit where the job is."""


def evolve(job: RepairJob, event: Event, at: datetime) -> RepairJob:
    """Return the job as it is after `event`.

    Raises StaleEvent for a pair that is not listed, so the listing is the whole life story.
    """
    match job.phase, event:
        case Scanning(arr=index), Looked(arr=arr, after=after, tally=tally) if job.scope.arrs[index] == arr:
            seen = {**job.tallies, arr: job.tallies.get(arr, Tally()) + tally}
            return _moved(replace(job, tallies=seen), Scanning(index, after) if after else _next(job, index))
        case Scanning(arr=index), Unheard(arr=arr, detail=detail) if job.scope.arrs[index] == arr:
            return _moved(replace(job, failing={**job.failing, arr: detail}), _next(job, index))
        case Weighing(), HeldBack(why=why):
            return _moved(job, Held(why))
        case Weighing(), Passed():
            return _moved(job, Mending() if job.tally.broken and not job.dry_run else Completed(at))
        case Mending(), Mended(left=left):
            if not left:
                return _moved(job, Completed(at))
            return _moved(job, Replacing() if job.auto else Pending())
        case Pending(), Allowed():
            return _moved(job, Replacing())
        case Held(), Allowed():  # what was seen then says nothing of now
            return _moved(replace(job, released=True, tallies={}, failing={}), Scanning())
        case Replacing(), Replaced():
            return _moved(job, Completed(at))
        case ((Scanning() | Weighing() | Mending() | Replacing()), Waits(until=until, detail=detail)):
            return replace(job, stumbles=job.stumbles + 1, retry_at=until, waiting_for=detail)
        case ((Scanning() | Weighing() | Mending() | Replacing()), Broke(detail=detail)):
            return _moved(job, Failed(at, detail))
        case ((Scanning() | Weighing() | Mending() | Replacing() | Pending() | Held()), Stopped()):
            return _moved(job, Cancelled(at))
    raise StaleEvent(f"{type(event).__name__} while {type(job.phase).__name__}")


def _next(job: RepairJob, index: int) -> Phase:
    return Scanning(index + 1) if index + 1 < len(job.scope.arrs) else Weighing()


def _moved(job: RepairJob, phase: Phase) -> RepairJob:
    return replace(job, phase=phase, stumbles=0, retry_at=None, waiting_for="")
