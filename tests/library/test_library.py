"""The only writer: what it promises, in memory and on disk."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbitproxy.core.events import (
    Added,
    Adjusted,
    Broke,
    Cached,
    Event,
    Freed,
    GaveUp,
    Left,
    Lost,
    Paused,
    Placed,
    Recategorised,
    Refused,
    Released,
    RemovalAsked,
    Renamed,
    Resumed,
    Retracked,
    Retried,
    Seen,
    StaleEvent,
    Stumbled,
    Submitted,
    evolve,
)
from qbitproxy.core.faults import Reason
from qbitproxy.core.torrent import (
    Accepted,
    Fetching,
    Options,
    Ready,
    Remote,
    RemoteFile,
    Torrent,
    Tracker,
)
from qbitproxy.library import Category, Library, Telemetry, UnknownTorrent
from qbitproxy.store import NewerStore, Store, schema
from tests.support import DEADLINE, ManualClock, a_draft, a_library, a_source

MINUTE = timedelta(minutes=1)
SUBMITTED = Submitted(Remote("realdebrid", "ID"))


async def reopened(folder: Path) -> list[Torrent]:
    async with a_library(folder) as library:
        return library.all()


async def test_an_accepted_torrent_is_there_after_a_restart(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        accepted = await library.accept(a_draft())

    assert await reopened(tmp_path) == [accepted]


async def test_the_source_comes_back_byte_for_byte(tmp_path: Path) -> None:
    given_source = a_source(metainfo=b"d4:info\x00\xffe")
    async with a_library(tmp_path) as library:
        await library.accept(a_draft(source=given_source))

        assert await library.source("a" * 40) == given_source


async def test_metainfo_replaces_a_magnet_but_not_the_other_way_round(tmp_path: Path) -> None:
    full = a_source(metainfo=b"d4:infoe")
    async with a_library(tmp_path) as library:
        await library.accept(a_draft(category="one"))
        await library.accept(a_draft(category="two", source=full))
        await library.accept(a_draft(category="three"))

        assert await library.source("a" * 40) == full


async def test_the_same_hash_in_the_same_category_is_the_same_torrent(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        first, second, other = [
            await library.accept(draft) for draft in (a_draft(), a_draft(), a_draft(category="sonarr"))
        ]

        assert first == second
        assert other.id != first.id
        assert len(library.listed()) == 2


async def test_a_hundred_adds_of_one_hash_at_once_make_one_torrent(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        async with asyncio.TaskGroup() as group:
            adds = [group.create_task(library.accept(a_draft())) for _ in range(100)]

        assert {add.result().id for add in adds} == {1}


async def test_adding_a_failed_torrent_again_tries_it_again(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        torrent = await library.accept(a_draft())
        await library.record(torrent.id, GaveUp(Reason.NOT_CACHED, "no"))

        again = await library.accept(a_draft())

        assert again.id == torrent.id
        assert isinstance(again.phase, Accepted)


async def test_a_failed_torrent_that_is_added_again_gains_the_trackers_it_did_not_have(
    tmp_path: Path,
) -> None:
    async with a_library(tmp_path) as library:
        torrent = await library.accept(a_draft(source=a_source(trackers=("http://a/",))))
        await library.record(torrent.id, GaveUp(Reason.NOT_CACHED, "no"))

        await library.accept(a_draft(source=a_source(trackers=("http://b/", "http://a/"))))

    (again,) = await reopened(tmp_path)
    assert again.trackers == (Tracker("http://a/", 0), Tracker("http://b/", 0))


async def test_a_torrent_added_while_its_namesake_is_leaving_is_a_new_one(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        leaving = await library.accept(a_draft())
        await library.record(leaving.id, RemovalAsked(True))

        new = await library.accept(a_draft())

        assert new.id != leaving.id
        assert library.find("a" * 40, "radarr") == new


async def test_ids_are_never_given_twice(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        first = await library.accept(a_draft())
        await library.record(first.id, RemovalAsked(True))
        await library.record(first.id, Released(remote_kept=False))
    async with a_library(tmp_path) as library:
        second = await library.accept(a_draft())

    assert second.id > first.id


async def test_a_gone_torrent_leaves_no_source_and_keeps_its_history(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        torrent = await library.accept(a_draft())
        await library.record(torrent.id, RemovalAsked(True))
        await library.record(torrent.id, Released(remote_kept=False))

        assert library.get(torrent.id) is None
        with pytest.raises(UnknownTorrent):
            await library.source("a" * 40)
        assert len(await library.history(torrent.id)) == 3


async def test_an_event_that_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        torrent = await library.accept(a_draft())

        with pytest.raises(StaleEvent):
            await library.record(torrent.id, Placed("/x"))
        with pytest.raises(UnknownTorrent):
            await library.record(99, SUBMITTED)

        assert library.get(torrent.id) == torrent
        assert len(await library.journal(0)) == 1


async def test_moving_into_a_category_that_has_the_torrent_already_is_refused(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        await library.accept(a_draft(category="one"))
        other = await library.accept(a_draft(category="two"))

        with pytest.raises(StaleEvent):
            await library.record(other.id, Recategorised("one", "/downloads/one"))


async def test_a_caller_cancelled_while_waiting_leaves_memory_and_disk_agreed(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        torrent = await library.accept(a_draft())
        async with asyncio.TaskGroup() as group:
            caller = group.create_task(library.record(torrent.id, SUBMITTED))
            await library.changed(library.version - 1)
            caller.cancel()
        await library.record(torrent.id, Renamed("later"))
        memory = library.all()

    assert await reopened(tmp_path) == memory


async def test_a_hybrid_answers_to_both_of_its_hashes_in_any_case(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        torrent = await library.accept(a_draft(source=a_source(infohash_v2="c" * 64)))

        assert library.with_infohash("A" * 40) == [torrent]
        assert library.with_infohash("c" * 40) == [torrent]
        assert library.with_infohash("e" * 40) == []


async def test_waiting_for_a_torrent_ends_when_the_fact_holds_or_it_is_gone(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library, asyncio.timeout(DEADLINE):
        torrent = await library.accept(a_draft())
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(library.until(torrent.id, lambda t: isinstance(t.phase, Fetching)))
            await library.record(torrent.id, SUBMITTED)
        assert isinstance(waiting.result().phase, Fetching)

        await library.record(torrent.id, RemovalAsked(False))
        await library.record(torrent.id, Released(remote_kept=True))
        with pytest.raises(UnknownTorrent):
            await library.until(torrent.id, lambda _: False)


async def test_what_changed_since_a_version_is_told_latest_first(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        first = await library.accept(a_draft("a" * 40))
        second = await library.accept(a_draft("b" * 40))
        before = library.version
        library.observe(first.id, Telemetry(speed=5))
        await library.record(second.id, Paused())

        assert library.changed_since(before) == [second.id, first.id]
        assert library.changed_since(library.version) == []


async def test_telemetry_that_says_nothing_new_wakes_nobody(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        torrent = await library.accept(a_draft())
        library.observe(torrent.id, Telemetry(speed=5))
        version = library.version

        library.observe(torrent.id, Telemetry(speed=5))
        library.observe(99, Telemetry(speed=5))

        assert library.version == version


async def test_categories_tags_and_preferences_survive_a_restart(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        await library.put_category(Category("films", "/media/films", "part"))
        await library.put_category(Category("dropped"))
        await library.drop_categories(["dropped", "unknown"])
        await library.put_tags(["b", "a"])
        await library.drop_tags(["b"])
        await library.prefer({"dl_limit": 5, "locale": "en"})
        await library.prefer({"locale": "de"})
    async with a_library(tmp_path) as library:
        assert dict(library.categories) == {"films": Category("films", "/media/films", "part")}
        assert library.tags == ("a",)
        assert library.preferences == {"dl_limit": 5, "locale": "de"}
        assert library.save_path("films") == "/media/films"
        assert library.save_path("other") == str(tmp_path / "downloads" / "other")


async def test_the_journal_keeps_lines_that_a_reader_or_a_living_torrent_needs(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        living = await library.accept(a_draft("a" * 40))
        gone = await library.accept(a_draft("b" * 40))
        await library.record(gone.id, RemovalAsked(True))
        await library.record(gone.id, Released(remote_kept=False))
        future = datetime(2030, 1, 1, tzinfo=UTC)

        assert await library.trim_journal(future) == 0
        await library.move_cursor("announce", (await library.journal(0))[-1].seq)
        assert await library.trim_journal(future) == 3
        assert [line.torrent for line in await library.journal(0)] == [living.id]


async def test_the_history_of_a_torrent_is_whole_until_its_end_is_old_and_read(tmp_path: Path) -> None:
    clock, keep = ManualClock(), timedelta(days=90)
    async with a_library(tmp_path, clock) as library:
        torrent = await library.accept(a_draft())
        await library.move_cursor("announce", (await library.journal(0))[-1].seq)
        clock.advance(timedelta(days=100))
        for event in (GaveUp(Reason.NOT_CACHED, "no"), RemovalAsked(True), Released(remote_kept=False)):
            await library.record(torrent.id, event)

        assert await library.trim_journal(clock.now() - keep) == 0
        clock.advance(timedelta(days=100))
        assert await library.trim_journal(clock.now() - keep) == 0
        await library.move_cursor("announce", (await library.journal(0))[-1].seq)
        assert await library.trim_journal(clock.now() - keep) == 4


async def test_a_failing_disk_is_told_to_the_caller_and_stops_the_writer(tmp_path: Path) -> None:
    store = Store(tmp_path / "qbitproxy.db")
    library = Library(store, ManualClock(), tmp_path)
    await store.write(lambda db: db.execute("DROP TABLE journal"))

    async def write_until_it_fails() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(library.run())
            with pytest.raises(sqlite3.Error):
                await library.accept(a_draft())

    with pytest.raises(ExceptionGroup) as stopped:
        await write_until_it_fails()

    assert stopped.group_contains(sqlite3.Error)
    assert library.all() == []
    store.close()


EVENTS = st.sampled_from(
    [
        SUBMITTED,
        Cached("Folder", (RemoteFile(id="1", path="a.mkv", size=1),)),
        Placed("/downloads/radarr/a"),
        Seen("radarr"),
        Refused("realdebrid", Reason.STALLED, "x"),
        Stumbled(Reason.OUTAGE, "x", datetime(2026, 1, 2, tzinfo=UTC)),
        Lost("x"),
        Left("x"),
        Freed(SUBMITTED.remote, False),
        Broke("x"),
        GaveUp(Reason.STALLED, "x"),
        Retried(),
        Adjusted(Options(tags=("t",))),
        Retracked((Tracker("http://t.example/", 1),)),
        Paused(),
        Resumed(),
    ]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS, max_size=25))
def test_the_journal_replayed_equals_the_rows(
    tmp_path_factory: pytest.TempPathFactory, story: list[Event]
) -> None:
    asyncio.run(_tell_and_replay(tmp_path_factory.mktemp("replay"), story))


async def _tell_and_replay(folder: Path, story: list[Event]) -> None:
    clock = ManualClock()
    async with a_library(folder, clock) as library:
        torrent = await library.accept(a_draft())
        for event in story:
            clock.advance(timedelta(seconds=1))
            with suppress(StaleEvent):
                await library.record(torrent.id, event)
        rows = library.all()
        replayed: dict[int, Torrent] = {}
        for line in await library.journal(0):
            if isinstance(line.event, Added):
                replayed[line.torrent] = line.event.torrent
            else:
                replayed[line.torrent] = evolve(replayed[line.torrent], line.event, line.at)

    assert list(replayed.values()) == rows == await reopened(folder)


def test_the_database_is_for_its_owner_only(tmp_path: Path) -> None:
    store = Store(tmp_path / "qbitproxy.db")
    store.close()

    assert (tmp_path / "qbitproxy.db").stat().st_mode & 0o777 == 0o600


def test_an_older_program_refuses_a_newer_file_and_leaves_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "qbitproxy.db"
    Store(path).close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'oldest_reader'")
        db.execute("PRAGMA user_version = 99")
    db.close()

    with pytest.raises(NewerStore, match="newer qbitproxy"):
        Store(path)

    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (99,)
    db.close()


def test_a_newer_file_that_we_may_read_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "qbitproxy.db"
    Store(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()

    Store(path).close()


async def test_a_migration_is_preceded_by_a_backup_and_a_failed_one_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_library(tmp_path) as library:
        accepted = await library.accept(a_draft())
    path = tmp_path / "qbitproxy.db"
    now, known = schema.SCHEMA, schema.MIGRATIONS
    monkeypatch.setattr(schema, "SCHEMA", now + 1)
    monkeypatch.setattr(schema, "MIGRATIONS", (*known, "CREATE TABLE extra (x); SELECT nonsense;"))

    with pytest.raises(sqlite3.Error):
        Store(path)

    backup = sqlite3.connect(tmp_path / f"qbitproxy.db.before-{now + 1}")
    assert backup.execute("SELECT count(*) FROM torrent").fetchone() == (1,)
    backup.close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*known, "CREATE TABLE extra (x);"))
    assert await reopened(tmp_path) == [accepted]


async def test_a_torrent_that_waits_for_a_year_has_a_history_that_can_be_read(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_library(tmp_path, clock) as library:
        torrent = await library.accept(a_draft())
        for number in range(50):
            full = Stumbled(Reason.OUTAGE, f"only 0.{number} GB are free", clock.now() + 5 * MINUTE)
            await library.record(torrent.id, full)
            clock.advance(5 * MINUTE)
        for _ in range(50):
            silent = Stumbled(Reason.OUTAGE, "no answer within 30 s", clock.now() + 5 * MINUTE)
            await library.record(torrent.id, silent)
            clock.advance(5 * MINUTE)
        history = await library.history(torrent.id)

    details = [line.event.detail for line in history if isinstance(line.event, Stumbled)]
    assert details == ["only 0.0 GB are free", "only 0.49 GB are free", *["no answer within 30 s"] * 2]
    assert history[-1].at - history[-2].at == 49 * 5 * MINUTE


def test_a_database_that_was_just_made_has_nothing_to_back_up(tmp_path: Path) -> None:
    Store(tmp_path / "qbitproxy.db").close()

    assert [path.name for path in tmp_path.iterdir()] == ["qbitproxy.db"]


def test_a_backup_is_for_its_owner_alone_from_its_first_byte_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "qbitproxy.db"
    Store(path).close()
    now, modes = schema.SCHEMA, set[int]()
    backup = tmp_path / f"qbitproxy.db.before-{now + 1}"

    def look() -> None:
        if backup.exists():
            modes.add(stat.S_IMODE(backup.stat().st_mode))

    monkeypatch.setattr(schema, "SCHEMA", now + 1)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE extra (x);"))
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.set_progress_handler(look, 1)
        schema.migrate(db, path)

    assert modes == {0o600}


async def test_a_ready_torrent_is_ready_after_a_restart(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        torrent = await library.accept(a_draft())
        for event in (SUBMITTED, Cached("F", ()), Placed("/downloads/radarr/F"), Seen("")):
            await library.record(torrent.id, event)

    (torrent,) = await reopened(tmp_path)
    assert isinstance(torrent.phase, Ready)


async def test_holders_of_a_hash_are_those_that_are_not_leaving(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        one = await library.accept(a_draft(category="one"))
        two = await library.accept(a_draft(category="two"))
        await library.record(one.id, RemovalAsked(True))

        assert library.with_infohash("a" * 40) == [two]


async def test_a_restart_is_no_change_to_those_who_follow(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        first = await library.accept(a_draft("a" * 40))
        second = await library.accept(a_draft("b" * 40))

    async with a_library(tmp_path) as library:
        assert library.changed_since(library.version) == []
        library.observe(second.id, Telemetry(speed=5))
        assert library.changed_since(0) == [second.id]
        assert library.all() == [first, second]


async def test_torrents_share_what_they_have_in_common_after_a_restart(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        for digit in "ab":
            await library.accept(a_draft(digit * 40))

    first, second = await reopened(tmp_path)
    assert first.request is second.request
    assert first.options is second.options
    assert first.save_path is second.save_path


async def test_an_item_that_went_and_came_back_by_somebody_else_is_not_ours(tmp_path: Path) -> None:
    remote = SUBMITTED.remote
    async with a_library(tmp_path) as library:
        torrent = await library.accept(a_draft())
        await library.record(torrent.id, SUBMITTED)
        assert await library.may_go(remote)
        await library.record(torrent.id, Freed(remote, remote_kept=False))
        await library.record(torrent.id, Lost("gone"))

        await library.record(torrent.id, Submitted(remote, adopted=True))

        assert not await library.may_go(remote)
