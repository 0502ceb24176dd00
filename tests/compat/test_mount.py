"""A folder plays a provider's mount."""

import asyncio
import signal
import sys
from pathlib import Path

from aiohttp import ClientSession

from compat.content import SAME_NAMES, SHOW, SINTEL
from compat.emulators.mount import Mount
from compat.emulators.realdebrid import TOKEN
from tests.compat.realdebrid_client import account
from tests.support import DEADLINE


def shown(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_a_release_appears_with_its_true_bytes(tmp_path: Path) -> None:
    mount = Mount(tmp_path / "mount")

    folder = mount.appear(SAME_NAMES)
    mount.appear(SINTEL)

    assert shown(mount.root) == {f"{SAME_NAMES.name}/{path}" for path in SAME_NAMES.files} | {
        f"{SINTEL.name}/{SINTEL.name}"
    }
    for path in SAME_NAMES.files:
        assert (folder / path).read_bytes() == SAME_NAMES.read(path)


def test_a_mount_that_is_down_is_an_empty_folder_until_it_is_up_again(tmp_path: Path) -> None:
    mount = Mount(tmp_path / "mount")
    mount.appear(SINTEL)

    mount.goes_down()
    down = list(mount.root.iterdir())
    mount.comes_up()

    assert down == []
    assert shown(mount.root) == {f"{SINTEL.name}/{SINTEL.name}"}


async def test_what_is_downloaded_appears_until_it_is_deleted(tmp_path: Path) -> None:
    mount = Mount(tmp_path)
    async with account() as (rd, client):
        mount.attach(rd)
        rd.knows(SHOW)
        info = await client.fetch(SHOW, "1,2")
        both = shown(tmp_path)
        await client.ask(f"DELETE /torrents/delete/{info['id']}")

        assert both == {f"{SHOW.name}/{path}" for path in list(SHOW.files)[:2]}
        assert not (tmp_path / SHOW.name).exists()


async def test_a_folder_stays_while_a_second_torrent_needs_it(tmp_path: Path) -> None:
    mount = Mount(tmp_path)
    async with account() as (rd, client):
        mount.attach(rd)
        rd.knows(SINTEL)
        first = await client.fetch(SINTEL)
        await client.fetch(SINTEL)
        await client.ask(f"DELETE /torrents/delete/{first['id']}")

        assert shown(tmp_path) == {f"{SINTEL.name}/{SINTEL.name}"}


async def test_a_delayed_mount_shows_content_once_it_is_released(tmp_path: Path) -> None:
    mount = Mount(tmp_path)
    async with account() as (rd, client):
        mount.attach(rd, delayed=True)
        rd.knows(SHOW)
        rd.knows(SINTEL)
        await client.fetch(SHOW, "1")
        await client.fetch(SINTEL)
        before = shown(tmp_path)
        mount.appear(SINTEL)
        one = shown(tmp_path)
        mount.release_all()

        assert before == set()
        assert one == {f"{SINTEL.name}/{SINTEL.name}"}
        assert shown(tmp_path) == one | {f"{SHOW.name}/{next(iter(SHOW.files))}"}


def test_what_vanishes_is_gone(tmp_path: Path) -> None:
    mount = Mount(tmp_path)
    mount.appear(SHOW)

    mount.vanish(SHOW)
    mount.vanish(SHOW)

    assert list(tmp_path.iterdir()) == []


async def test_the_command_line_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "compat.emulators.realdebrid",
        "--knows",
        "sintel",
        "--mount",
        str(tmp_path),
    ]
    emulator = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert emulator.stdout
    async with asyncio.timeout(DEADLINE):
        lines = [(await emulator.stdout.readline()).decode().strip() for _ in range(3)]
        facts = dict(line.split("=", 1) for line in lines)
        headers = {"Authorization": f"Bearer {facts['token']}"}
        async with ClientSession(facts["url"], headers=headers) as http:
            added = await http.post("torrents/addMagnet", data={"magnet": facts[f"magnet[{SINTEL.name}]"]})
            remote_id = (await added.json())["id"]
            await http.post(f"torrents/selectFiles/{remote_id}", data={"files": "all"})
        emulator.send_signal(signal.SIGTERM)
        code = await emulator.wait()

    assert (facts["token"], code) == (TOKEN, 0)
    assert shown(tmp_path) == {f"{SINTEL.name}/{SINTEL.name}"}
