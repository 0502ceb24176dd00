"""A file that arrives in pieces, with a note of those that are there."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbitproxy.files.partial import Partial, Piece, merged
from qbitproxy.files.staging import Modes

pieces = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=12)


def opened(folder: Path, size: int = 100, of: str = "film.mkv") -> Partial:
    return Partial.open(folder / "sub" / "film.mkv", folder / "note.json", size, of, Modes())


def test_everything_of_a_new_file_is_missing(tmp_path: Path) -> None:
    partial = opened(tmp_path)

    assert partial.missing(40) == [(0, 40), (40, 80), (80, 100)]
    assert partial.done == 0
    assert partial.path.stat().st_size == 100


def test_what_was_noted_is_not_missing_after_a_crash(tmp_path: Path) -> None:
    partial = opened(tmp_path)
    partial.note(40, 80)
    partial.note(0, 10)

    again = opened(tmp_path)

    assert again.missing(100) == [(10, 40), (80, 100)]
    assert again.done == 50


def test_an_empty_file_misses_nothing(tmp_path: Path) -> None:
    assert opened(tmp_path, 0).missing(10) == []


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"{}",
        b"\xff",
        b'{"of":"film.mkv","size":100,"pieces":[[0,101]]}',
        b'{"of":"film.mkv","size":100,"pieces":[[50,10]]}',
    ],
)
def test_a_note_that_makes_no_sense_counts_as_none(note: bytes, tmp_path: Path) -> None:
    opened(tmp_path).note(0, 100)
    (tmp_path / "note.json").write_bytes(note)

    assert opened(tmp_path).done == 0


def test_a_note_on_a_file_of_another_size_counts_as_none(tmp_path: Path) -> None:
    opened(tmp_path).note(0, 100)

    assert opened(tmp_path, 101).done == 0
    assert opened(tmp_path, 100).done == 0


def test_a_note_that_once_did_not_fit_never_fits_again(tmp_path: Path) -> None:
    opened(tmp_path).note(0, 100)

    assert opened(tmp_path, of="other.mkv").done == 0
    assert opened(tmp_path).done == 0


def test_a_note_without_its_file_counts_as_none(tmp_path: Path) -> None:
    partial = opened(tmp_path)
    partial.note(0, 100)
    partial.path.unlink()

    assert opened(tmp_path).done == 0


def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "sub" / "film.mkv").symlink_to(tmp_path / "precious")

    with pytest.raises(OSError, match=os.strerror(40)):
        opened(tmp_path)

    assert (tmp_path / "precious").read_text() == "precious"


@given(pieces)
def test_merging_keeps_every_byte_in_the_fewest_pieces(given_pieces: list[Piece]) -> None:
    def covered(some: list[Piece]) -> set[int]:
        return {byte for start, end in some for byte in range(start, end)}

    result = merged(given_pieces)

    assert covered(result) == covered(given_pieces)
    assert all(end < start for (_, end), (start, _) in pairwise(result))


@given(pieces, st.integers(1, 70), st.integers(1, 100))
def test_what_is_there_and_what_is_missing_make_the_whole(
    given_pieces: list[Piece], longest: int, size: int
) -> None:
    partial = Partial(Path("film.mkv"), Path("note"), size, "film.mkv")
    there = merged((min(start, size), min(end, size)) for start, end in given_pieces)
    partial._pieces = there

    missing = partial.missing(longest)

    assert all(0 < end - start <= longest for start, end in missing)
    assert merged([*there, *missing]) == [(0, size)]
    assert partial.done + sum(end - start for start, end in missing) == size
