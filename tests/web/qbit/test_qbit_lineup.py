"""Following one change after the other leads to the same lineup as looking at everything anew."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from qbitproxy.core.faults import Reason
from qbitproxy.core.torrent import Accepted, Failed, Options, Ready, Remote, RemoteFile, Torrent, content_path
from qbitproxy.web.qbit.lineup import Lineup
from tests.web.qbit.test_qbit_view import a_torrent

REMOTE, FILES = Remote("realdebrid", "RD1"), (RemoteFile(id="1", path="a.mkv", size=1),)
PATHS = st.sampled_from(["/tv/Show", "/tv/Show (2)", "/tv/Other"])


@st.composite
def torrents(draw: st.DrawFn) -> Torrent:
    path = draw(PATHS)
    phase = draw(
        st.sampled_from([Accepted(), Ready(REMOTE, FILES, path), Failed(Reason.BUG, "", False, None, path)])
    )
    return a_torrent(
        id=draw(st.integers(1, 5)),
        name=draw(st.sampled_from(["Show", "Other"])),
        save_path="/tv",
        options=Options(rank=draw(st.integers(0, 2))),
        phase=phase,
    )


@given(st.lists(st.tuples(torrents(), st.sampled_from(["change", "settle", "go"]))), st.booleans())
def test_a_lineup_told_of_each_change_is_that_of_the_torrents_now(
    story: list[tuple[Torrent, str]], queueing: bool
) -> None:
    followed, anew = Lineup(queueing), Lineup(queueing)
    torrents: dict[int, Torrent] = {}
    for torrent, what in story:
        if what == "go":
            torrents.pop(torrent.id, None)
        else:
            torrents[torrent.id] = torrent
        followed.follow(torrent.id, torrents.get(torrent.id))
        if what == "settle":
            set(followed.settle())
    for torrent_id, torrent in torrents.items():
        anew.follow(torrent_id, torrent)
    set(followed.settle()), set(anew.settle())

    assert [t.id for t in followed.queue()] == [t.id for t in anew.queue()]
    for torrent in torrents.values():
        assert followed.position(torrent) == anew.position(torrent)
        assert followed.path(torrent) == anew.path(torrent)


@given(st.lists(torrents(), unique_by=lambda torrent: torrent.id))
def test_no_waiting_torrent_is_shown_in_the_folder_of_another(torrents: list[Torrent]) -> None:
    lineup = Lineup(queueing=True)
    for torrent in torrents:
        lineup.follow(torrent.id, torrent)
    set(lineup.settle())

    paths = [lineup.path(torrent) for torrent in torrents]
    placed = {content_path(torrent) for torrent in torrents}
    waiting = [path for path, torrent in zip(paths, torrents, strict=True) if not content_path(torrent)]
    assert len(set(waiting)) == len(waiting)
    assert placed.isdisjoint(waiting)


def test_those_whose_place_moved_are_told() -> None:
    first, second, ready = (
        a_torrent(id=1),
        a_torrent(id=2),
        a_torrent(id=3, phase=Ready(REMOTE, FILES, "/tv/Elsewhere")),
    )
    lineup = Lineup(queueing=True)
    for torrent in (first, second, ready):
        lineup.follow(torrent.id, torrent)
    assert set(lineup.settle()) == {1, 2}
    assert set(lineup.settle()) == set()

    lineup.follow(2, replace(second, options=Options(rank=1)))

    assert set(lineup.settle()) == {1, 2}


def test_those_of_one_name_are_numbered_one_after_the_other() -> None:
    lineup = Lineup(queueing=True)
    torrents = [a_torrent(id=number, name="Show", save_path="/tv") for number in range(1, 5)]
    elsewhere = a_torrent(id=9, name="Show", save_path="/tv", phase=Ready(REMOTE, FILES, "/tv/Show (3)"))
    for torrent in (*torrents, elsewhere):
        lineup.follow(torrent.id, torrent)
    set(lineup.settle())

    assert [lineup.path(torrent) for torrent in torrents] == [
        "/tv/Show",
        "/tv/Show (2)",
        "/tv/Show (4)",
        "/tv/Show (5)",
    ]


def test_a_change_that_moves_nobody_is_told_of_nobody_else() -> None:
    lineup = Lineup(queueing=True)
    torrents = [a_torrent(id=number, name=f"Show {number}") for number in range(1, 5)]
    for torrent in torrents:
        lineup.follow(torrent.id, torrent)
    set(lineup.settle())

    lineup.follow(2, replace(torrents[1], waiting_for="something"))
    assert set(lineup.settle()) == set()

    lineup.follow(3, None)
    assert set(lineup.settle()) == {4}
