"""The whole life story, pair by pair."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from qbitproxy.core.events import (
    Adjusted,
    ArrangeBegun,
    Arranged,
    Broke,
    Cached,
    CheckAsked,
    Checked,
    Event,
    Freed,
    GaveUp,
    LaidOut,
    Left,
    Lost,
    Paused,
    Placed,
    Recategorised,
    Refused,
    Released,
    Relocated,
    RemovalAsked,
    Renamed,
    Reported,
    Resumed,
    Retracked,
    Retried,
    Seen,
    Split,
    StaleEvent,
    Stumbled,
    Submitted,
    evolve,
    part_of,
)
from qbitproxy.core.faults import Reason
from qbitproxy.core.torrent import (
    Accepted,
    Confirming,
    Failed,
    Fetching,
    FileWish,
    Gone,
    Options,
    Part,
    Placing,
    Ready,
    Remote,
    RemoteFile,
    Removing,
    Request,
    Round,
    Torrent,
    TorrentFile,
    Tracker,
    content_path,
    remote_of,
    was_finished_from,
)
from qbitproxy.store.torrents import decode_event, decode_torrent, encode

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REMOTE = Remote("realdebrid", "ABC123")
FILES = (RemoteFile(id="1", path="Movie/movie.mkv", size=1000),)


def a_torrent(**changes: object) -> Torrent:
    torrent = Torrent(
        id=1,
        infohash="a" * 40,
        category="tv-sonarr",
        name="Show.S01",
        save_path="/downloads/tv-sonarr",
        request=Request(),
        added_at=NOW,
    )
    return replace(torrent, **changes)  # type: ignore[arg-type]


def after(*events: Event, start: Torrent | None = None) -> Torrent:
    torrent = start or a_torrent()
    for event in events:
        torrent = evolve(torrent, event, NOW)
    return torrent


SUBMITTED = Submitted(REMOTE)
CACHED = Cached("Folder", FILES)
PLACED = Placed("/downloads/tv-sonarr/Show.S01")
SEEN = Seen("sonarr")
REFUSED = Refused("realdebrid", Reason.NOT_CACHED, "not there")
STUMBLED = Stumbled(Reason.OUTAGE, "timeout", NOW + timedelta(seconds=2))
REMOVED = RemovalAsked(True)


def test_the_happy_story_ends_ready_with_the_time_it_was_completed() -> None:
    torrent = after(SUBMITTED, CACHED, PLACED, SEEN)

    assert isinstance(torrent.phase, Ready)
    assert torrent.completed_at == NOW
    assert content_path(torrent) == "/downloads/tv-sonarr/Show.S01"


def test_a_magnet_learns_its_files_from_the_provider() -> None:
    torrent = after(SUBMITTED, CACHED)

    assert torrent.size == 1000
    assert torrent.files == (TorrentFile("Movie/movie.mkv", 1000),)


def test_metainfo_knows_its_files_better_than_the_provider() -> None:
    known = (TorrentFile("original.mkv", 2000),)

    torrent = after(SUBMITTED, CACHED, start=a_torrent(files=known, size=2000))

    assert torrent.files == known
    assert torrent.size == 2000


def test_a_refusal_is_kept_once_per_provider_and_leads_back_to_accepted() -> None:
    again = Refused("realdebrid", Reason.STALLED, "later")

    torrent = after(SUBMITTED, REFUSED, SUBMITTED, CACHED, again)

    assert isinstance(torrent.phase, Accepted)
    assert [(note.provider, note.reason) for note in torrent.refusals] == [("realdebrid", Reason.STALLED)]


def test_submitting_again_keeps_the_clock_of_the_same_remote_item() -> None:
    later = NOW + timedelta(minutes=5)
    torrent = after(SUBMITTED)

    same = evolve(torrent, SUBMITTED, later)
    other = evolve(torrent, Submitted(Remote("realdebrid", "OTHER")), later)

    assert same.phase == Fetching(REMOTE, NOW)
    assert other.phase == Fetching(Remote("realdebrid", "OTHER"), later)


def test_a_stumble_keeps_the_phase_and_moving_on_forgets_it() -> None:
    stumbled = after(STUMBLED, STUMBLED)

    assert isinstance(stumbled.phase, Accepted)
    assert (stumbled.stumbles, stumbled.waiting_for) == (2, "timeout")
    moved = after(SUBMITTED, start=stumbled)
    assert (moved.stumbles, moved.retry_at, moved.waiting_for, moved.waiting_reason) == (0, None, "", None)


def test_the_time_in_which_nobody_looked_is_no_time_of_looking_in_vain() -> None:
    def unseen(torrent: Torrent, minute: int) -> Torrent:
        at = NOW + timedelta(minutes=minute)
        return evolve(torrent, Stumbled(Reason.PATH_NOT_VISIBLE, "/x", at), at)

    twice = unseen(unseen(after(SUBMITTED, CACHED), 0), 5)
    assert twice.unseen_since == NOW
    assert unseen(twice, 60).unseen_since == NOW + timedelta(minutes=60)
    assert unseen(after(Paused(), Resumed(), start=twice), 6).unseen_since == NOW + timedelta(minutes=6)
    assert after(STUMBLED, start=twice).unseen_since is None
    assert after(PLACED, start=twice).unseen_since is None


@pytest.mark.parametrize(
    "story",
    [(SUBMITTED,), (SUBMITTED, CACHED), (SUBMITTED, CACHED, PLACED), (SUBMITTED, CACHED, PLACED, SEEN)],
    ids=["fetching", "placing", "confirming", "ready"],
)
def test_a_lost_torrent_starts_again_and_counts_it(story: tuple[Event, ...]) -> None:
    torrent = after(*story, Lost("gone"))

    assert isinstance(torrent.phase, Accepted)
    assert torrent.losses == 1


@pytest.mark.parametrize("story", [(SUBMITTED,), (SUBMITTED, CACHED)], ids=["fetching", "placing"])
def test_a_torrent_that_moves_on_remembers_what_it_left_until_that_is_freed(story: tuple[Event, ...]) -> None:
    other = Remote("torbox", "OTHER")
    moved = after(*story, Left("no answer"))
    assert (moved.phase, moved.waiting_for, moved.losses) == (Accepted(), "no answer", 0)
    assert moved.left == (REMOTE,)

    assert after(Submitted(other), Left("no answer"), start=moved).left == (REMOTE, other)
    assert after(Submitted(other), Freed(REMOTE, False), start=moved).left == ()
    assert after(REMOVED, Freed(REMOTE, False), start=moved).left == ()


def test_what_was_left_and_is_taken_up_again_is_not_left_any_more() -> None:
    assert after(SUBMITTED, Left("no answer"), SUBMITTED).left == ()


def test_a_season_left_nothing_behind_by_itself() -> None:
    split = Split("Show", (Part(infohash="c" * 40, name="Show.S01", files=()),))
    whole = after(SUBMITTED, Left("no answer"), Submitted(Remote("torbox", "OTHER")))

    assert part_of(whole, split, split.parts[0], 2, NOW).left == ()


def test_a_release_that_fails_is_to_be_reported_and_an_invisible_path_is_not() -> None:
    refused = after(REFUSED, GaveUp(Reason.NOT_CACHED, "nobody has it"))
    invisible = after(SUBMITTED, CACHED, PLACED, GaveUp(Reason.PATH_NOT_VISIBLE, "/x"))

    assert refused.phase == Failed(Reason.NOT_CACHED, "nobody has it", False)
    assert invisible.phase == Failed(
        Reason.PATH_NOT_VISIBLE, "/x", True, REMOTE, "/downloads/tv-sonarr/Show.S01"
    )


def test_a_bug_fails_without_a_report() -> None:
    assert after(SUBMITTED, Broke("oops")).phase == Failed(Reason.BUG, "oops", True, REMOTE)


def test_a_finished_torrent_that_its_arr_does_not_import_stays_as_it_is() -> None:
    ready = after(SUBMITTED, CACHED, PLACED, SEEN)

    assert after(Reported("blocked", "sonarr"), start=ready) == ready


def test_a_reported_failure_may_be_retried_with_every_provider_open_again() -> None:
    failed = after(REFUSED, GaveUp(Reason.NOT_CACHED, "no"), STUMBLED, Reported("blocklisted"))
    assert failed.phase == Failed(Reason.NOT_CACHED, "no", True)
    assert failed.stumbles == 0

    retried = after(Retried(), start=failed)

    assert isinstance(retried.phase, Accepted)
    assert retried.refusals == ()


def test_removal_takes_along_what_the_torrent_holds() -> None:
    removing = after(SUBMITTED, CACHED, PLACED, SEEN, REMOVED)

    assert removing.phase == Removing(True, None, True, REMOTE, "/downloads/tv-sonarr/Show.S01")
    assert after(SUBMITTED, REMOVED).phase == Removing(True, None, False, REMOTE, "")
    assert remote_of(removing) == REMOTE


def test_what_a_torrent_was_finished_from_is_known_for_each_item() -> None:
    other = Remote("torbox", "OTHER")
    again = (Lost("gone"), Submitted(other), CACHED)
    finished = after(SUBMITTED, CACHED, PLACED, SEEN)
    moved = after(*again, start=finished)
    assert [was_finished_from(moved, remote) for remote in (REMOTE, other)] == [True, False]
    assert after(REMOVED, start=moved).phase == Removing(True, None, False, other, content_path(moved))

    both = after(PLACED, SEEN, CheckAsked(), Checked("Show", ("a",)), PLACED, SEEN, start=moved)
    assert both.finished_from == (REMOTE, other)

    unknown = after(*again, PLACED, SEEN, start=replace(finished, finished_from=()))
    assert [was_finished_from(unknown, remote) for remote in (REMOTE, other)] == [True, True]


def test_a_removing_torrent_may_stumble_and_is_gone_when_released() -> None:
    gone = after(REMOVED, STUMBLED, Released(remote_kept=False))

    assert isinstance(gone.phase, Gone)
    assert remote_of(gone) is None


def test_what_a_provider_was_adding_when_the_torrent_was_removed_goes_along() -> None:
    assert remote_of(after(REMOVED, SUBMITTED)) == REMOTE


def test_what_an_arr_was_told_of_is_noted_although_the_torrent_is_on_its_way_out() -> None:
    removing = after(GaveUp(Reason.NOT_CACHED, "no"), REMOVED)

    assert after(Reported("blocklisted", "sonarr"), start=removing) == removing


@pytest.mark.parametrize("event", [CACHED, REMOVED, Paused(), Adjusted(Options()), Recategorised("x", "/x")])
def test_nothing_else_happens_to_a_torrent_on_its_way_out(event: Event) -> None:
    with pytest.raises(StaleEvent):
        after(REMOVED, event)


def test_what_clients_set_moves_no_phase() -> None:
    torrent = after(
        SUBMITTED, Paused(), Renamed("Other"), Adjusted(Options(tags=("a",))), Recategorised("x", "/d/x")
    )

    assert torrent.phase == Fetching(REMOTE, NOW)
    assert (torrent.paused, torrent.name, torrent.options.tags) == (True, "Other", ("a",))
    assert (torrent.category, torrent.save_path) == ("x", "/d/x")
    assert not after(Resumed(), start=torrent).paused


def test_a_placed_torrent_keeps_its_folder_when_its_category_changes() -> None:
    torrent = after(SUBMITTED, CACHED, PLACED, SEEN, Recategorised("imported", "/downloads/imported"))

    assert torrent.category == "imported"
    assert torrent.save_path == "/downloads/tv-sonarr"


def test_a_torrent_that_is_to_stop_at_its_metadata_is_paused_once_its_files_are_known() -> None:
    waiting = after(Adjusted(Options(stop_at_metadata=True, tags=("a",))), SUBMITTED)
    stopped = after(CACHED, start=waiting)

    assert not waiting.paused
    assert (stopped.paused, stopped.files) == (True, (TorrentFile("Movie/movie.mkv", 1000),))
    assert stopped.options == Options(tags=("a",))


def test_clients_may_give_a_torrent_other_trackers() -> None:
    others = (Tracker("http://t.example/announce", 0),)

    assert after(SUBMITTED, Retracked(others)).trackers == others


EVENTS = st.sampled_from(
    [
        SUBMITTED,
        CACHED,
        PLACED,
        SEEN,
        REFUSED,
        STUMBLED,
        Lost("x"),
        Left("x"),
        Freed(REMOTE, True),
        Broke("x"),
        GaveUp(Reason.STALLED, "x"),
        GaveUp(Reason.PATH_NOT_VISIBLE, "x"),
        Reported("x"),
        Retried(),
        Recategorised("y", "/y"),
        Relocated("/z"),
        LaidOut("Root", (FileWish(path="Movie/movie.mkv", priority=0),)),
        ArrangeBegun(Round(home="/z/Root", places=(), revision=1)),
        Arranged(),
        CheckAsked(),
        Checked(),
        Checked("Folder", ("Movie/movie.mkv",)),
        Renamed("n"),
        Adjusted(Options(rank=1)),
        Retracked((Tracker("http://t.example/announce", 2),)),
        Paused(),
        Resumed(),
        REMOVED,
        Released(remote_kept=True),
    ]
)


@given(st.lists(EVENTS, max_size=40))
def test_a_torrent_and_its_journal_survive_the_way_to_disk(story: list[Event]) -> None:
    torrent = a_torrent()
    for event in story:
        with suppress(StaleEvent):
            torrent = evolve(torrent, event, NOW)

        assert decode_event(encode(event)) == event
        assert decode_torrent(encode(torrent)) == torrent


class Life(RuleBasedStateMachine):
    """Any story at all: what must hold in every one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.torrent = a_torrent()
        self.placed = False

    @rule(event=EVENTS)
    def happen(self, event: Event) -> None:
        before = self.torrent
        try:
            self.torrent = evolve(before, event, NOW)
        except StaleEvent:
            return
        self.placed = self.placed or isinstance(event, Placed)
        if isinstance(self.torrent.phase, Ready) and not isinstance(before.phase, Ready):
            assert isinstance(event, Seen)
        if isinstance(self.torrent.phase, Gone):
            assert isinstance(before.phase, Removing)

    @precondition(lambda self: isinstance(self.torrent.phase, Ready | Confirming))
    @invariant()
    def ready_only_with_a_path(self) -> None:
        assert self.placed
        assert content_path(self.torrent)

    @invariant()
    def identity_never_changes(self) -> None:
        assert (self.torrent.id, self.torrent.infohash) == (1, "a" * 40)

    @invariant()
    def a_working_phase_knows_its_remote_item(self) -> None:
        if isinstance(self.torrent.phase, Fetching | Placing | Confirming | Ready):
            assert remote_of(self.torrent) is not None


TestLife = Life.TestCase


@pytest.mark.parametrize(
    "event", [Cached("Movie", FILES), Placed("/x"), Seen(""), Lost("gone"), Left("x"), Retried()]
)
def test_what_needs_a_past_does_not_happen_to_a_new_torrent(event: Event) -> None:
    with pytest.raises(StaleEvent, match=f"{type(event).__name__} while Accepted"):
        after(event)
