"""What speaks against telling an Arr that a torrent is good."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from qbitproxy.core.gate import DANGEROUS, Danger, Flaw, GateRules, objections
from qbitproxy.core.release import AUDIO, BOOKS, VIDEO, ContentRules, wanted
from qbitproxy.core.torrent import TorrentFile

KIB, MIB = 1 << 10, 1 << 20
DEFAULT = GateRules()
NOTHING = GateRules(episodes=False, dangerous=Danger.OFF, archives=False, passwords=False, sizes=False)
EXTENSIONS = {
    "sonarr": VIDEO - {"iso", "img"},
    "radarr": VIDEO - {"iso", "img"},
    "whisparr": VIDEO - {"iso", "img"},
    "lidarr": AUDIO,
    "readarr": BOOKS | AUDIO,
}

Listing = list[tuple[str, int]]


def details(
    name: str, kind: str, listing: Listing, rules: GateRules = DEFAULT, also: frozenset[str] = frozenset()
) -> dict[Flaw, str]:
    files = [TorrentFile(path, size) for path, size in listing]
    content = ContentRules(extensions=EXTENSIONS.get(kind, VIDEO | AUDIO | BOOKS) | also)
    found = objections(name, kind, files, wanted(files, content), rules)
    assert len({objection.reason for objection in found}) == len(found)
    return {objection.reason: objection.detail for objection in found}


def episodes(*stems: str, size: int = 900 * MIB) -> Listing:
    return [(f"{stem}.mkv", size) for stem in stems]


SCENE: Listing = [
    ("show.s01e01-grp.rar", 50 * MIB),
    *((f"show.s01e01-grp.r{part:02}", 50 * MIB) for part in range(20)),
    ("Sample/show.s01e01-grp.sample.mkv", 30 * MIB),
    ("show.s01e01-grp.nfo", KIB),
]


@pytest.mark.parametrize(
    ("name", "kind", "listing", "flaw", "detail"),
    [
        pytest.param(
            "Show.S01E01-E04.1080p",
            "sonarr",
            episodes("Show.S01E01", "Show.S01E03"),
            Flaw.MISSING_EPISODES,
            "S01E02, S01E04 not among its files: Show.S01E01.mkv, Show.S01E03.mkv",
            id="half a pack blocked the queue",
        ),
        pytest.param(
            "Show.S01E01-E09.1080p",
            "sonarr",
            episodes("Show.S01E01", "Show.S01E02"),
            Flaw.MISSING_EPISODES,
            "S01E03, S01E04, S01E05, S01E06, S01E07 and 2 more not among its files: "
            "Show.S01E01.mkv, Show.S01E02.mkv",
            id="most of a pack was missing",
        ),
        pytest.param(
            "Show.S01E05.1080p",
            "sonarr",
            episodes("Show.S01E06"),
            Flaw.MISSING_EPISODES,
            "S01E05 not among its files: Show.S01E06.mkv",
            id="another episode than the name says was unexpected",
        ),
        pytest.param(
            "Film.2024.2160p.WEB",
            "radarr",
            [("Film.2024.2160p.WEB.exe", 900 * MIB), ("readme.txt", KIB)],
            Flaw.DANGEROUS_FILE,
            "a program among its files: Film.2024.2160p.WEB.exe",
            id="the film was a program",
        ),
        pytest.param(
            "Show.S01E01.1080p",
            "sonarr",
            [("Show.S01E01.1080p.mkv.lnk", 2 * KIB)],
            Flaw.DANGEROUS_FILE,
            "a program among its files: Show.S01E01.1080p.mkv.lnk",
            id="the episode was a shortcut called like a video",
        ),
        pytest.param(
            "Film.2024.1080p",
            "radarr",
            [("preview.mkv", 20 * MIB), ("codec/setup.EXE", 700 * MIB)],
            Flaw.DANGEROUS_FILE,
            "a program among its files: codec/setup.EXE",
            id="a program larger than its decoy",
        ),
        pytest.param(
            "Film.2024.1080p",
            "radarr",
            [("Sample/sample.mkv", 20 * MIB), ("player.msi", 5 * MIB)],
            Flaw.DANGEROUS_FILE,
            "a program among its files: player.msi",
            id="a program beside a sample",
        ),
        pytest.param(
            "Album (2020) FLAC",
            "lidarr",
            [("Album.scr", 5 * MIB)],
            Flaw.DANGEROUS_FILE,
            "a program among its files: Album.scr",
            id="the album was a screen saver",
        ),
        pytest.param(
            "Show.S01E01.1080p",
            "sonarr",
            SCENE,
            Flaw.ONLY_ARCHIVED,
            "nothing to import beside an archive: show.s01e01-grp.rar, show.s01e01-grp.r00, "
            "show.s01e01-grp.r01, show.s01e01-grp.r02, show.s01e01-grp.r03 and 16 more",
            id="a scene release with only its sample unpacked",
        ),
        pytest.param(
            "Film.2024.1080p",
            "radarr",
            [("Film.7z.001", 500 * MIB), ("Film.7z.002", 500 * MIB)],
            Flaw.ONLY_ARCHIVED,
            "nothing to import beside an archive: Film.7z.001, Film.7z.002",
            id="found archive file, might need to be extracted",
        ),
        pytest.param(
            "Album (2020) MP3",
            "lidarr",
            [("Album.zip", 100 * MIB), ("cover.jpg", KIB)],
            Flaw.ONLY_ARCHIVED,
            "nothing to import beside an archive: Album.zip",
            id="a zipped album",
        ),
        pytest.param(
            "A Book - EPUB",
            "readarr",
            [("A Book.rar", MIB)],
            Flaw.ONLY_ARCHIVED,
            "nothing to import beside an archive: A Book.rar",
            id="an archived book",
        ),
        pytest.param(
            "Film.2024.1080p",
            "radarr",
            [("Film.rar", 900 * MIB), ("How to get the PASSWORD.txt", KIB)],
            Flaw.PASSWORD,
            "needs a password: How to get the PASSWORD.txt",
            id="an archive whose password was for sale",
        ),
        pytest.param(
            "Film.2024.1080p [password-protected]",
            "radarr",
            [("Film.rar", 900 * MIB)],
            Flaw.PASSWORD,
            "needs a password: Film.rar",
            id="an archive that says it is locked",
        ),
        pytest.param(
            "Film.2024.2160p.WEB",
            "radarr",
            [("Film.2024.2160p.WEB.mkv", 3 * MIB)],
            Flaw.TOO_SMALL,
            "Film.2024.2160p.WEB.mkv has 3.0 MiB, at least 20.0 MiB expected",
            id="2160p in three megabytes",
        ),
        pytest.param(
            "Show.S01",
            "sonarr",
            episodes("Show.S01E01.1080p", "Show.S01E02.1080p", size=2 * MIB),
            Flaw.TOO_SMALL,
            "Show.S01E01.1080p.mkv has 2.0 MiB, at least 5.0 MiB expected",
            id="a pack of stubs whose files alone say 1080p",
        ),
        pytest.param(
            "Film.720p",
            "whisparr",
            [("Film.mp4", MIB)],
            Flaw.TOO_SMALL,
            "Film.mp4 has 1.0 MiB, at least 3.0 MiB expected",
            id="720p in one megabyte",
        ),
        pytest.param(
            "Film",
            "radarr",
            [("Film.avi", 300 * KIB)],
            Flaw.TOO_SMALL,
            "Film.avi has 300.0 KiB, at least 1.0 MiB expected",
            id="a film of 300 kilobytes",
        ),
        pytest.param(
            "Album",
            "lidarr",
            [("01.flac", 2 * KIB), ("02.flac", KIB)],
            Flaw.TOO_SMALL,
            "01.flac has 2.0 KiB, at least 64.0 KiB expected",
            id="an album of stubs",
        ),
    ],
)
def test_what_users_saw_fail_is_objected_to(
    name: str, kind: str, listing: Listing, flaw: Flaw, detail: str
) -> None:
    assert details(name, kind, listing)[flaw] == detail
    assert details(name, kind, listing, NOTHING) == {}


@pytest.mark.parametrize(
    ("name", "kind", "listing"),
    [
        ("Show.S01E01-E03", "sonarr", episodes("Show.S01E01", "Show.S01E02", "Show.S01E03")),
        ("Show.S01E01-E04", "sonarr", episodes("Show.S01E01-E02", "Show.S01E03E04")),
        ("Show.S01E01E02", "sonarr", episodes("Show.S01E01")),  # one video, two episodes
        ("Show.S01E01", "sonarr", episodes("abcdef")),
        ("Show.S01E01", "sonarr", episodes("Pilot")),
        ("Show.S01E13", "sonarr", episodes("Show - 013")),
        ("Show.S01E13", "sonarr", episodes("Show.S00E05")),
        ("Show.S02E01", "sonarr", episodes("Show.S01E25")),
        ("Show.S01E01-E03", "sonarr", episodes("Show - 01", "Show - 02")),
        ("Show.S01E01-E03", "sonarr", episodes("Show.S01E01", "Bonus")),
        ("Show.S01E01-E03", "sonarr", episodes("Season 1/E01", "Season 1/E02")),
        ("Show.S01E01-S02E10", "sonarr", episodes("Show.S01E01", "Show.S02E10")),
        ("Show.S01", "sonarr", episodes("Show.S01E01", "Show.S01E05")),
        ("Show.S01-S03", "sonarr", episodes("Show.S01E01")),
        ("[Group] Show - 001-500", "sonarr", episodes("Show - 001", "Show - 400")),
        ("[Group] Show - 28", "sonarr", episodes("Show - 29")),
        ("The.Daily.Thing.2024.03.18", "sonarr", episodes("The.Daily.Thing.2024.03.19")),
        ("Show.S01E01-E03", "radarr", episodes("Show.S01E01", "Show.S01E02")),
        ("Show.S01E01-E03", "sonarr", []),
        ("Film.1080p", "radarr", [("Film.mkv", 900 * MIB), ("codec.exe", 5 * MIB)]),
        ("Film.1080p", "radarr", [("Film.mkv", 0), ("setup.exe", 900 * MIB)]),
        ("Film.1080p", "radarr", [("Film.mkv", 900 * MIB), ("setup.exe", 0)]),
        ("Film.1080p", "radarr", [("Film.mkv", 900 * MIB), ("www.site.com", KIB)]),
        ("Album", "lidarr", [("01.flac", 30 * MIB), ("AUTORUN.EXE", 300 * MIB)]),
        ("A Textbook", "readarr", [("A Textbook.pdf", 20 * MIB), ("disc/setup.exe", 300 * MIB)]),
        ("Film.1080p", "radarr", [("Film.mkv", 900 * MIB), ("Subs/subs.rar", MIB)]),
        ("Film.1080p", "radarr", [("Film.mkv", 900 * MIB), ("extras.zip", 2000 * MIB)]),
        ("Film.1080p", "radarr", [("sample.mkv", 2000 * MIB), ("subs.rar", MIB)]),
        ("Film.1080p", "radarr", [("sample.mkv", 0), ("film.rar", 900 * MIB)]),
        ("Password.2019.1080p", "radarr", [("Password.2019.1080p.mkv", 900 * MIB), ("Password.txt", 1)]),
        ("Film.1080p", "radarr", [("Password.txt", 1)]),
        ("Comic", "readarr", [("Comic 01.cbr", 20 * MIB), ("Comic 02.cbz", 20 * MIB)]),
        ("Show.S01.1080p", "sonarr", episodes("Show.S01E01.1080p", size=12 * MIB)),  # three minutes of anime
        ("Film.2160p", "radarr", [("Film.mkv", 0)]),
        ("Show.S01.2160p", "sonarr", [("Show.S01E01.mkv", 900 * MIB), ("Show.S01E02.mkv", 3 * MIB)]),
        ("Film.BluRay", "radarr", [("BDMV/STREAM/00000.m2ts", 900 * MIB), ("BDMV/index.bdmv", KIB)]),
        ("Album", "lidarr", [("01 - Silence.flac", KIB), ("02.flac", 20 * MIB)]),
        ("A Book", "readarr", [("A Book.epub", 3 * KIB)]),
        ("Anything", "", [("Anything.mkv", KIB)]),
        ("Nothing", "sonarr", []),
    ],
)
def test_what_may_be_good_is_not_objected_to(name: str, kind: str, listing: Listing) -> None:
    assert details(name, kind, listing) == {}


def test_a_hole_in_the_numbers_of_a_pack_counts_only_where_packs_must_be_complete() -> None:
    strict = GateRules(complete_packs=True)
    listing = episodes("Show.S01E02", "Show.S01E03", "Show.S01E05")

    assert details("Show.S01", "sonarr", listing) == {}
    assert details("Show.S01", "sonarr", listing, strict)[Flaw.MISSING_EPISODES].startswith("S01E04 not")
    assert details("Show.S01", "sonarr", listing[:2], strict) == {}
    assert details("Show.S02", "sonarr", listing, strict) == {}
    assert details("Show.S01", "radarr", listing, strict) == {}
    assert details("Show.S01E02-E03", "sonarr", listing, strict) == {}


@pytest.mark.parametrize("extension", sorted(DANGEROUS))
def test_any_program_counts_where_that_is_asked_for(extension: str) -> None:
    listing = [("Film.mkv", 900 * MIB), (f"tool.{extension}", KIB)]

    assert details("Film", "radarr", listing) == {}
    assert Flaw.DANGEROUS_FILE in details("Film", "radarr", listing, GateRules(dangerous=Danger.ANY))


def test_archives_are_no_objection_where_they_are_wanted() -> None:
    assert details("Show.S01E01", "sonarr", SCENE, also=frozenset({"rar"})) == {}


def test_a_locked_archive_is_one_even_where_archives_are_wanted() -> None:
    listing = [("Film.rar", 900 * MIB), ("pw.txt", 1)]

    assert details("Film", "radarr", listing, also=frozenset({"rar"})).keys() == {Flaw.PASSWORD}


@pytest.mark.parametrize("pattern", ["mkv", ".MKV", "*1080p*", "Film/*.mkv", "mp4|mkv", "*.en.srt|film*"])
def test_what_must_be_contained_is_found_by_extension_or_pattern(pattern: str) -> None:
    rules = GateRules(must_contain=(pattern,))

    assert details("Film", "radarr", [("Film/Film.1080p.mkv", 900 * MIB)], rules) == {}


@pytest.mark.parametrize(
    ("pattern", "detail"),
    [
        ("mp4", "no file is mp4, which it must contain; it has Film.mkv"),
        ("srt|ass", "no file is srt|ass, which it must contain; it has Film.mkv"),
        ("film", "no file is film, which it must contain; it has Film.mkv"),
    ],
)
def test_each_thing_that_must_be_contained_is_needed(pattern: str, detail: str) -> None:
    rules = replace(NOTHING, must_contain=("mkv", pattern))

    assert details("Film", "radarr", [("Film.mkv", 900 * MIB)], rules) == {Flaw.LACKS_REQUIRED: detail}


def test_what_must_be_contained_is_looked_for_among_the_wanted_files() -> None:
    rules = replace(NOTHING, must_contain=("srt",))

    assert details("Film", "radarr", [("Film.srt", KIB)], rules) == {
        Flaw.LACKS_REQUIRED: "no file is srt, which it must contain; it has nothing"
    }
    assert details("Film", "radarr", [("Film.srt", KIB)], rules, also=frozenset({"srt"})) == {}


sizes = st.just(0) | st.integers(20 * MIB, 100 << 30)
clutter = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "x.nfo",
                "x.txt",
                "RARBG.txt",
                "www.site.com",
                "Subs/en.srt",
                "Subs/subs.rar",
                "cover.jpg",
                "x.sfv",
            ]
        ),
        st.integers(0, 2 * MIB),
    ),
    max_size=4,
)
words = st.text(st.characters(categories=("L", "Nd", "Zs")), min_size=1, max_size=20)
tails = st.sampled_from(
    ["", ".1080p.WEB-DL.DDP5.1.H.264-GRP", ".2160p.UHD.BluRay", " [720p]", ".GERMAN.DL.x265"]
)
anything = st.text(max_size=60) | st.builds("{}.S01E01-E09{}".format, words, tails)


@st.composite
def seasons_of_episodes(draw: st.DrawFn) -> tuple[str, Listing]:
    """A release that holds what its name states, its files called in one of the ways people call them."""
    season, first = draw(st.integers(0, 30)), draw(st.integers(0, 200))
    numbers = list(range(first, first + draw(st.integers(1, 12))))
    title, tail = draw(words), draw(tails)
    stem = draw(
        st.sampled_from(
            [
                "{t}.S{s:02}E{e:02}{q}",
                "{t} - {s}x{e:02}",
                "{t} - {e:03}",
                "S{s:02}/E{e:02}",
                "{t}/S{s:02}E{e:02}",
            ]
        )
    )
    range_ = f"E{numbers[0]:02}" + (f"-E{numbers[-1]:02}" if len(numbers) > 1 else "")
    name = draw(st.sampled_from([f"{title}.S{season:02}{range_}{tail}", f"{title}.S{season:02}{tail}"]))
    return name, [
        (stem.format(t=title, s=season, e=number, q=tail) + ".mkv", draw(sizes)) for number in numbers
    ]


@given(seasons_of_episodes(), clutter)
def test_episodes_that_are_there_are_never_missed(release: tuple[str, Listing], beside: Listing) -> None:
    name, listing = release

    assert details(name, "sonarr", [*listing, *beside]) == {}


@given(anything, st.sampled_from(["radarr", "whisparr"]), st.sampled_from(sorted(VIDEO)), sizes, clutter)
def test_a_film_is_never_objected_to(
    name: str, kind: str, extension: str, size: int, beside: Listing
) -> None:
    listing = [(f"Film.{extension}", size), *beside]

    assert details(name, kind, listing, also=VIDEO) == {}


@given(
    anything, st.sampled_from(sorted(AUDIO)), st.lists(st.integers(64 * KIB, 1 << 30), min_size=1), clutter
)
def test_an_album_is_never_objected_to(name: str, extension: str, tracks: list[int], beside: Listing) -> None:
    listing = [(f"{number:02} - Track.{extension}", size) for number, size in enumerate(tracks)]

    assert details(name, "lidarr", [*listing, *beside]) == {}


@given(anything, st.sampled_from(sorted(BOOKS | AUDIO)), st.integers(0, 1 << 30), clutter)
def test_a_book_is_never_objected_to(name: str, extension: str, size: int, beside: Listing) -> None:
    assert details(name, "readarr", [(f"A Book.{extension}", size), *beside]) == {}


@given(
    st.text(max_size=40),
    st.sampled_from([*EXTENSIONS, ""]),
    st.lists(
        st.tuples(
            st.text(max_size=20)
            | st.builds("{}.{}".format, words, st.sampled_from(["mkv", "rar", "exe", "flac", "r00", "epub"])),
            st.integers(0, 1 << 40),
        ),
        max_size=8,
    ),
)
def test_every_objection_is_in_words_and_none_is_raised_without_rules(
    name: str, kind: str, listing: Listing
) -> None:
    assert all(details(name, kind, listing).values())
    assert details(name, kind, listing, NOTHING) == {}
