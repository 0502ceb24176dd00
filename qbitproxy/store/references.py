"""Rows of who refers to what, of what nobody refers to."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from qbitproxy.core.orphans import Kind, Orphan, Survey
from qbitproxy.core.references import Reference, Walk
from qbitproxy.core.spelling import read, written
from qbitproxy.core.torrent import Remote

_ORPHAN = "id, kind, provider, key, name, size, added, ours, why_not, found, seen, asked, despite, outcome"


def refer(db: sqlite3.Connection, found: Iterable[Reference], at: datetime) -> None:
    """Note files that refer to items."""
    rows = [(one.arr, written(one.path), one.media_id, one.remote.provider, one.remote.id) for one in found]
    db.executemany(
        "INSERT OR REPLACE INTO reference VALUES (?, ?, ?, ?, ?, ?)",
        [(*row, at.isoformat()) for row in rows],
    )


def keep(db: sqlite3.Connection, arr: str, paths: Iterable[str], at: datetime) -> None:
    """Note that files refer to what they referred to before."""
    db.executemany(
        "UPDATE reference SET walked = ? WHERE arr = ? AND path = ?",
        [(at.isoformat(), arr, written(path)) for path in paths],
    )


def missed(db: sqlite3.Connection, arr: str, since: datetime, after: str, limit: int) -> list[str]:
    """At most `limit` files that follow `after` by path, and that the walk of then did not come by."""
    rows = db.execute(
        "SELECT DISTINCT path FROM reference WHERE arr = ? AND path > ? AND walked <> ? "
        "ORDER BY path LIMIT ?",
        (arr, written(after), since.isoformat(), limit),
    )
    return [read(path) for (path,) in rows]


def files_of(db: sqlite3.Connection, arr: str, media_id: int) -> list[str]:
    """The files of one owner that refer to something."""
    rows = db.execute("SELECT DISTINCT path FROM reference WHERE arr = ? AND media = ?", (arr, media_id))
    return [read(path) for (path,) in rows]


def replace_owner(
    db: sqlite3.Connection,
    arr: str,
    media_id: int,
    found: Sequence[Reference],
    kept: Collection[str],
    at: datetime,
) -> None:
    """Note what the files of one series, movie, artist or author refer to now.

    Those that are `kept`, by path, refer to what they referred to before.
    """
    db.executemany(
        "DELETE FROM reference WHERE arr = ? AND media = ? AND path = ?",
        [(arr, media_id, written(path)) for path in files_of(db, arr, media_id) if path not in kept],
    )
    refer(db, found, at)


def end_walk(db: sqlite3.Connection, walk: Walk, providers: Iterable[str]) -> None:
    """Note that a library was walked to its end: no other file of it refers to what `providers` hold."""
    db.executemany(
        "DELETE FROM reference WHERE arr = ? AND provider = ? AND walked <> ?",
        [(walk.arr, provider, walk.at.isoformat()) for provider in providers],
    )
    db.execute("INSERT OR REPLACE INTO reference_walk VALUES (?, ?)", (walk.arr, msgspec.json.encode(walk)))


def walks(db: sqlite3.Connection) -> list[Walk]:
    """The last walk through each library."""
    rows = db.execute("SELECT document FROM reference_walk ORDER BY arr")
    return [msgspec.json.decode(document, type=Walk) for (document,) in rows]


def forget_arr(db: sqlite3.Connection, arr: str) -> int:
    """Drop what an Arr that is no more refers to; return how many files that were."""
    db.execute("DELETE FROM reference_walk WHERE arr = ?", (arr,))
    db.execute("DELETE FROM reference_due WHERE arr = ?", (arr,))
    return db.execute("DELETE FROM reference WHERE arr = ?", (arr,)).rowcount


def referring(db: sqlite3.Connection, remote: Remote, limit: int) -> list[Reference]:
    """At most `limit` files that refer to an item."""
    rows = db.execute(
        "SELECT arr, media, path FROM reference WHERE provider = ? AND item = ? ORDER BY arr, path LIMIT ?",
        (remote.provider, remote.id, limit),
    )
    return [Reference(arr, media, read(path), remote) for arr, media, path in rows]


def referred(db: sqlite3.Connection, provider: str) -> set[str]:
    """The ids of the items of a provider that some file refers to."""
    return {item for (item,) in db.execute("SELECT item FROM reference WHERE provider = ?", (provider,))}


def own(db: sqlite3.Connection, provider: str) -> set[str]:
    """The ids of the items of a provider that we had it fetch."""
    rows = db.execute("SELECT id FROM remote WHERE provider = ? AND NOT adopted", (provider,))
    return {item for (item,) in rows}


def mark_due(db: sqlite3.Connection, arr: str, media_id: int) -> None:
    """Note that the files of an owner are to be looked at."""
    db.execute("INSERT OR IGNORE INTO reference_due VALUES (?, ?)", (arr, media_id))


def mark_done(db: sqlite3.Connection, arr: str, media_id: int) -> None:
    """Note that the files of an owner were looked at."""
    db.execute("DELETE FROM reference_due WHERE arr = ? AND media = ?", (arr, media_id))


def due(db: sqlite3.Connection, limit: int) -> list[tuple[str, int]]:
    """At most `limit` owners whose files are to be looked at: Arr and media id."""
    return list(db.execute("SELECT arr, media FROM reference_due ORDER BY arr, media LIMIT ?", (limit,)))


def put_orphans(
    db: sqlite3.Connection,
    found: Sequence[Orphan],
    looked_for: Collection[tuple[Kind, str]],
    survey: Survey,
) -> None:
    """Keep what a survey found; what it looked for and did not find is no orphan any more.

    `looked_for` are kinds, each with the provider of items. The first find and a person's wish stay known.
    """
    db.executemany(
        "INSERT INTO orphan (kind, provider, key, name, size, added, ours, why_not, found, seen) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, provider, key) DO UPDATE SET "
        "name = excluded.name, size = excluded.size, added = excluded.added, ours = excluded.ours, "
        "why_not = excluded.why_not, seen = excluded.seen",
        [_row(orphan) for orphan in found],
    )
    db.executemany(
        "DELETE FROM orphan WHERE kind = ? AND provider = ? AND seen <> ?",
        [(kind, provider, survey.began_at.isoformat()) for kind, provider in looked_for],
    )
    db.execute("INSERT OR REPLACE INTO meta VALUES ('survey', ?)", (msgspec.json.encode(survey).decode(),))


def orphans(db: sqlite3.Connection, kind: Kind | None, after: int, limit: int) -> list[Orphan]:
    """At most `limit` orphans, of one kind or all, that follow number `after`."""
    rows = db.execute(
        f"SELECT {_ORPHAN} FROM orphan WHERE id > ? AND (? IS NULL OR kind = ?) ORDER BY id LIMIT ?",  # noqa: S608
        (after, kind, kind, limit),
    )
    return [_orphan(row) for row in rows]


def totals(db: sqlite3.Connection) -> dict[Kind, tuple[int, int]]:
    """How many orphans of each kind there are, with their bytes."""
    rows = db.execute("SELECT kind, count(*), sum(size) FROM orphan GROUP BY kind")
    return {Kind(kind): (count, size) for kind, count, size in rows}


def ask(db: sqlite3.Connection, numbers: Iterable[int], at: datetime, despite: bool) -> list[int]:
    """Note that a person wants orphans gone; return the numbers of those that we would remove."""
    wish = "UPDATE orphan SET asked = ?, despite = ?, outcome = '' WHERE id = ? AND why_not = ''"
    return [number for number in numbers if db.execute(wish, (at.isoformat(), despite, number)).rowcount]


def asked_at(db: sqlite3.Connection) -> datetime | None:
    """When a person last wanted an orphan gone that is still there."""
    (at,) = db.execute("SELECT max(asked) FROM orphan").fetchone()
    return datetime.fromisoformat(at) if at else None


def drop_orphan(db: sqlite3.Connection, orphan: Orphan) -> None:
    """Forget an orphan that is gone; an item is ours no more either, as its id may be given again."""
    db.execute("DELETE FROM orphan WHERE id = ?", (orphan.number,))
    if orphan.kind is Kind.ITEM:
        db.execute("DELETE FROM remote WHERE provider = ? AND id = ?", (orphan.provider, orphan.key))


def tell(db: sqlite3.Connection, orphan: Orphan, outcome: str, over: bool) -> None:
    """Note why an orphan is still there; once that is `over`, a person has to ask again."""
    db.execute(
        "UPDATE orphan SET outcome = ?, asked = iif(?, NULL, asked) WHERE id = ?",
        (outcome, over, orphan.number),
    )


def last_survey(db: sqlite3.Connection) -> Survey | None:
    """What the last survey came to, None before the first."""
    row = db.execute("SELECT value FROM meta WHERE key = 'survey'").fetchone()
    return msgspec.json.decode(row[0], type=Survey) if row else None


def _row(orphan: Orphan) -> tuple[object, ...]:
    return (
        orphan.kind,
        orphan.provider,
        written(orphan.key),
        orphan.name,
        orphan.size,
        orphan.added_at.isoformat() if orphan.added_at is not None else None,
        orphan.ours,
        orphan.why_not,
        orphan.found_at.isoformat(),
        orphan.seen_at.isoformat(),
    )


def _orphan(row: Sequence[Any]) -> Orphan:
    number, kind, provider, key, name, size, added, ours, why_not, found, seen, wish, despite, outcome = row
    known = {
        "number": number,
        "kind": kind,
        "provider": provider,
        "key": read(key),
        "name": name,
        "size": size,
        "added_at": added,
        "ours": bool(ours),
        "why_not": why_not,
        "found_at": found,
        "seen_at": seen,
        "asked_at": wish,
        "despite": bool(despite),
        "outcome": outcome,
    }
    return msgspec.convert(known, Orphan)
