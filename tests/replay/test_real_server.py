"""The replay itself, proved by the program that was recorded."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest

from compat.replay.directions import play
from compat.replay.player import Player
from compat.replay.recording import read_recording
from tests.providers.real_qbittorrent import PROGRAM
from tests.replay.real import a_real_server

RECORDING = "qbittorrent-4.5.2"
GROUPS = (
    "transport", "transfer", "categories", "tags", "torrents-info", "torrents-details",
    "torrents-trackers-peers",
)  # fmt: skip
DEADLINE = 120.0  # seconds


def is_the_recorded_one() -> bool:
    program = shutil.which(PROGRAM)
    if program is None:
        return False
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    return told.stdout.strip().endswith("v4.5.2")


@pytest.mark.skipif(not is_the_recorded_one(), reason="qbittorrent-nox 4.5.2 is not installed")
async def test_the_program_that_was_recorded_answers_as_it_did(tmp_path: Path) -> None:
    async with asyncio.timeout(DEADLINE), a_real_server(tmp_path) as server:
        player = Player(server, read_recording(RECORDING), patience=10)

        outcomes = [outcome async for outcome in play(player, GROUPS, lambda _, found: found)]

    assert [(o.entry.name, [str(each) for each in o.found]) for o in outcomes if o.found] == []
