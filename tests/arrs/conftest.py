"""Fixtures of the Arr adapters' tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from compat.emulators.arr import Arr as Emulator
from qbitproxy.arrs import ARRS
from qbitproxy.core.ports import Arr, ArrSpec
from tests.arrs.ground import connected, emulator_of
from tests.compat.fake_qbittorrent import PASSWORD, USERNAME, FakeQbittorrent


@pytest.fixture(params=sorted(ARRS))
def spec(request: pytest.FixtureRequest) -> ArrSpec:
    return ARRS[request.param]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as open_session:
        yield open_session


@pytest.fixture
async def qbit(tmp_path: Path) -> AsyncIterator[FakeQbittorrent]:
    async with FakeQbittorrent(tmp_path / "downloads") as running:
        yield running


@pytest.fixture
async def service(spec: ArrSpec, tmp_path: Path, qbit: FakeQbittorrent) -> AsyncIterator[Emulator]:
    async with emulator_of(spec)(tmp_path / "library") as running:
        running.uses(qbit.address, USERNAME, PASSWORD)
        yield running


@pytest.fixture
def arr(spec: ArrSpec, service: Emulator, session: aiohttp.ClientSession) -> Arr:
    return connected(spec, service, session, key=service.api_key)
