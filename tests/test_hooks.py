"""The secrets by which Arrs prove themselves when they tell us something."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from qbitproxy.hooks import Hooks


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "arrs.key"


def test_each_arr_has_a_secret_of_its_own_that_is_long(path: Path) -> None:
    hooks = Hooks(path, ["sonarr", "radarr"])

    first, second = hooks.secret("sonarr"), hooks.secret("radarr")
    assert first != second
    assert min(len(first), len(second)) >= 43  # 256 bits
    assert first.isascii()


def test_a_secret_stays_the_same_after_a_restart(path: Path) -> None:
    before = Hooks(path, ["sonarr"]).secret("sonarr")

    assert Hooks(path, ["radarr", "sonarr"]).secret("sonarr") == before


def test_an_arr_that_was_removed_comes_back_with_another_secret(path: Path) -> None:
    before = Hooks(path, ["sonarr"]).secret("sonarr")
    without = Hooks(path, [])

    assert not without.proves("sonarr", before.encode())
    assert Hooks(path, ["sonarr"]).secret("sonarr") != before
    assert before not in path.read_text()


def test_a_secret_proves_its_own_arr_alone(path: Path) -> None:
    hooks = Hooks(path, ["sonarr", "radarr"])

    assert hooks.proves("sonarr", hooks.secret("sonarr").encode())
    for wrong in (hooks.secret("radarr").encode(), b"", b"\xff", hooks.secret("sonarr")[:-1].encode()):
        assert not hooks.proves("sonarr", wrong)
    assert not hooks.proves("nobody", b"")


def test_the_file_is_its_owners_alone_and_whole(path: Path) -> None:
    path.with_name("arrs.key.new").write_text("left by a kill")

    Hooks(path, ["sonarr"])

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["arrs.key"]


@pytest.mark.parametrize("held", ["", "{", "[]", '{"sonarr": 5}', "[" * 100_000])
def test_a_file_that_makes_no_sense_is_made_anew(path: Path, held: str) -> None:
    path.write_text(held)

    secret = Hooks(path, ["sonarr"]).secret("sonarr")

    assert Hooks(path, ["sonarr"]).secret("sonarr") == secret


def test_no_secret_is_shown_by_accident(path: Path) -> None:
    hooks = Hooks(path, ["sonarr"])

    assert hooks.secret("sonarr") not in f"{hooks!r} {hooks}"
