"""Rows of torrents, their sources, the journal, what clients file them under."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from qbitproxy.core.events import Event, Freed, Released, Stumbled, Submitted
from qbitproxy.core.ports import Source
from qbitproxy.core.torrent import Gone, Remote, Torrent

encode = msgspec.json.Encoder().encode
decode_torrent = msgspec.json.Decoder(Torrent).decode
decode_event = msgspec.json.Decoder(Event).decode
_decode_source = msgspec.json.Decoder(Source).decode


class Change(Struct, frozen=True):
    """A torrent as it is after an event, to be committed together."""

    torrent: Torrent
    event: Event
    at: datetime
    source: Source | None = None  # with the first event of a torrent


class JournalLine(Struct, frozen=True):
    """One event of one torrent."""

    seq: int
    at: datetime
    torrent: int
    event: Event


class Category(Struct, frozen=True):
    """A name that clients file torrents under."""

    name: str
    save_path: str = ""  # absolute, or "" for the folder of its name below the download root
    download_path: str | None = None  # of what is unfinished; None: as everybody's, "": nowhere. Shown only


def torrents(db: sqlite3.Connection) -> list[Torrent]:
    """Every torrent, by id; what many of them have in common is there once."""
    common: dict[Any, Any] = {}
    rows = db.execute("SELECT document FROM torrent ORDER BY id")
    return [_sharing(common, decode_torrent(row)) for (row,) in rows]


def last_id(db: sqlite3.Connection) -> int:
    """The highest id ever given to a torrent."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'torrent'").fetchone()
    return int(row[0]) if row else 0


def commit(db: sqlite3.Connection, changes: Iterable[Change]) -> None:
    """Write each torrent's row and its journal line."""
    for change in changes:
        torrent = change.torrent
        if isinstance(torrent.phase, Gone):
            db.execute("DELETE FROM torrent WHERE id = ?", (torrent.id,))
            db.execute(
                "DELETE FROM source WHERE infohash = ?1 AND NOT EXISTS "
                "(SELECT 1 FROM torrent WHERE infohash = ?1)",
                (torrent.infohash,),
            )
        else:
            db.execute(
                "INSERT INTO torrent VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                "category = excluded.category, phase = excluded.phase, document = excluded.document",
                (torrent.id, torrent.infohash, torrent.category, _phase(torrent), encode(torrent)),
            )
        if change.source is not None:
            _put_source(db, change.source)
        _note_remote(db, change.event)
        if isinstance(change.event, Stumbled):
            _drop_repeat(db, torrent.id, change.event)
        db.execute(
            "INSERT INTO journal (at, torrent, event) VALUES (?, ?, ?)",
            (change.at.isoformat(), torrent.id, encode(change.event)),
        )


def _drop_repeat(db: sqlite3.Connection, torrent_id: int, stumbled: Stumbled) -> None:
    """Of a row of the same stumbles the first stays, and the last: a torrent may wait for a year."""
    rows = db.execute(
        "SELECT seq, event FROM journal WHERE torrent = ? ORDER BY seq DESC LIMIT 2", (torrent_id,)
    ).fetchall()
    events = [decode_event(event) for _, event in rows]
    gists = [(event.reason, _gist(event)) for event in events if isinstance(event, Stumbled)]
    if gists == [(stumbled.reason, _gist(stumbled))] * 2:
        db.execute("DELETE FROM journal WHERE seq = ?", (rows[0][0],))


def _gist(stumbled: Stumbled) -> str:
    """What is said apart from the numbers in it."""
    return re.sub(r"\d+", "", stumbled.detail)


def _note_remote(db: sqlite3.Connection, event: Event) -> None:
    """Remember for as long as a remote item is there whose it is, whether a library may point at it."""
    match event:
        case Submitted(remote=remote, adopted=adopted):
            db.execute(
                "INSERT OR IGNORE INTO remote VALUES (?, ?, ?, 0)", (remote.provider, remote.id, adopted)
            )
        case Released(remote_kept=False, remote=Remote() as remote) | Freed(remote=remote, remote_kept=False):
            db.execute("DELETE FROM remote WHERE provider = ? AND id = ?", (remote.provider, remote.id))
        case Released(remote=Remote() as remote, linked=True):
            db.execute(
                "INSERT INTO remote VALUES (?, ?, 0, 1) ON CONFLICT (provider, id) DO UPDATE SET linked = 1",
                (remote.provider, remote.id),
            )


def may_go(db: sqlite3.Connection, remote: Remote) -> bool:
    """Whether a remote item is ours, with no library that may point at it."""
    key = (remote.provider, remote.id)
    note = db.execute("SELECT adopted OR linked FROM remote WHERE provider = ? AND id = ?", key).fetchone()
    referred = db.execute("SELECT 1 FROM reference WHERE provider = ? AND item = ? LIMIT 1", key).fetchone()
    return referred is None and (note is None or not note[0])


def is_ours(db: sqlite3.Connection, remote: Remote) -> bool:
    """Whether we are known to have put a remote item into the account."""
    row = db.execute(
        "SELECT adopted FROM remote WHERE provider = ? AND id = ?", (remote.provider, remote.id)
    ).fetchone()
    return row is not None and not row[0]


def source(db: sqlite3.Connection, infohash: str) -> Source | None:
    """What was handed in for `infohash`."""
    row = db.execute("SELECT document, metainfo FROM source WHERE infohash = ?", (infohash,)).fetchone()
    return replace(_decode_source(row[0]), metainfo=row[1]) if row else None


def events_since(db: sqlite3.Connection, tag: str, since: datetime) -> list[JournalLine]:
    """Every line of one kind of event after `since`, oldest first."""
    rows = db.execute(
        "SELECT * FROM journal WHERE at > ? AND json_extract(event, '$.event') = ? ORDER BY seq",
        (since.isoformat(), tag),
    )
    return [_line(row) for row in rows]


def journal(db: sqlite3.Connection, after: int, limit: int) -> list[JournalLine]:
    """At most `limit` lines that follow `after`, oldest first."""
    rows = db.execute("SELECT * FROM journal WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
    return [_line(row) for row in rows]


def history(db: sqlite3.Connection, torrent_id: int) -> list[JournalLine]:
    """Everything that happened to one torrent, oldest first."""
    rows = db.execute("SELECT * FROM journal WHERE torrent = ? ORDER BY seq", (torrent_id,))
    return [_line(row) for row in rows]


def trim_journal(db: sqlite3.Connection, before: datetime) -> int:
    """Drop what became of torrents that are gone, once its end is older than `before` and was read by all.

    A history is dropped as a whole: whoever reads its end replays it from the beginning.
    """
    dropped = db.execute(
        "DELETE FROM journal WHERE torrent NOT IN (SELECT id FROM torrent) AND torrent NOT IN ("
        "SELECT torrent FROM journal WHERE at >= ? OR seq > coalesce((SELECT min(seq) FROM cursor), 0))",
        (before.isoformat(),),
    )
    return dropped.rowcount


def cursor(db: sqlite3.Connection, reader: str) -> int:
    """The last journal line that `reader` is done with."""
    row = db.execute("SELECT seq FROM cursor WHERE reader = ?", (reader,)).fetchone()
    return int(row[0]) if row else 0


def move_cursor(db: sqlite3.Connection, reader: str, seq: int) -> None:
    """Remember that `reader` is done with every line up to `seq`."""
    db.execute("INSERT OR REPLACE INTO cursor VALUES (?, ?)", (reader, seq))


def categories(db: sqlite3.Connection) -> dict[str, Category]:
    """Every category by name."""
    rows = db.execute("SELECT name, save_path, download_path FROM category ORDER BY name")
    return {name: Category(name, path, download_path) for name, path, download_path in rows}


def put_category(db: sqlite3.Connection, category: Category) -> None:
    """Create or change a category."""
    row = (category.name, category.save_path, category.download_path)
    db.execute("INSERT OR REPLACE INTO category (name, save_path, download_path) VALUES (?, ?, ?)", row)


def drop_categories(db: sqlite3.Connection, names: Sequence[str]) -> None:
    """Forget categories; unknown ones are fine."""
    db.executemany("DELETE FROM category WHERE name = ?", [(name,) for name in names])


def tags(db: sqlite3.Connection) -> list[str]:
    """Every tag, sorted."""
    return [name for (name,) in db.execute("SELECT name FROM tag ORDER BY name")]


def put_tags(db: sqlite3.Connection, names: Iterable[str]) -> None:
    """Create tags; known ones are fine."""
    db.executemany("INSERT OR IGNORE INTO tag VALUES (?)", [(name,) for name in names])


def drop_tags(db: sqlite3.Connection, names: Iterable[str]) -> None:
    """Forget tags; unknown ones are fine."""
    db.executemany("DELETE FROM tag WHERE name = ?", [(name,) for name in names])


def preferences(db: sqlite3.Connection) -> dict[str, Any]:
    """What clients have set, by key."""
    return {key: msgspec.json.decode(value) for key, value in db.execute("SELECT * FROM preference")}


def put_preferences(db: sqlite3.Connection, changes: dict[str, Any]) -> None:
    """Merge `changes` into what clients have set."""
    rows = [(key, encode(value)) for key, value in changes.items()]
    db.executemany("INSERT OR REPLACE INTO preference VALUES (?, ?)", rows)


def _sharing(common: dict[Any, Any], torrent: Torrent) -> Torrent:
    """`torrent`, made of what is in `common` already wherever that is equal."""
    known = tuple(common.setdefault(tracker, tracker) for tracker in torrent.trackers)
    own = (torrent.request, torrent.options, torrent.layout, known, torrent.category, torrent.save_path)
    request, options, layout, trackers, category, save_path = (
        common.setdefault(value, value) for value in own
    )
    return replace(
        torrent,
        request=request,
        options=options,
        layout=layout,
        trackers=trackers,
        category=category,
        save_path=save_path,
    )


def _put_source(db: sqlite3.Connection, given: Source) -> None:
    """Keep the best we have been given: metainfo knows more than a magnet."""
    db.execute(
        "INSERT INTO source VALUES (?, ?, ?) ON CONFLICT (infohash) DO UPDATE SET "
        "document = excluded.document, metainfo = excluded.metainfo WHERE excluded.metainfo <> x''",
        (given.infohash, encode(replace(given, metainfo=b"")), given.metainfo),
    )


def _phase(torrent: Torrent) -> str:
    return str(torrent.phase.__struct_config__.tag)


def _line(row: tuple[int, str, int, bytes]) -> JournalLine:
    seq, at, torrent, event = row
    return JournalLine(seq, datetime.fromisoformat(at), torrent, decode_event(event))
