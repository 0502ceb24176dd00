"""Downloads keep to the limits that clients set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from compat.content import SINTEL
from qbitproxy.core.events import Adjusted
from qbitproxy.core.torrent import Action
from tests.support import EagerClock
from tests.workers.desk import WatchedClock, a_desk

LIMIT = 256 << 10  # bytes per second
LEAST = SINTEL.size / LIMIT - 1  # seconds: the first second's worth goes at once


class Clock(EagerClock, WatchedClock):
    """Passes only while somebody waits."""


async def time_taken(folder: Path, preferences: dict[str, Any], own: int = 0) -> float:
    """The seconds that a download waits for."""
    async with a_desk(folder, clock=(clock := Clock())) as desk:
        desk.service.knows(SINTEL)
        await desk.library.prefer(preferences)
        torrent_id = await desk.accept(SINTEL, action=Action.DOWNLOAD)
        torrent = await desk.step(torrent_id)
        await desk.library.record(torrent_id, Adjusted(replace(torrent.options, download_limit=own)))
        assert desk.phase(torrent_id) == "Placing"
        started = clock.monotonic()

        await desk.step(torrent_id)

        assert desk.phase(torrent_id) == "Confirming"
        return clock.monotonic() - started


@pytest.mark.parametrize(
    ("preferences", "own"),
    [
        ({"dl_limit": LIMIT}, 0),
        ({"dl_limit": 10 * LIMIT, "alt_dl_limit": LIMIT, "use_alt_speed_limits": True}, 0),
        ({}, LIMIT),
        ({"dl_limit": LIMIT}, 10 * LIMIT),
        ({"dl_limit": 10 * LIMIT}, LIMIT),
    ],
)
async def test_the_lowest_limit_in_force_is_kept(
    tmp_path: Path, preferences: dict[str, Any], own: int
) -> None:
    assert await time_taken(tmp_path, preferences, own) >= LEAST


async def test_without_limits_nobody_waits(tmp_path: Path) -> None:
    assert LEAST > 2
    assert await time_taken(tmp_path, {"alt_dl_limit": LIMIT}) < 1
