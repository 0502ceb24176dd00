"""A running edge with a person and a Sonarr that are logged in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support import ManualClock
from tests.web.qbit.face import SONARR, Face, a_face
from tests.web.stand import Stand, a_stand


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def stand(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path, clock=clock) as stand:
        yield stand


@pytest.fixture
async def person(stand: Stand) -> Face:
    return await a_face(stand)


@pytest.fixture
async def sonarr(stand: Stand) -> Face:
    return await a_face(stand, SONARR)


@pytest.fixture
async def stranger(stand: Stand) -> Face:
    return Face(stand, {})
