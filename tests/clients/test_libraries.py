"""Real client programs against the daemon and against the original, by the same scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.clients import environments
from compat.clients.allowed import ALLOWED
from compat.clients.comparison import differences, unexplained
from compat.clients.refusals import REFUSALS, refused
from compat.clients.runs import drive
from qbitproxy.settings import ProfileName
from tests.clients.proving import prove
from tests.clients.servers import ours, the_original

NEWER = [
    ("qbittorrent-api", ProfileName.V5_1),
    ("aioqbt", ProfileName.V5_1),
    ("python-qbittorrent", ProfileName.V5_1),
    ("qbittorrent-api", ProfileName.V5_3),
    ("ctrl-qbittorrent", ProfileName.V5_3),
    ("flexget", ProfileName.V5_3),
    ("prometheus-qbittorrent-exporter", ProfileName.V5_3),
    ("qbit-manage", ProfileName.V5_3),
]
"""Each client with a release that it knows; two of them know no login but that of 5.1 and before."""


@pytest.mark.parametrize("client", environments.names())
async def test_a_client_gets_from_the_daemon_what_the_original_gives_it(tmp_path: Path, client: str) -> None:
    async with the_original(tmp_path / "original") as server:
        original = await drive(client, server, tmp_path / "with the original")

    async with ours(tmp_path / "ours") as server:
        run = await drive(client, server, tmp_path / "with ours")

    assert unexplained(client, differences(original.outcomes, run.outcomes), ALLOWED) == []
    prove("4.6", client, run)


@pytest.mark.parametrize(("client", "profile"), NEWER)
async def test_a_client_is_refused_nothing_by_a_newer_release_but_for_a_reason(
    tmp_path: Path, client: str, profile: ProfileName
) -> None:
    async with ours(tmp_path / "ours", profile) as server:
        run = await drive(client, server, tmp_path / "with ours")

    assert unexplained(f"{client}@{profile}", refused(run.outcomes), REFUSALS) == []
    prove(profile, client, run)
