"""Real client programs against the daemon and against the original, by the same scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.clients import environments
from compat.clients.allowed import ALLOWED
from compat.clients.comparison import differences, unexplained
from compat.clients.runs import drive
from tests.clients.proving import prove
from tests.clients.servers import ours, the_original


@pytest.mark.parametrize("client", environments.names())
async def test_a_client_gets_from_the_daemon_what_the_original_gives_it(tmp_path: Path, client: str) -> None:
    async with the_original(tmp_path / "original") as server:
        original = await drive(client, server, tmp_path / "with the original")

    async with ours(tmp_path / "ours") as server:
        run = await drive(client, server, tmp_path / "with ours")

    assert unexplained(client, differences(original.outcomes, run.outcomes), ALLOWED) == []
    prove("4.6", client, run)
