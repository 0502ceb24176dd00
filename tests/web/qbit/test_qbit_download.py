"""Finished files, handed out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from compat.content import Release
from qbitproxy.settings import ProfileName
from qbitproxy.settings.peers import ProviderSettings
from qbitproxy.settings.sections import QbittorrentSettings
from tests.web.qbit.face import PERSON, Answer, Face, a_person_at, make_ready, path_of
from tests.web.stand import a_stand, usual_settings

SHOW = Release("Some.Show.S01", {"S01E01.mkv": 200_000, "S01E02.mkv": 150_000, "Subs/E01.srt": 100})


def place(content: Path, mount: Path) -> None:
    """The show in its folder: a link to the mount for the first file, bytes for the others."""
    for number, name in enumerate(SHOW.files):
        target = (mount if number == 0 else content) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(SHOW.read(name))
    content.mkdir(exist_ok=True)
    first = next(iter(SHOW.files))
    (content / first).symlink_to(mount / first)


@asynccontextmanager
async def a_show(folder: Path) -> AsyncIterator[tuple[Face, Path]]:
    """A client with a finished show, and the folder that it stands in."""
    settings = usual_settings(
        folder,
        qbittorrent=QbittorrentSettings(profile=ProfileName.V5_3),
        providers={"realdebrid": ProviderSettings(kind="realdebrid", mount=str(folder / "mount"))},
    )
    async with a_stand(folder, settings=settings) as stand:
        person = Face(stand, {})
        await person.log_in(**PERSON)
        await person.upload(SHOW)
        torrent = await make_ready(person.stand.library, person.stand.library.listed()[0])
        content = Path(path_of(torrent))
        place(content, folder / "mount")
        yield person, content


async def get(face: Face, file: str, **headers: str) -> Answer:
    return await face.ask(
        "GET", "torrents/downloadFile", headers=headers, params={"hash": SHOW.infohash, "file": file}
    )


async def test_a_file_is_given_by_its_index_or_its_path(tmp_path: Path) -> None:
    async with a_show(tmp_path) as (person, content):
        linked = await get(person, "0")
        by_path = await get(person, f"{content.name}/S01E02.mkv")
        deeper = await get(person, f"{content.name}/Subs/E01.srt")

    assert (linked.status, linked.body) == (200, SHOW.read("S01E01.mkv"))
    assert (by_path.status, by_path.body) == (200, SHOW.read("S01E02.mkv"))
    assert (deeper.status, deeper.body) == (200, SHOW.read("Subs/E01.srt"))


async def test_a_range_of_a_file_is_given(tmp_path: Path) -> None:
    async with a_show(tmp_path) as (person, _):
        part = await get(person, "0", Range="bytes=1000-1999")
        beyond = await get(person, "0", Range="bytes=900000-")

    assert (part.status, part.body) == (206, SHOW.read("S01E01.mkv", 1000, 2000))
    assert beyond.status == 416


async def test_nothing_but_the_content_is_given(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    async with a_show(tmp_path) as (person, content):
        for file in ("9", "-1", "", "../secret.txt", f"{content.name}/../../../secret.txt", "/etc/passwd"):
            assert (await get(person, file)).status == 409
        unknown = await person.get("torrents/downloadFile", hash="f" * 40, file="0")
        assert (unknown.status, unknown.text) == (404, "Torrent not found")
        assert (await person.get("torrents/downloadFile", hash=SHOW.infohash)).status == 400


async def test_a_folder_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    async with a_show(tmp_path) as (person, content):
        (content / "Subs").rename(tmp_path / "elsewhere")
        (content / "Subs").symlink_to(tmp_path / "elsewhere")

        assert (await get(person, "2")).status == 409
        assert (await get(person, "1")).status == 200


async def test_a_link_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    async with a_show(tmp_path) as (person, content):
        (content / "S01E02.mkv").rename(tmp_path / "elsewhere.mkv")
        (content / "S01E02.mkv").symlink_to(tmp_path / "elsewhere.mkv")

        assert (await get(person, "1")).status == 409


async def test_a_file_that_is_gone_is_not_given(tmp_path: Path) -> None:
    async with a_show(tmp_path) as (person, content):
        content.rename(tmp_path / "imported")

        assert (await get(person, "1")).status == 409


async def test_a_file_that_is_not_finished_is_not_given(tmp_path: Path) -> None:
    async with a_person_at(tmp_path, ProfileName.V5_3) as person:
        await person.upload(SHOW)

        assert (await get(person, "0")).status == 409
