"""Which seasons a torrent holds, into what it splits."""

from __future__ import annotations

import re
from collections import Counter
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qbitproxy.core.numbering import Numbers, numbers, season_of
from qbitproxy.core.release import safe_path
from qbitproxy.core.season_names import season_name
from qbitproxy.core.seasons import Season, derived_infohash, seasons
from qbitproxy.core.torrent import TorrentFile

INFOHASH = "0123456789abcdef0123456789abcdef01234567"
GIB = 1 << 30

Split = list[Season[TorrentFile]]


def split(name: str, *paths: str) -> Split:
    return seasons(INFOHASH, name, [TorrentFile(path, GIB) for path in paths])


def shown(children: Split) -> dict[int | None, list[str]]:
    return {child.number: [file.path for file in child.files] for child in children}


@pytest.mark.parametrize(
    ("name", "seasons", "episodes"),
    [
        # one episode, several, a range
        ("The.Show.S01E01.1080p.WEB.x264-GRP", {1}, {1}),
        ("The.Show.S01E01-E03.1080p", {1}, {1, 2, 3}),
        ("The.Show.S02E05E06.720p", {2}, {5, 6}),
        ("The Show S02E05-06 1080p", {2}, {5, 6}),
        ("The Show S02E05 E06", {2}, {5, 6}),
        ("The.Show.S01E05-S01E07", {1}, {5, 6, 7}),
        ("The.Show.S01E99-100", {1}, {99, 100}),
        ("The.Show.2x07", {2}, {7}),
        ("The Show - [02x01x02] - Title", {2}, {1, 2}),
        ("The.Show.2016x05", {2016}, {5}),
        ("The.Show.S2024E05", {2024}, {5}),
        ("The.Show.S010E05", {10}, {5}),
        ("The.Show.S1.E5", {1}, {5}),
        ("The Show - S01 - E05", {1}, {5}),
        ("The.Show.S01xE05", {1}, {5}),
        ("The Show Season 1 Episode 5", {1}, {5}),
        ("TheShowS01E02E03", {1}, {2, 3}),
        ("La Serie - Temporada 1 [HDTV 720p][Cap.105]", {1}, {5}),
        ("Doctor.Who.2005.S13E00.Special", {13}, {0}),
        ("The.Show.S00E12.Behind.the.Scenes", {0}, {12}),
        ("The.100.S05E03.1080p", {5}, {3}),
        ("24.S08E10.720p", {8}, {10}),
        ("9-1-1.S07E01", {7}, {1}),
        # one season
        ("The.Show.S03.1080p", {3}, set()),
        ("The.Show.S03.COMPLETE", {3}, set()),
        ("The.Show.S04.Part.2", {4}, set()),
        ("[Judas] Shingeki no Kyojin S4 - 05", {4}, set()),
        ("Show 2nd Season", {2}, set()),
        ("Show Season One", {1}, set()),
        ("Show.S2024.1080p", {2024}, set()),
        ("Show Season 2024", {2024}, set()),
        ("La.Casa.de.Papel.Temporada.3", {3}, set()),
        ("Die Serie Staffel 2", {2}, set()),
        ("Сериал 2 сезон", {2}, set()),
        ("Сериал Сезон 2", {2}, set()),
        ("進撃の巨人 第二季", {2}, set()),
        ("ドラマシーズン3", {3}, set()),
        ("드라마 시즌 2", {2}, set()),
        ("Show.S01.x264-GRP", {1}, set()),
        ("Show.S01.E-AC3", {1}, set()),
        # several seasons
        ("The.Show.S01-S05.COMPLETE.1080p", {1, 2, 3, 4, 5}, set()),
        ("The.Show.S01-03", {1, 2, 3}, set()),
        ("The.Show.S01.to.S03", {1, 2, 3}, set()),
        ("The.Show.S01+S02", {1, 2}, set()),
        ("The.Show.Seasons.1-3", {1, 2, 3}, set()),
        ("The Show Seasons 1 - 3", {1, 2, 3}, set()),
        ("The Show Season 1 to 3", {1, 2, 3}, set()),
        ("The Show Season 1 - Season 3", {1, 2, 3}, set()),
        ("The_Show_Season_1_-_Season_3_1080p", {1, 2, 3}, set()),
        ("The Show Seasons 1, 2 & 3", {1, 2, 3}, set()),
        ("Сериал (Сезоны 1-3)", {1, 2, 3}, set()),
        ("The.Show.Complete.Series.S01.S02.S03", {1, 2, 3}, set()),
        ("The Show (2005) Season 1-9 S01-S09 (1080p AMZN x265)", set(range(1, 10)), set()),
        ("The.Show.S01E01-S02E03", {1, 2}, set()),
        # none
        ("[SubsPlease] Sousou no Frieren - 28 (1080p)", set(), set()),
        ("[Erai-raws] One Piece - 1089", set(), set()),
        ("[Anime Time] Naruto Shippuden - 001-500", set(), set()),
        ("The.Daily.Thing.2024.03.18.Guest.Name", set(), set()),
        ("The.Show.Complete.Series.2010.1080p", set(), set()),
        ("Blade.Runner.2049.2017.1080p", set(), set()),
        ("2001.A.Space.Odyssey.1968", set(), set()),
        ("1917.2019.1920x800", set(), set()),
        ("Se7en.1995.DTS5.1x264", set(), set()),
        ("Ocean's12.2004 Class10", set(), set()),
        ("Mission.Impossible.Dead.Reckoning.Part.One.2023", set(), set()),
        ("Dune Part Two (2024)", set(), set()),
        ("The.Show.S101E05", set(), set()),
        ("1f9da83faaf847949e043d0dae9684aa[eztv.re]", set(), set()),
        ("", set(), set()),
    ],
)
def test_a_name_states_its_seasons_and_episodes(name: str, seasons: set[int], episodes: set[int]) -> None:
    assert numbers(name) == Numbers(frozenset(seasons), frozenset(episodes))


@pytest.mark.parametrize(
    ("path", "season"),
    [
        ("Season 1/01 - Pilot.mkv", 1),
        ("Season 02/Show - 2x03 - Title.mkv", 2),
        ("S03/E04.mkv", 3),
        ("Show S04 (1080p)/Show - S04E01 - Ep.mkv", 4),
        ("Specials/Show - S00E01 - OVA.mkv", 0),
        ("Season 1 (BluRay)/Show 105.mkv", 1),
        ("Show Saison 2/Show.E07.mkv", 2),
        ("Show.S01.1080p/Show.S01E01-02.mkv", 1),
        ("Show.S05E01.Part1.mkv", 5),
        ("Disc 1/title_t00.mkv", None),
        ("Season 3/Disc 1/title_t00.mkv", 3),
        ("Extras/Featurettes/Making of.mkv", None),
        ("sample/show.s01e01.sample.mkv", 1),
        ("Specials/OVA.mkv", 0),
        ("OVA/01.mkv", 0),
        ("Season 1/Specials/Making of.mkv", 0),
        ("Season 00/Pilot.mkv", 0),
        ("Season 1/Show.S02E01.mkv", 2),
        ("Subs/Show.S01E01.1080p/2_English.srt", 1),
        ("Season 2/Show - 026.mkv", 2),
        ("Show - 026.mkv", None),
        ("S01-S03/title.mkv", None),
        ("Season 1/S01-S03/title.mkv", 1),
        ("Show S4-05.mkv", 4),
        ("Show Season 1-05.mkv", 1),
        ("Show.S01E13-S02E01.mkv", 1),
        ("Show.S01.S02.Recap.mkv", None),
        ("Season 2024/Show.2024.03.18.mkv", 2024),
        ("2024/Show.2024.03.18.mkv", None),
        ("Show.1x01.DTS5.1.mkv", 1),
        ("Open Season 2 (2008).mkv", None),
        ("Season 1/Show.S01E01", 1),
        ("S01E01", 1),
        ("🎬 مسلسل S02E01.mkv", 2),
        ("進撃の巨人S03E01.mkv", 3),
        ("Show.S01E01." + "x" * 250 + ".mkv", 1),
    ],
)
def test_a_file_belongs_to_the_season_that_its_own_name_says_else_its_folder(
    path: str, season: int | None
) -> None:
    assert season_of(path) == season


@pytest.mark.parametrize(
    ("name", "number", "child"),
    [
        ("The.Show.S01-S05.COMPLETE.1080p.BluRay.x264-GRP", 2, "The.Show.S02.1080p.BluRay.x264-GRP"),
        ("The.Show.Seasons.1-3.1080p.WEB", 3, "The.Show.S03.1080p.WEB"),
        ("The.Show.COMPLETE.S01-03.720p.HDTV.x264-2HD", 1, "The.Show.S01.720p.HDTV.x264-2HD"),
        (
            "The.Show.Complete.Series.S01.S02.S03.WEB-DL.DDP5.1.H.264-NTb",
            2,
            "The.Show.S02.WEB-DL.DDP5.1.H.264-NTb",
        ),
        (
            "The Show (2005) Season 1-9 S01-S09 (1080p AMZN WEB-DL x265 10bit AAC 5.1 Group)",
            9,
            "The Show (2005) S09 1080p AMZN WEB-DL x265 10bit AAC 5.1 Group",
        ),
        (
            "The Show - The Complete Series (2001-2006) [1080p x265] [Group]",
            4,
            "The Show S04 1080p x265 Group",
        ),
        (
            "[Judas] Mob Psycho 100 (Season 1-2) [BD 1080p][HEVC x265 10bit][Dual-Audio]",
            2,
            "Mob Psycho 100 S02 BD 1080p HEVC x265 10bit Dual-Audio-Judas",
        ),
        ("Show S01-S03 + Specials 2160p 4K HDR", 0, "Show S00 COMPLETE 2160p 4K HDR"),
        ("Show.S01-S04.GERMAN.DL.576p.DVDRip.x264-GRP", 4, "Show.S04.GERMAN.DL.576p.DVDRip.x264-GRP"),
        ("Show S01-S02 Part 1 1080p WEB", 1, "Show S01 1080p WEB"),
        ("Show S01-S02 Part 1", 1, "Show S01"),
        ("Show.S01-S08.4K.UHD.BluRay", 1, "Show.S01.COMPLETE.4K.UHD.BluRay"),
        ("Show.S01-S08.DD+5.1.2.0", 1, "Show.S01.COMPLETE.DD+5.1.2.0"),
        ("Show.S01-S08-2HD", 1, "Show.S01.COMPLETE-2HD"),
        ("24.S01-S08.720p.WEB-DL-NTb", 8, "24.S08.720p.WEB-DL-NTb"),
        ("1883.S01-S02.1080p", 1, "1883.S01.1080p"),
        ("S01-S03.Show.Name.1080p", 3, "Show.Name.S03.1080p"),
        ("Show S01-S02 (2019-2021) DVDRip", 1, "Show S01 DVDRip"),
        ("Сериал (Сезоны 1-3) WEB-DLRip", 3, "Сериал S03 WEB-DLRip"),
        ("進撃の巨人 第1季-第3季 1080p", 1, "進撃の巨人 S01 1080p"),
        ("www.Site.org - Show Season 1 to 4 720p", 4, "Show S04 720p"),
        ("[ www.site.org ] Show.S01-S04.720p", 4, "Show.S04.720p"),
        ("Show_S01-S03_720p_WEB", 3, "Show.S03.720p.WEB"),
        ("Show.S01-S03.1080p.AAC", 3, "Show.S03.1080p.AAC"),
        ("Show.S01-S03.1080p.mkv", 3, "Show.S03.1080p"),
        ("Show.1080p.WEB-GRP", 1, "Show.S01.1080p.WEB-GRP"),
        ("Band.of.Brothers.Complete", 1, "Band.of.Brothers.S01"),
        ("WWE.Raw.S2023-S2024", 2024, "WWE.Raw.S2024"),
        ("Show.S01-S03.1080p.WEB", None, "Show.Extras.1080p.WEB"),
        ("Show", None, "Show.Extras"),
        ("3f786850e387550fdab836ed7e6dc881de23001b", 2, "Lent.S02.720p"),
        ("S01-S02", 2, "Lent.S02.720p"),
    ],
)
def test_a_child_is_called_like_its_parent_with_its_own_season_alone(
    name: str, number: int | None, child: str
) -> None:
    assert season_name(name, number, "Season 1/Lent.S01E01.720p.mkv") == child


def test_a_child_for_which_nothing_gives_a_title_still_has_a_name() -> None:
    assert season_name("S01-S02", 2, "S01E01.mkv") == "unnamed.S02"


def test_a_pack_of_several_seasons_splits_into_one_child_per_season() -> None:
    children = split(
        "The.Show.S01-S02.1080p.WEB-GRP", "Show.S02E01.mkv", "Show.S01E01.mkv", "Show.S01E02.mkv"
    )

    assert shown(children) == {1: ["Show.S01E01.mkv", "Show.S01E02.mkv"], 2: ["Show.S02E01.mkv"]}
    assert [child.name for child in children] == [
        "The.Show.S01.1080p.WEB-GRP",
        "The.Show.S02.1080p.WEB-GRP",
    ]
    assert [child.infohash for child in children] == [
        derived_infohash(INFOHASH, 1),
        derived_infohash(INFOHASH, 2),
    ]


def test_specials_and_what_belongs_to_no_season_get_children_of_their_own() -> None:
    children = split(
        "Show Complete Series",
        "Season 1/01.mkv",
        "Season 2/01.mkv",
        "Specials/Pilot.mkv",
        "Extras/Making of.mkv",
    )

    assert shown(children) == {
        0: ["Specials/Pilot.mkv"],
        1: ["Season 1/01.mkv"],
        2: ["Season 2/01.mkv"],
        None: ["Extras/Making of.mkv"],
    }


def test_one_file_per_season_is_enough_to_split() -> None:
    assert shown(split("Show 1080p", "Show S01.mkv", "Show S02.mkv")).keys() == {1, 2}


def test_an_episode_in_two_qualities_stays_in_one_child() -> None:
    children = split("Show", "720p/Show.S01E01.mkv", "1080p/Show.S01E01.mkv", "Show.S02E01.mkv")

    assert shown(children)[1] == ["720p/Show.S01E01.mkv", "1080p/Show.S01E01.mkv"]


def test_absolute_numbers_are_split_by_the_folders_that_say_their_season() -> None:
    assert shown(split("[Group] Show", "Season 1/Show - 001.mkv", "Season 2/Show - 026.mkv")).keys() == {1, 2}


def test_a_season_with_its_specials_is_left_to_the_arr_that_grabbed_it() -> None:
    assert split("Show.S01.1080p", "Show.S01E01.mkv", "Specials/Show.S00E01.mkv") == []


def test_specials_beside_a_season_that_the_name_does_not_state_are_split() -> None:
    assert shown(split("Show 1080p", "Show.S01E01.mkv", "Show.S00E01.mkv")).keys() == {0, 1}


def test_a_pack_that_holds_another_season_than_it_says_is_split() -> None:
    assert shown(split("Show.S01.1080p", "Show.S01E01.mkv", "Show.S02E01.mkv")).keys() == {1, 2}


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("Show.S01.1080p", ["Show.S01E01.mkv", "Show.S01E02.mkv"]),
        ("Show Complete Series S01-S05", ["Show.S03E01.mkv", "Show.S03E02.mkv"]),
        ("Show.Complete.Series", ["Disc 1/title_t00.mkv", "Disc 2/title_t00.mkv"]),
        ("Show.S00.1080p", ["Specials/a.mkv", "Show.S00E02.mkv"]),
        ("Show S01", ["Season 1/a.mkv", "Extras/b.mkv"]),
        ("[Anime Time] Naruto - 001-500", ["Naruto - 001.mkv", "Naruto - 499.mkv"]),
        ("Daily.2024", ["Daily.2024.03.18.mkv", "Daily.2025.01.02.mkv"]),
        ("Two shows", ["One Show S01/One.S01E01.mkv", "Other Show S01/Other.S01E01.mkv"]),
        ("Blade.Runner.2049.2017", ["Blade.Runner.2049.2017.mkv"]),
        ("Ocean Collection", ["Ocean's11.mkv", "Ocean's12.mkv", "Ocean's13.mkv"]),
        ("Open Season Collection", ["Open.Season.2.2008.mkv", "Open.Season.3.2010.mkv"]),
        ("Star Trek Movies", ["01 The Motion Picture 1979.mkv", "02 The Wrath of Khan 1982.mkv"]),
        ("Empty", []),
    ],
)
def test_what_is_not_of_two_seasons_stays_whole(name: str, paths: list[str]) -> None:
    assert split(name, *paths) == []


def test_derived_infohashes_are_what_the_documentation_says() -> None:
    assert derived_infohash(INFOHASH, 2) == "d89322df99aff747fd63079868fe299a83c5039d"
    assert derived_infohash(INFOHASH.upper(), 2) == derived_infohash(INFOHASH, 2)


titles = st.text(st.characters(categories=("L", "Zs")), min_size=1, max_size=30).filter(str.strip)
parts = st.sampled_from(
    [
        "Season 1",
        "Season 02",
        "S03",
        "Specials",
        "Extras",
        "Show.S01E01.mkv",
        "Show.2x05.mkv",
        "Show.S2024E01.mkv",
        "Show - 001.mkv",
        "Show S01-S03.srt",
        "第二季",
    ]
)
paths = st.lists(parts | st.text(max_size=20), min_size=1, max_size=4).map("/".join)
listings = st.lists(paths, max_size=12)
names = st.text(max_size=60) | st.lists(parts | titles, max_size=4).map(" ".join)
infohashes = st.text("0123456789abcdef", min_size=40, max_size=40)


@given(infohashes, names, listings)
@example(INFOHASH, "ſix season ſix", ["Season fİve/a", "S01E01", "S02E01"])
def test_every_file_is_in_exactly_one_child(infohash: str, name: str, listing: list[str]) -> None:
    files = [TorrentFile(path, size) for size, path in enumerate(listing)]

    children = seasons(infohash, name, files)

    assert len(children) != 1
    if children:
        assert Counter(file for child in children for file in child.files) == Counter(files)
        assert all(child.files for child in children)


@given(infohashes, names, listings, st.randoms(use_true_random=False))
def test_the_order_of_the_files_changes_nothing(
    infohash: str, name: str, listing: list[str], random: Random
) -> None:
    files = [TorrentFile(path, size) for size, path in enumerate(listing)]
    shuffled = random.sample(files, len(files))

    def seen(children: Split) -> list[tuple[int | None, str, str, frozenset[TorrentFile]]]:
        return [(child.number, child.name, child.infohash, frozenset(child.files)) for child in children]

    assert seen(seasons(infohash, name, files)) == seen(seasons(infohash, name, shuffled))


@given(infohashes, st.sets(st.none() | st.integers(0, 2100), max_size=30))
def test_derived_infohashes_are_forty_digits_and_all_different(infohash: str, held: set[int | None]) -> None:
    derived = {derived_infohash(infohash, number) for number in held}

    assert len(derived) == len(held)
    assert infohash not in derived
    assert all(re.fullmatch(r"[0-9a-f]{40}", each) for each in derived)


TAGS = (
    "1080p 2160p 576p WEB-DL BluRay x265 H.264 DDP5.1 DD+5.1 10bit GERMAN 4K 5.1 Part.2 E05 2019 + Specials "
    "2of6 2HD -GRP (12345678) [abc] 2024.03.18 E-AC3 v2 Vol.1"
)
packs = st.builds(
    lambda title, mark, tags, separator: separator.join([title.strip(), mark.replace(" ", separator), *tags]),
    titles,
    st.sampled_from(["S01-S05", "Seasons 1-5", "Complete Series", "S01.S02", "Season 1 - Season 5", ""]),
    st.lists(st.sampled_from(TAGS.split()), max_size=6),
    st.sampled_from([".", " ", "_"]),
)


@settings(deadline=None)
@given(packs, st.integers(0, 99) | st.integers(1950, 2050))
def test_a_child_reads_as_a_pack_of_its_season(name: str, number: int) -> None:
    child = season_name(name, number, "a.mkv")

    assert numbers(child) == Numbers(frozenset({number}))
    assert str(safe_path(child.replace("/", "_")))


@given(packs)
def test_what_belongs_to_no_season_reads_as_none(name: str) -> None:
    assert numbers(season_name(name, None, "a.mkv")) == Numbers()
