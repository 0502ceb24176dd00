"""Client libraries that others wrote read our emulators: they are judged by more than our own reading."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from compat.arr_clients import talk_script
from compat.clients import environments
from compat.emulators.arr import Arr as Emulator
from compat.emulators.arr_offer import Offer
from compat.emulators.bench import Bench
from qbitproxy.arrs import ARRS
from tests.arrs.ground import emulator_of
from tests.support import DEADLINE

RELEASE = Offer(title="Title-GROUP", infohash="A" * 40, files={"1.mkv": 1, "2.mkv": 1})


@pytest.fixture(scope="module")
def python() -> Path:
    return environments.make(environments.ARRS) / "bin" / "python"


async def told(python: Path, kind: str, service: Emulator, hook: str) -> Any:
    """What the libraries got from `service`."""
    process = await asyncio.create_subprocess_exec(
        str(python),
        str(talk_script()),
        kind,
        service.url,
        service.api_key,
        hook,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(DEADLINE):
        answer, _ = await process.communicate()
    return json.loads(answer)


@pytest.mark.parametrize("kind", ["sonarr", "radarr", "lidarr", "readarr"])
async def test_libraries_of_others_find_what_they_expect(kind: str, python: Path, tmp_path: Path) -> None:
    async with emulator_of(ARRS[kind])(tmp_path / "library") as service, Bench() as us:
        us.fault(status=200, times=None)
        folder = service.root / "Title"
        folder.mkdir()
        paths = [folder / name for name in RELEASE.files][: 1 if kind == "radarr" else 2]
        for path in paths:
            path.write_bytes(b"x")
        files = service.holds("Title", paths, RELEASE)

        got = await told(python, kind, service, f"{us.origin}/hook")

    medium = service.flavour.medium
    assert set(got["titles"]) == {"Title"}
    assert got["app"] == service.flavour.name
    assert got["notifications"] == [["others"], 0]
    assert got["command"] == service.commands.given[0].name
    if kind != "readarr":  # its library has no word for files
        assert got["paths"] == [str(path) for path in paths]
        assert got["left"] == len(paths) - 1
        assert got["history"] == sorted(["grabbed", medium.imported, medium.deleted])
        parts = {"sonarr": [file.id for file in files], "radarr": [files[0].id]}
        assert got["linked"] == parts.get(kind, [file.parts[0] for file in files])
    if kind != "lidarr":  # nor this one for what is monitored
        stopped, back = got["monitored"]
        assert set(stopped) == {False}
        assert set(back) == {True}
