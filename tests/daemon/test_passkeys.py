"""A private tracker's passkey stays with us, whatever way a torrent comes and whichever service gets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from compat.content import Release
from qbitproxy.providers import PROVIDERS
from tests.providers.emulated import emulator_of
from tests.stage import Stage

PASSKEY = "0badfeed0badfeed0badfeed0badfeed"
TRACKER = f"https://tracker.example/{PASSKEY}/announce"
DEBRID = sorted(name for name, spec in PROVIDERS.items() if not spec.local)


@pytest.mark.parametrize("kind", DEBRID)
@pytest.mark.parametrize("as_", ["torrent", "magnet"])
async def test_no_byte_of_a_passkey_reaches_the_service(tmp_path: Path, kind: str, as_: str) -> None:
    release = Release(
        "Caminandes.S01E01.1080p",
        {"Caminandes.S01E01.1080p.mkv": 4000},
        trackers=(TRACKER,),
        private=as_ == "torrent",
    )
    service = emulator_of(PROVIDERS[kind])
    async with Stage(tmp_path, others={"main": service}) as stage:
        settings = stage.settings()
        only = {"main": replace(settings.providers["main"], kind=kind, requests_per_minute=6000, mount="")}
        async with stage.running(replace(settings, providers=only)):
            service.knows(release)
            assert PASSKEY in release.magnet()

            await stage.sonarr.grab(release, "torrent" if as_ == "torrent" else "magnet")
            await stage.sonarr.run_until(lambda: stage.imported(release))

        assert stage.identical(release)
        for request in service.requests:
            said = f"{request.path} {dict(request.query)} {dict(request.headers)}".encode() + request.body
            assert PASSKEY.encode() not in said, request.route
