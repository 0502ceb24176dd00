"""The way of what an emulated service holds: step by step, by the clock, by looks or by hand."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from compat.emulators.bench import Clock, Progression


class Timed(Protocol):
    """One step of a course, which may say anything else of where it leads."""

    @property
    def seconds(self) -> float: ...  # after the step before


class Held(Protocol):
    """What stands in an account, as far as its way is concerned."""

    steps: deque[Any]  # still to come
    since: float  # seconds since the epoch: when it came to where it is

    @property
    def infohash(self) -> str: ...

    @property
    def metadata(self) -> object | None: ...  # None: nobody knows


S = TypeVar("S", bound=Timed)
H = TypeVar("H", bound=Held)


class Course(Generic[H, S]):
    """Everything an account holds, oldest first in `held`, each thing on its course.

    "timed" goes by the clock. "manual" stands still. With "immediate" cached content is there at once;
    everything else takes one step each time it is looked at.
    """

    def __init__(self, progression: Progression, clock: Clock, pace: float) -> None:
        self.progression, self.clock = progression, clock
        self.pace = pace  # seconds that one second of a course takes
        self.held: list[H] = []
        self.on_downloaded: list[Callable[[H], None]] = []
        self.on_deleted: list[Callable[[H], None]] = []

    def enter(self, item: H, step: S) -> None:
        """Let an item be where `step` says."""
        raise NotImplementedError

    def moves(self, item: H) -> bool:
        """Whether the next step of an item comes by itself."""
        return bool(item.steps)

    def needs_metadata(self, step: S) -> bool:
        """Whether nobody can be brought there whose metadata nobody has."""
        return False

    def of(self, infohash: str) -> H:
        """Return the newest item of that hash. Raises LookupError when there is none."""
        for item in reversed(self.held):
            if item.infohash == infohash:
                return item
        raise LookupError(f"nothing of {infohash} in the account")

    def delete(self, item: H) -> None:
        """Take an item off the account."""
        self.held.remove(item)
        for tell in self.on_deleted:
            tell(item)

    def pass_time(self) -> None:
        """Bring every item to where the clock says it is."""
        if self.progression != "timed":
            return
        for item in list(self.held):
            while self.moves(item) and self.clock.now() >= item.since + item.steps[0].seconds * self.pace:
                item.since += item.steps[0].seconds * self.pace
                self.enter(item, item.steps.popleft())

    def look_at(self, items: list[H]) -> list[H]:
        """Return those of `items` that are still there, each one step further where looking moves them."""
        for item in items:
            if self.progression == "immediate" and self.moves(item):
                self.enter(item, item.steps.popleft())
        return [item for item in items if item in self.held]

    def advance(self, item: H, step: S | None) -> None:
        """Move one item to where `step` says, by default to the next step of its course.

        Raises ValueError where there is no next step, LookupError for metadata that nobody has.
        """
        if step is None:
            if not item.steps:
                raise ValueError(f"{item.infohash} has no step left")
            step = item.steps.popleft()
        else:
            item.steps.clear()
        if self.needs_metadata(step) and item.metadata is None:
            raise LookupError(f"nobody has the metadata of {item.infohash}")
        self.enter(item, step)


class Handles(Generic[H]):
    """What tests see of any account, and do to it."""

    @property
    def course(self) -> Course[H, Any]:
        """What the account holds."""
        raise NotImplementedError

    @property
    def on_downloaded(self) -> list[Callable[[H], None]]:
        """Called with each item whose content comes to be there."""
        return self.course.on_downloaded

    @property
    def on_deleted(self) -> list[Callable[[H], None]]:
        """Called with each item that leaves the account, whoever deleted it."""
        return self.course.on_deleted

    def items(self) -> list[H]:
        """Return what the account holds, newest first."""
        self.course.pass_time()
        return list(reversed(self.course.held))

    def deletes(self, infohash: str) -> None:
        """Remove all of that hash without a word, as a content block or another program does."""
        for item in [item for item in self.course.held if item.infohash == infohash]:
            self.course.delete(item)
