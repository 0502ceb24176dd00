"""All recordings against the daemon, each under the profile that is nearest to it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from compat.replay.allowances import Judge
from compat.replay.directions import play
from compat.replay.house import a_house
from compat.replay.player import Outcome, Player
from compat.replay.recording import ORDER, read_recording

PROFILES = {"qbittorrent-4.5.2": "4.6", "qbittorrent-5.1.0": "5.1", "qbittorrent-5.3.0": "5.3"}
"""Recording -> the profile it is put to."""


@dataclass(frozen=True)
class Finding:
    """An exchange with differences that nobody has a reason for."""

    recording: str
    outcome: Outcome
    left: Sequence[str]

    def __str__(self) -> str:
        entry = self.outcome.entry
        return f"{self.recording} {entry.group}/{entry.name}: " + "; ".join(self.left)


async def replay(name: str, folder: Path, judge: Judge, groups: Sequence[str] = ORDER) -> list[Outcome]:
    """Put one recording to a daemon of its own in `folder`. `judge` gets to know what was needed of it."""
    recording = read_recording(name)
    outcomes: list[Outcome] = []
    async with a_house(folder, PROFILES[name]) as house:
        player = Player(house, recording)
        async for outcome in play(player, groups, lambda entry, found: judge.left(name, entry, found)):
            judge.note(name, outcome.entry, outcome.found)
            outcomes.append(outcome)
    return outcomes


async def replay_all(
    folder: Path, judge: Judge, names: Sequence[str] = tuple(PROFILES)
) -> Mapping[str, Sequence[Outcome]]:
    """Put recordings to a daemon each, all at the same time."""
    for name in names:
        (folder / name).mkdir()
    async with asyncio.TaskGroup() as group:
        tasks = {name: group.create_task(replay(name, folder / name, judge)) for name in names}
    return {name: task.result() for name, task in tasks.items()}


def findings(played: Mapping[str, Sequence[Outcome]], judge: Judge) -> list[Finding]:
    """What is neither as recorded nor known to differ."""
    found = [
        Finding(name, outcome, [str(each) for each in judge.left(name, outcome.entry, outcome.found)])
        for name, outcomes in played.items()
        for outcome in outcomes
    ]
    return [each for each in found if each.left]
