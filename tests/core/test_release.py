"""What of a release is wanted, how its folder and its files are called."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qbitproxy.core.release import (
    LONGEST_NAME,
    VIDEO,
    ContentRules,
    UnsafePath,
    folder_name,
    nothing_wanted,
    numbered,
    placed_paths,
    safe_name,
    safe_parts,
    safe_path,
    suffix,
    wanted,
    without_suffix,
)
from qbitproxy.core.torrent import TorrentFile

MIB = 1 << 20
VIDEOS = ContentRules(extensions=VIDEO)
EVERYTHING = ContentRules(extensions=frozenset())

names = st.text(max_size=300)
paths = st.lists(names, min_size=1, max_size=4).map("/".join)


def files(*listed: tuple[str, int]) -> list[TorrentFile]:
    return [TorrentFile(path, size) for path, size in listed]


def kept(rules: ContentRules, *listed: tuple[str, int]) -> list[str]:
    return [file.path for file in wanted(files(*listed), rules)]


def test_only_files_of_the_wanted_kinds_are_wanted() -> None:
    assert kept(VIDEOS, ("a.MKV", 9), ("a.nfo", 1), ("a", 1), (".mkv", 1), ("x.d/b.mp4", 9)) == [
        "a.MKV",
        "x.d/b.mp4",
    ]


def test_without_kinds_every_harmless_file_is_wanted() -> None:
    assert kept(EVERYTHING, ("a.mkv", 9), ("notes.txt", 1), ("README", 1)) == [
        "a.mkv",
        "notes.txt",
        "README",
    ]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([], "it has none"),
        (["a.nfo", "b/c.txt"], "a.nfo, b/c.txt"),
        (["a.nfo", "b.nfo", "c.nfo", "d.nfo", "e.nfo"], "a.nfo, b.nfo, c.nfo and 2 more"),
    ],
)
def test_who_has_nothing_that_is_wanted_is_told_what_there_was(names: list[str], shown: str) -> None:
    assert nothing_wanted(files(*((name, 1) for name in names))) == f"none of its files is wanted: {shown}"


@pytest.mark.parametrize("name", ["a.exe", "a.LNK", "a.scr", "a.bat", "a.zipx", "a.sh"])
def test_dangerous_files_are_never_wanted_even_when_asked_for(name: str) -> None:
    rules = ContentRules(extensions=frozenset({suffix(name)}))

    assert kept(rules, (name, 9)) == []
    assert kept(EVERYTHING, (name, 9)) == []


def test_size_bounds_are_inclusive() -> None:
    rules = ContentRules(extensions=VIDEO, minimum_size=10, maximum_size=20, skip_samples=False)

    assert kept(rules, ("9.mkv", 9), ("10.mkv", 10), ("20.mkv", 20), ("21.mkv", 21)) == ["10.mkv", "20.mkv"]


def test_a_file_of_unknown_size_passes_the_bounds() -> None:
    assert kept(ContentRules(extensions=VIDEO, minimum_size=10), ("a.mkv", 0)) == ["a.mkv"]


@pytest.mark.parametrize(
    "sample",
    [
        "Sample/film.mkv",
        "samples/film.mkv",
        "Proof/film.mkv",
        "sample.mkv",
        "sample-film.mkv",
        "film.2010.SAMPLE.mkv",
        "film_sample.mkv",
    ],
)
def test_a_small_sample_beside_the_real_thing_is_left_out(sample: str) -> None:
    assert kept(VIDEOS, ("film.mkv", 900 * MIB), (sample, 40 * MIB)) == ["film.mkv"]


@pytest.mark.parametrize(
    "name",
    [
        "Law.and.Order.Special.Victims.Unit.S01E01.mkv",
        "Specials/Show.S00E01.mkv",
        "Extras.S01E01.mkv",
        "X-Thumbelina.mkv",
        "Samples.of.Life.S01E02.mkv",
        "The.Sampler.mkv",
        "Free.Sample.Day.2019.mkv",
    ],
)
def test_an_episode_that_only_sounds_like_a_sample_is_wanted(name: str) -> None:
    assert kept(VIDEOS, ("Show.S01E01.mkv", 900 * MIB), (name, 40 * MIB)) == ["Show.S01E01.mkv", name]


def test_a_large_sample_is_wanted() -> None:
    listed = ("film.mkv", 9000 * MIB), ("sample.mkv", 300 * MIB)

    assert kept(VIDEOS, *listed) == ["film.mkv", "sample.mkv"]


def test_a_sample_without_a_much_larger_video_is_wanted() -> None:
    listed = ("film.mkv", 199 * MIB), ("sample.mkv", 40 * MIB)

    assert kept(VIDEOS, *listed) == ["film.mkv", "sample.mkv"]


def test_samples_are_wanted_when_nothing_else_is_there() -> None:
    assert kept(VIDEOS, ("Sample/a.mkv", 10), ("trailers/b.mkv", 10)) == ["Sample/a.mkv"]
    assert kept(VIDEOS, ("a-trailer.mkv", 10), ("trailer.mkv", 20)) == ["a-trailer.mkv", "trailer.mkv"]


def test_a_sample_of_unknown_size_goes_only_when_a_video_stays() -> None:
    assert kept(VIDEOS, ("film.mkv", 10), ("sample.mkv", 0)) == ["film.mkv"]
    assert kept(VIDEOS, ("film.mkv", 0), ("sample.mkv", 0)) == ["film.mkv", "sample.mkv"]


@pytest.mark.parametrize("trailer", ["Trailers/film.mkv", "trailer/film.mkv", "film-trailer.mkv"])
def test_a_trailer_beside_the_real_thing_is_left_out(trailer: str) -> None:
    assert kept(VIDEOS, ("film.mkv", 900), (trailer, 800)) == ["film.mkv"]


def test_a_song_called_sample_is_wanted() -> None:
    rules = ContentRules(extensions=frozenset({"flac"}))

    assert kept(rules, ("01 - Long.flac", 900), ("02 - Sample.flac", 10)) == [
        "01 - Long.flac",
        "02 - Sample.flac",
    ]


def test_samples_stay_where_the_rules_keep_them() -> None:
    rules = ContentRules(extensions=VIDEO, skip_samples=False)

    assert kept(rules, ("film.mkv", 900), ("sample.mkv", 10)) == ["film.mkv", "sample.mkv"]


@given(st.lists(st.tuples(paths, st.integers(0, 1 << 40)), max_size=8), st.booleans())
def test_skipping_samples_never_leaves_nothing(listed: list[tuple[str, int]], any_kind: bool) -> None:
    rules = EVERYTHING if any_kind else VIDEOS
    everything = wanted(files(*listed), ContentRules(extensions=rules.extensions, skip_samples=False))

    chosen = wanted(files(*listed), rules)

    assert bool(chosen) == bool(everything)
    assert [file for file in everything if file in chosen] == chosen


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("Sintel.2010.1080p.mkv", "Sintel.2010.1080p"),
        ("Sintel.2010.1080p", "Sintel.2010.1080p"),
        ("A Book.EPUB", "A Book"),
        (".mkv", ".mkv"),
        ("Vol.1", "Vol.1"),
    ],
)
def test_only_the_suffix_of_a_media_file_is_dropped(name: str, without: str) -> None:
    assert without_suffix(name) == without


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Sintel.2010.1080p.mkv", "Sintel.2010.1080p"),
        ("Caminandes.S01.1080p", "Caminandes.S01.1080p"),
        ("../../etc", "_.._etc"),
        ("..", "unnamed"),
        ("", "unnamed"),
        (".qbitproxy", "qbitproxy"),
        ("AC/DC \\ live", "AC_DC _ live"),
        ("tab\tand\0nul", "tabandnul"),
        ("e\u0301te", "\u00e9te"),
        ("ends in dots...", "ends in dots"),
        ("بذرة 🎬", "بذرة 🎬"),
    ],
)
def test_a_folder_is_called_like_its_release(name: str, folder: str) -> None:
    assert folder_name(name, []) == folder


def test_a_release_named_by_a_hash_is_called_like_its_largest_file() -> None:
    listed = files(("a/info.txt", 1), ("a/Sintel.2010.mkv", 9))

    assert folder_name("a1b2c3d4e5f60718293a4b5c6d7e8f90", listed) == "Sintel.2010"
    assert folder_name("A1" * 20 + ".mkv", listed) == "Sintel.2010"


def test_a_release_where_every_name_is_a_hash_keeps_its_own() -> None:
    assert folder_name("a1" * 20, files(("b2" * 16 + ".mkv", 9))) == "a1" * 20
    assert folder_name("a1" * 20, []) == "a1" * 20


@given(names)
@example("x" * 254 + "é")
@example("." * 300)
@example("a" * 254 + ". b")
@example("\ud800")
def test_a_safe_name_is_one_visible_component_that_a_disk_takes(name: str) -> None:
    safe = safe_name(name)

    assert PurePosixPath(safe).parts == (safe,)
    assert 0 < len(safe.encode()) <= LONGEST_NAME
    assert safe[0] != "."
    assert safe[-1] not in " ."
    assert not any(unicodedata.category(char) == "Cc" for char in safe)
    assert unicodedata.is_normalized("NFC", safe)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "..",
        "a/../b",
        "../a",
        "a/..",
        "./",
        "//",
        "a\0b",
        "a/b\nc",
        "a\x7f",
        "a\x9b",
        ".qbitproxy/film.mkv",
        "a/.QBitProxy-partial-1.mkv",
    ],
)
def test_a_path_that_leads_out_or_cannot_be_a_file_is_refused(path: str) -> None:
    with pytest.raises(UnsafePath):
        safe_path(path)


@pytest.mark.parametrize(
    ("path", "safe"),
    [
        ("a/b.mkv", "a/b.mkv"),
        ("./a//b/./c.mkv", "a/b/c.mkv"),
        ("a/..b/c...mkv", "a/..b/c...mkv"),
        ("C:\\Windows\\x.mkv", "C:_Windows_x.mkv"),
        ("..\\x.mkv", ".._x.mkv"),
        (".qbit/qbitproxy.mkv", ".qbit/qbitproxy.mkv"),
        ("e\u0301.mkv", "\u00e9.mkv"),
        ("日本語/アニメ.mkv", "日本語/アニメ.mkv"),
    ],
)
def test_a_path_from_outside_stays_as_it_is_where_it_can(path: str, safe: str) -> None:
    assert str(safe_path(path)) == safe


def test_a_slash_inside_a_component_does_not_make_a_folder() -> None:
    assert safe_parts(["AC/DC", "a\\b.flac"]) == PurePosixPath("AC_DC", "a_b.flac")


@pytest.mark.parametrize("parts", [[], [""], ["a", ""], ["a", "."], [".."]])
def test_an_empty_component_is_refused(parts: list[str]) -> None:
    with pytest.raises(UnsafePath):
        safe_parts(parts)


def test_a_long_name_is_cut_by_bytes_in_whole_characters_with_its_suffix() -> None:
    cut = safe_path("é" * 200 + ".mkv").name

    assert cut == "é" * 125 + ".mkv"
    assert len(cut.encode()) == 254


def test_a_long_tail_after_a_dot_is_part_of_the_name() -> None:
    assert safe_path("a." + "b" * 300).name == "a." + "b" * 253


@given(paths)
@example("a" * 300 + "/" + "b" * 300 + ".mkv")
def test_a_safe_path_stays_below_its_folder(path: str) -> None:
    try:
        safe = safe_path(path)
    except UnsafePath:
        return

    assert not safe.is_absolute()
    assert not {"", ".", ".."} & set(safe.parts)
    assert all(len(part.encode()) <= LONGEST_NAME for part in safe.parts)
    assert safe_path(str(safe)) == safe


def placed(*listed: str) -> list[str]:
    return [str(path) for _, path in placed_paths(files(*((path, 1) for path in listed)))]


def test_files_that_differ_only_by_case_do_not_hide_each_other() -> None:
    assert placed("a/B.mkv", "A/b.MKV", "a/b.mkv") == ["a/B.mkv", "A/b (2).MKV", "a/b (3).mkv"]


def test_equal_names_in_different_folders_stay_apart() -> None:
    assert placed("Part 1/x.mkv", "Part 2/x.mkv") == ["Part 1/x.mkv", "Part 2/x.mkv"]


def test_a_file_called_like_a_folder_gets_a_number() -> None:
    assert placed("a/b", "A") == ["a/b", "A (2)"]
    assert placed("a", "a/b", "A/c") == ["a", "a (2)/b", "A (2)/c"]


def test_a_number_that_is_taken_is_passed_over() -> None:
    assert placed("x (2).mkv", "x.mkv", "x.mkv") == ["x (2).mkv", "x.mkv", "x (3).mkv"]


@given(st.lists(paths, max_size=12))
@example(["a" * 300, "a" * 301, "A" * 302])
@example(["ſ", "s", "S"])
def test_no_two_files_share_a_place(listed: list[str]) -> None:
    try:
        places = placed(*listed)
    except UnsafePath:
        return

    folded = {unicodedata.normalize("NFC", path.casefold()) for path in places}
    assert len(folded) == len(listed)
    assert not any(
        f"{other}/" in f"{path}/"
        for path in folded
        for other in folded - {path}
        if path.startswith(f"{other}/")
    )
    assert all(len(part.encode()) <= LONGEST_NAME for path in places for part in path.split("/"))


def test_two_thousand_files_of_one_name_are_placed_without_delay() -> None:
    assert placed(*["x.mkv"] * 2000)[-1] == "x (2000).mkv"


@given(names.map(safe_name), st.integers(1, 99))
def test_a_numbered_folder_stays_within_what_a_disk_takes(name: str, number: int) -> None:
    again = numbered(name, number)

    assert len(again.encode()) <= LONGEST_NAME
    assert again == name if number == 1 else again.endswith(f" ({number})")


def test_the_number_of_a_folder_comes_last() -> None:
    assert numbered("Show.S01.1080p", 2) == "Show.S01.1080p (2)"
