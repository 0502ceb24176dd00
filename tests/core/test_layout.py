"""Where clients want files to be, and the way there from where they stand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from qbitproxy.core.events import (
    ArrangeBegun,
    Arranged,
    Cached,
    CheckAsked,
    Checked,
    Event,
    LaidOut,
    Lost,
    Placed,
    Recategorised,
    Relocated,
    RemovalAsked,
    Seen,
    Split,
    StaleEvent,
    Stumbled,
    Submitted,
    evolve,
    part_of,
)
from qbitproxy.core.faults import Reason
from qbitproxy.core.layout import (
    collecting,
    expected_path,
    folder_of,
    is_due,
    is_lacking,
    kept,
    names,
    next_round,
    selecting,
    standing,
    wanted_places,
    wants_nothing,
    wishes_of,
    with_wishes,
)
from qbitproxy.core.plan import Arrange, Submit, Verify, Wait, World, next_step
from qbitproxy.core.release import ContentRules, UnsafePath, wanted
from qbitproxy.core.torrent import (
    Accepted,
    Confirming,
    Content,
    Fetching,
    FileWish,
    Options,
    Part,
    PlacedFile,
    Placing,
    Ready,
    Remote,
    RemoteFile,
    Removing,
    Request,
    Round,
    Torrent,
    TorrentFile,
    content_path,
)
from qbitproxy.store.torrents import decode_event, decode_torrent, encode

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REMOTE = Remote("realdebrid", "ABC123")
PATHS = ("a.mkv", "b.mkv", "Subs/a.srt")
FILES = tuple(RemoteFile(id=str(n), path=path, size=100 * (n + 1)) for n, path in enumerate(PATHS))
HOME = "/downloads/tv/Show"
TO_READY = (Submitted(REMOTE), Cached("Folder", FILES), Placed(HOME), Seen("sonarr"))
WORLD = World(now=NOW, providers={})


def a_torrent(**changes: object) -> Torrent:
    torrent = Torrent(
        id=1,
        infohash="a" * 40,
        category="tv",
        name="Show",
        save_path="/downloads/tv",
        request=Request(),
        added_at=NOW,
    )
    return replace(torrent, **changes)


def after(*events: Event, start: Torrent | None = None) -> Torrent:
    torrent = start or a_torrent()
    for event in events:
        torrent = evolve(torrent, event, NOW)
    return torrent


def a_ready(*wishes: FileWish, folder: str = "", **changes: object) -> Torrent:
    torrent = replace(after(*TO_READY), **changes)
    return after(LaidOut(folder, wishes), start=torrent) if wishes or folder else torrent


def moved(path: str, place: str) -> FileWish:
    return FileWish(path=path, place=place)


def rated(path: str, priority: int) -> FileWish:
    return FileWish(path=path, priority=priority)


def settled(torrent: Torrent, home: str = HOME) -> Torrent:
    """The torrent once every round that is due has been carried out."""
    while is_due(torrent) and isinstance(torrent.phase, Confirming | Ready):
        content = standing(torrent)
        assert content is not None
        torrent = after(ArrangeBegun(next_round(torrent, content, home)), Arranged(), start=torrent)
    return torrent


def stands(torrent: Torrent) -> dict[str, str]:
    content = standing(torrent)
    assert content is not None
    return {file.path: file.at for file in content.places}


def test_what_nobody_wished_anything_of_stands_as_the_phase_says() -> None:
    torrent = a_ready()

    assert not is_due(torrent)
    assert torrent.content is None
    assert standing(torrent) == Content(HOME, tuple(PlacedFile(path, path) for path in PATHS), 0)
    assert standing(a_torrent()) is None
    assert next_step(torrent, WORLD) == Wait()


def test_a_wish_of_another_save_path_is_carried_out_and_then_is_so() -> None:
    asked = after(Relocated("/downloads/movies"), start=a_ready())

    assert (asked.save_path, content_path(asked)) == ("/downloads/movies", HOME)
    assert expected_path(asked) == "/downloads/movies/Show"
    content = standing(asked)
    assert content is not None
    assert next_step(asked, WORLD) == Arrange(content)
    change = next_round(asked, content, "/downloads/movies/Show (2)")
    assert change.moves == tuple((path, path) for path in PATHS)

    done = after(ArrangeBegun(change), Arranged(), start=asked)
    assert content_path(done) == expected_path(done) == "/downloads/movies/Show (2)"
    assert not is_due(done)
    assert next_step(done, WORLD) == Wait()
    assert (asked.former, done.former) == (("/downloads/tv",), ())


def test_a_round_under_way_comes_to_its_end_before_a_newer_wish_is_looked_at() -> None:
    asked = after(Relocated("/downloads/movies"), start=a_ready())
    content = standing(asked)
    assert content is not None
    begun = after(ArrangeBegun(next_round(asked, content, "/downloads/movies/Show")), start=asked)

    back = after(Relocated("/downloads/tv"), start=begun)
    assert is_due(back)
    with pytest.raises(StaleEvent):
        after(ArrangeBegun(Round(home="/x", places=(), revision=9)), start=back)
    there = after(Arranged(), start=back)
    assert content_path(there) == "/downloads/movies/Show"
    assert is_due(there)
    assert content_path(settled(there)) == HOME


def test_nothing_is_arranged_that_was_not_begun() -> None:
    with pytest.raises(StaleEvent):
        after(Arranged(), start=a_ready())


def test_a_wish_before_anything_is_placed_needs_no_round() -> None:
    wish = moved("a.mkv", "first.mkv")
    torrent = after(LaidOut("Root", (wish,)), Submitted(REMOTE), Cached("Folder", FILES))
    assert expected_path(torrent) == "/downloads/tv/Root"
    places = tuple(PlacedFile(f.path, str(at)) for f, at in wanted_places(torrent, FILES))

    ready = after(Placed("/downloads/tv/Root", places, 1), Seen(""), start=torrent)

    assert stands(ready) == {"a.mkv": "first.mkv", "b.mkv": "b.mkv", "Subs/a.srt": "Subs/a.srt"}
    assert not is_due(ready)


def test_a_wish_that_came_while_files_were_placed_is_carried_out_afterwards() -> None:
    torrent = after(*TO_READY[:2], Relocated("/downloads/movies"), LaidOut("Root", ()), TO_READY[2])

    assert isinstance(torrent.phase, Confirming)
    assert is_due(torrent)
    assert torrent.former == ("/downloads/tv",)
    assert expected_path(torrent) == "/downloads/movies/Root"
    assert isinstance(next_step(replace(torrent, paused=True), WORLD), Arrange)
    assert content_path(settled(torrent, "/downloads/movies/Root")) == "/downloads/movies/Root"


def test_going_back_to_a_save_path_leaves_nothing_behind_there() -> None:
    torrent = after(Relocated("/downloads/a"), Relocated("/downloads/tv"), Relocated("/downloads/tv"))

    assert (torrent.former, torrent.layout.revision) == (("/downloads/a",), 2)


def test_files_that_change_names_with_each_other_make_way_first() -> None:
    torrent = a_ready(moved("a.mkv", "b.mkv"), moved("b.mkv", "a.mkv"))
    content = standing(torrent)
    assert content is not None

    first = next_round(torrent, content, HOME)
    assert first.moves == (("a.mkv", ".qbitproxy-aside-1-0"), ("b.mkv", ".qbitproxy-aside-1-1"))
    assert (first.home, first.revision) == (HOME, 0)
    assert stands(settled(torrent)) == {"a.mkv": "b.mkv", "b.mkv": "a.mkv", "Subs/a.srt": "Subs/a.srt"}


@pytest.mark.parametrize(("path", "place"), [("a.mkv", "a.mkv/x.mkv"), ("Subs/a.srt", "Subs")])
def test_a_file_may_take_the_place_of_its_folder_and_the_other_way_round(path: str, place: str) -> None:
    torrent = a_ready(moved(path, place))
    content = standing(torrent)
    assert content is not None

    assert [goal for _, goal in next_round(torrent, content, HOME).moves] == [".qbitproxy-aside-1-0"]
    assert stands(settled(torrent))[path] == place


NAMES = st.sampled_from(["a.mkv", "b.mkv", "c.mkv", "Subs/a.srt", "Subs/b/c.srt", "d/d"])
WISHES = st.lists(st.tuples(st.sampled_from(PATHS), NAMES), min_size=1, max_size=4)


@given(st.lists(st.tuples(WISHES, st.integers(0, 6)), min_size=1, max_size=3))
@example([([("a.mkv", "b.mkv"), ("b.mkv", "a.mkv")], 1)])
@example([([("a.mkv", "c.mkv"), ("b.mkv", "a.mkv")], 1), ([("a.mkv", "b.mkv"), ("b.mkv", "c.mkv")], 2)])
def test_every_file_comes_to_its_place_wherever_rounds_are_interrupted(
    story: list[tuple[list[tuple[str, str]], int]],
) -> None:
    torrent = a_ready()
    disk = {path: path for path in PATHS}  # where: which file
    for wishes, breaks_at in story:
        laid = with_wishes(torrent, [moved(path, place) for path, place in dict(wishes).items()])
        torrent = after(LaidOut("", laid), start=torrent)
        while is_due(torrent):
            content = standing(torrent)
            assert content is not None
            torrent = after(ArrangeBegun(next_round(torrent, content, HOME)), start=torrent)
            assert torrent.round is not None
            carry_out(disk, torrent.round.moves[:breaks_at])
            carry_out(disk, torrent.round.moves)
            torrent = after(Arranged(), start=torrent)

        places = {path: str(place) for path, place in names(torrent, FILES).items()}
        assert stands(torrent) == places
        assert disk == {place: path for path, place in places.items()}


def carry_out(disk: dict[str, str], moves: tuple[tuple[str, str], ...]) -> None:
    for at, goal in moves:
        if at in disk:
            assert goal not in disk
            disk[goal] = disk.pop(at)


def test_two_wishes_for_one_place_give_two_places() -> None:
    torrent = a_torrent(layout=after(LaidOut("", (moved("a.mkv", "b.mkv"),))).layout)

    assert sorted(map(str, names(torrent, FILES).values())) == ["Subs/a.srt", "b (2).mkv", "b.mkv"]


def test_files_that_are_not_wanted_go_before_others_take_their_names() -> None:
    torrent = a_ready(rated("b.mkv", 0), moved("a.mkv", "b.mkv"))
    content = standing(torrent)
    assert content is not None

    first = next_round(torrent, content, HOME)
    assert (first.gone, first.moves, first.revision) == (("b.mkv",), (), 0)
    done = settled(torrent)
    assert stands(done) == {"a.mkv": "b.mkv", "Subs/a.srt": "Subs/a.srt"}
    assert isinstance(done.phase, Ready)


def test_a_file_that_is_wanted_again_is_asked_of_the_provider_again() -> None:
    without = settled(a_ready(rated("b.mkv", 0)))
    again = settled(after(LaidOut("", (rated("b.mkv", 1),)), start=without))

    assert again.phase == Fetching(REMOTE, NOW)
    assert content_path(again) == HOME
    assert stands(again) == {"a.mkv": "a.mkv", "Subs/a.srt": "Subs/a.srt"}
    assert not is_lacking(again, Content(HOME, (), 0))


def test_a_torrent_of_which_nothing_is_wanted_waits_without_being_finished() -> None:
    nothing = tuple(rated(path, 0) for path in PATHS)
    ready = settled(a_ready(*nothing))
    assert ready.phase == Fetching(REMOTE, NOW)
    assert next_step(ready, WORLD) == Wait()
    assert wants_nothing(ready)

    known = a_torrent(files=tuple(TorrentFile(f.path, f.size) for f in FILES))
    new = after(LaidOut("", nothing), start=known)
    assert next_step(new, WORLD) == Wait()
    assert not wants_nothing(after(LaidOut("", nothing[:2]), start=known))
    assert not wants_nothing(after(LaidOut("", nothing)))
    assert not isinstance(next_step(known, WORLD), Submit)


def test_rules_follow_what_clients_say_of_files() -> None:
    rules = ContentRules(extensions=frozenset({"mkv"}))
    torrent = a_torrent()
    assert selecting(torrent, rules) is rules
    assert collecting(torrent, rules) is rules

    wishful = after(LaidOut("", (rated("a.mkv", 0), rated("Subs/a.srt", 7), moved("b.mkv", "c.mkv"))))

    assert [f.path for f in wanted(FILES, selecting(wishful, rules))] == ["b.mkv", "Subs/a.srt"]
    assert [f.path for f in wanted(FILES, collecting(wishful, rules))] == ["a.mkv", "b.mkv", "Subs/a.srt"]
    assert [f.path for f in kept(wishful, FILES)] == ["b.mkv", "Subs/a.srt"]


def test_what_an_arr_takes_for_dangerous_is_not_even_wanted_by_choice() -> None:
    rules = ContentRules(extensions=frozenset(), chosen=frozenset({"setup.exe"}))

    assert wanted([TorrentFile("setup.exe", 5), TorrentFile("a.mkv", 5)], rules) == [TorrentFile("a.mkv", 5)]


def test_wishes_of_a_file_add_up() -> None:
    torrent = after(LaidOut("", (moved("a.mkv", "x.mkv"),)))

    assert "b.mkv" not in wishes_of(torrent)
    both = replace(wishes_of(torrent)["a.mkv"], priority=6)
    assert with_wishes(torrent, [both]) == (FileWish(path="a.mkv", place="x.mkv", priority=6),)


def test_the_folder_keeps_its_name_when_the_torrent_is_called_otherwise() -> None:
    assert folder_of(replace(a_ready(), name="Other")) == "Show"
    assert folder_of(a_torrent(name="Other")) == "Other"
    assert folder_of(a_ready(folder="Root")) == "Root"


def test_the_category_of_an_automatic_torrent_says_where_it_is() -> None:
    manual, automatic = a_ready(), a_ready(options=Options(auto_tmm=True))
    event = Recategorised("movies", "/downloads/movies")

    assert after(event, start=manual).save_path == "/downloads/tv"
    assert not is_due(after(event, start=manual))
    assert after(event, start=automatic).save_path == "/downloads/movies"
    assert is_due(after(event, start=automatic))
    assert after(Relocated("/downloads/tv", automatic=True), start=manual).options.auto_tmm


def test_a_lost_torrent_remembers_what_of_it_stands() -> None:
    lost = after(Lost("gone"), start=settled(a_ready(moved("a.mkv", "x.mkv"))))

    assert isinstance(lost.phase, Accepted)
    assert content_path(lost) == HOME
    assert stands(lost)["a.mkv"] == "x.mkv"


def test_what_stands_from_earlier_is_arranged_while_it_is_placed_again() -> None:
    lost = after(Lost("gone"), LaidOut("", (moved("a.mkv", "x.mkv"),)), start=a_ready())
    placing = after(*TO_READY[:2], start=lost)
    content = standing(placing)
    assert content is not None

    arranged = after(ArrangeBegun(next_round(placing, content, HOME)), Arranged(), start=placing)

    assert isinstance(arranged.phase, Placing)
    assert stands(arranged)["a.mkv"] == "x.mkv"
    assert is_lacking(arranged, Content(HOME, (), 1))


def test_a_check_that_finds_everything_changes_nothing() -> None:
    asked = after(CheckAsked(), start=a_ready(paused=True))
    assert next_step(asked, WORLD) == Verify(asked.phase)  # type: ignore[arg-type]

    stumbled = after(Stumbled(Reason.OUTAGE, "no route", NOW), start=asked)
    assert stumbled.waiting_for == "no route"
    assert after(Checked("Folder"), start=stumbled) == a_ready(paused=True)


def test_a_check_that_misses_files_has_them_placed_again_beside_the_others() -> None:
    checked = after(CheckAsked(), Checked("Folder", ("a.mkv",)), start=a_ready())

    assert checked.phase == Placing(REMOTE, NOW, "Folder", FILES)
    assert content_path(checked) == HOME
    assert not checked.check_asked
    assert not is_due(checked)


def test_only_what_is_ready_is_checked() -> None:
    with pytest.raises(StaleEvent):
        after(CheckAsked())
    assert not after(CheckAsked(), Lost("gone"), start=a_ready()).check_asked


def test_removal_finds_both_folders_of_a_torrent_that_is_moving() -> None:
    asked = after(Relocated("/downloads/movies"), start=a_ready())
    content = standing(asked)
    assert content is not None
    begun = after(ArrangeBegun(next_round(asked, content, "/downloads/movies/Show")), start=asked)

    removing = after(RemovalAsked(True), start=begun)

    assert isinstance(removing.phase, Removing)
    assert removing.phase.content_path == HOME
    assert removing.round is not None
    assert removing.round.home == "/downloads/movies/Show"


def test_seasons_inherit_wishes_of_their_files_and_no_folder() -> None:
    whole = after(LaidOut("Root", (moved("a.mkv", "x.mkv"),)), Submitted(REMOTE))
    part = Part(infohash="1" * 40, name="Show.S01", files=FILES)

    season = part_of(whole, Split("Folder", (part,)), part, 2, NOW)

    assert expected_path(season) == "/downloads/tv/Show.S01"
    assert names(season, FILES)["a.mkv"] == PurePosixPath("x.mkv")


def test_a_name_that_no_file_may_have_is_not_arranged() -> None:
    with pytest.raises(UnsafePath):
        names(a_torrent(), [TorrentFile("../x", 1)])


def test_all_of_it_survives_the_way_to_disk() -> None:
    torrent = after(
        Relocated("/downloads/a", automatic=True), start=a_ready(rated("a.mkv", 0), folder="Root")
    )
    content = standing(torrent)
    assert content is not None
    events: list[Event] = [
        Relocated("/x", True),
        LaidOut("Root", (rated("a.mkv", 7),)),
        ArrangeBegun(next_round(torrent, content, "/downloads/a/Root")),
        Arranged(),
        CheckAsked(),
        Checked("Folder", ("a.mkv",)),
        Placed("/x", (PlacedFile("a", "b"),), 3),
    ]

    for event in events:
        assert decode_event(encode(event)) == event
    begun = after(events[2], start=torrent)
    assert decode_torrent(encode(begun)) == begun


def test_rows_and_lines_of_earlier_releases_are_understood() -> None:
    row = (
        b'{"id":1,"infohash":"' + b"a" * 40 + b'","category":"tv","name":"Show","save_path":"/downloads/tv",'
        b'"request":{},"added_at":"2026-01-01T00:00:00Z","options":{},'
        b'"phase":{"phase":"ready","remote":{"provider":"realdebrid","id":"ABC123"},'
        b'"files":[{"id":"0","path":"a.mkv","size":100}],"content_path":"/downloads/tv/Show"}}'
    )

    torrent = decode_torrent(row)

    assert not is_due(torrent)
    assert stands(torrent) == {"a.mkv": "a.mkv"}
    assert decode_event(b'{"event":"placed","content_path":"/x"}') == Placed("/x")
