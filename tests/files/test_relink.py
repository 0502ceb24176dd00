"""Links and .strm files of a library, made to lead elsewhere."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from qbitproxy.files.relink import rewrite, swap, target_of, written

OLD, NEW = "http://zurg:9999/dav/Sintel/a.mkv", "http://zurg:9999/dav/Sintel%20(1)/a.mkv"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.strm"
    path.write_text(f"{OLD}\n")
    return path


def alone(path: Path) -> bool:
    return [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_link_that_somebody_changed_meanwhile_stays_as_it_is(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("/somewhere")

    assert not swap(link, "/elsewhere", "/nowhere")
    assert target_of(link) == "/somewhere"
    assert swap(link, "/elsewhere", "/somewhere")
    assert target_of(link) == "/elsewhere"
    assert alone(link)


def test_an_address_is_exchanged_with_all_else_as_it_was(film: Path) -> None:
    film.write_bytes(f"{OLD}\r\n".encode())
    film.chmod(0o640)
    with film.open() as reader:
        assert rewrite(film, NEW, OLD)

        assert reader.read() == f"{OLD}\n"  # whoever was reading goes on
    assert film.read_bytes() == f"{NEW}\r\n".encode()
    assert stat.S_IMODE(film.stat().st_mode) == 0o640
    assert alone(film)


def test_an_address_that_somebody_changed_meanwhile_stays_as_it_is(film: Path) -> None:
    assert not rewrite(film, NEW, "http://zurg:9999/dav/Spring/a.mkv")
    assert written(film) == OLD


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"#KODIPROP:a=b\n" + OLD.encode(), b"\xff\xfe\n", b"x" * 5000]
)
def test_what_holds_more_or_less_than_an_address_is_not_understood(film: Path, content: bytes) -> None:
    film.write_bytes(content)

    assert written(film) is None
    assert not rewrite(film, NEW, OLD)
    assert film.read_bytes() == content


def test_what_is_no_strm_file_is_never_exchanged(film: Path) -> None:
    media, link, folder = (film.with_name(name) for name in ("film.mkv", "link.strm", "folder.strm"))
    media.write_text(OLD)
    link.symlink_to(film)
    folder.mkdir()

    for path in (media, link, folder):
        assert written(path) is None
        assert not rewrite(path, NEW, OLD)
    assert link.is_symlink()
    assert media.read_text() == OLD


@pytest.mark.parametrize("address", ["", "a\nb", os.fsdecode(b"/mnt/\xff.mkv")])
def test_what_cannot_be_an_address_is_not_written(film: Path, address: str) -> None:
    assert not rewrite(film, address, OLD)
    assert written(film) == OLD


def test_a_file_that_cannot_be_made_leaves_the_old_one_alone(film: Path) -> None:
    film.with_name(".film.strm.qbitproxy-new").mkdir()

    with pytest.raises(OSError, match="qbitproxy-new"):
        rewrite(film, NEW, OLD)

    assert written(film) == OLD


def test_a_name_of_many_bytes_is_exchanged_too(tmp_path: Path) -> None:
    film = tmp_path / f"{'映' * 83}.strm"
    film.write_text(OLD)

    assert rewrite(film, NEW, OLD)
    assert alone(film)
