"""What repair works with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from msgspec import Struct

from qbitproxy.core.brake import BrakeRules
from qbitproxy.core.ports import ArrLibrary
from qbitproxy.core.repair import Waits
from qbitproxy.core.timetable import Timetable, Window
from qbitproxy.files.mounts import Looks
from qbitproxy.files.problems import DiskProblem
from qbitproxy.files.sights import Sights
from qbitproxy.files.sips import Sips
from qbitproxy.repairs import Repairs
from qbitproxy.workers.hands import Hands
from qbitproxy.workers.inspection import Inspection, sights_of
from qbitproxy.workers.notices import Notices

ONLY_LOOKS = timedelta(minutes=5)
"""How long a job waits before it looks whether it may change something by now."""


class RepairRules(Struct, frozen=True, kw_only=True):
    """What the settings say of repair."""

    per_file: bool = False  # ask about every file of an item
    most_files: int = 0  # looked at in one scheduled run of an Arr; 0: all
    most_per_hour: int = 10  # files replaced
    second_look: timedelta = timedelta(minutes=10)  # before a file is replaced it is looked at again
    patience: timedelta = timedelta(hours=1)  # with an attempt to heal
    auto: bool = False  # scheduled runs replace what they cannot heal
    dry_run: bool = False  # whatever is asked for
    brake: BrakeRules = BrakeRules()
    timetables: Mapping[str, Timetable] = {}  # by Arr
    window: Window | None = None
    jitter: timedelta = timedelta()


@dataclass(frozen=True, kw_only=True)
class Ward:
    """The world outside, the jobs, the rules."""

    hands: Hands
    repairs: Repairs
    told: Notices
    rules: RepairRules
    looks: Looks = field(default_factory=lambda: Looks(timedelta(seconds=20)))
    sips: Sips = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sips", Sips(self.hands.clock))

    def library_of(self, arr: str) -> ArrLibrary | None:
        """An Arr's library by its name; None: it is not known, or nothing says where its API is."""
        hand = self.hands.arrs.hand(arr)
        return hand.arr if hand is not None else None

    async def inspection(self, *, believe: bool = False) -> Inspection:
        """A fresh look at everything; with `believe` lists count however much they lost."""
        return await Inspection.begin(
            self.hands,
            self.looks,
            self.sips,
            remembered=await self.repairs.items(),
            per_file=self.rules.per_file,
            believed=tuple(self.hands.providers) if believe else (),
        )

    def only_looks(self) -> Waits:
        """What a job that was to change something comes to while the settings want it to look alone."""
        return Waits(self.hands.clock.now() + ONLY_LOOKS, "repair.dry_run is set")

    def sights(self) -> Sights:
        """Looks at files as they are now."""
        return sights_of(self.hands, self.looks)

    async def missing_canaries(self) -> Sequence[str]:
        """The files that mounts should show and do not."""
        return [
            str(hand.mount / hand.canary)
            for hand in self.hands.providers.values()
            if hand.mount is not None and hand.canary and not await self._is_file(hand.mount, hand.canary)
        ]

    async def _is_file(self, mount: Path, canary: str) -> bool:
        try:
            return await self.looks.ask(mount, (mount / canary).is_file)
        except (DiskProblem, OSError):
            return False
