"""The shape of the database through the versions."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

SCHEMA = 8
"""What this code writes."""

OLDEST_READER = 5
"""The oldest code that may open what this code writes."""

_FIRST = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE torrent (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    infohash TEXT NOT NULL,
    category TEXT NOT NULL,
    phase TEXT NOT NULL,
    document BLOB NOT NULL
);
CREATE UNIQUE INDEX torrent_identity ON torrent (infohash, category) WHERE phase <> 'removing';

CREATE TABLE source (
    infohash TEXT PRIMARY KEY,
    document BLOB NOT NULL,
    metainfo BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    torrent INTEGER NOT NULL,
    event BLOB NOT NULL
);
CREATE INDEX journal_torrent ON journal (torrent);

CREATE TABLE cursor (reader TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE category (name TEXT PRIMARY KEY, save_path TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tag (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE preference (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    journal_seq INTEGER NOT NULL,
    url TEXT NOT NULL,
    payload BLOB NOT NULL,
    attempts INTEGER NOT NULL,
    due TEXT,
    outcome TEXT NOT NULL,
    UNIQUE (journal_seq, url)
);

CREATE TABLE account (
    username TEXT PRIMARY KEY,
    verifier TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    created TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE session (
    token_hash BLOB PRIMARY KEY,
    caller BLOB NOT NULL,
    kind TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    opened TEXT NOT NULL,
    used TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE token (
    token_hash BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    created TEXT NOT NULL
) WITHOUT ROWID;
"""

_REMOTES = """
CREATE TABLE remote (
    provider TEXT NOT NULL,
    id TEXT NOT NULL,
    adopted INTEGER NOT NULL,
    linked INTEGER NOT NULL,
    PRIMARY KEY (provider, id)
) WITHOUT ROWID;
"""

_TRACKERS = """
UPDATE torrent SET document = CAST(json_set(CAST(document AS TEXT), '$.trackers', json((
    SELECT json_group_array(json_array(tracker.value, tracker.key))
    FROM source, json_each(CAST(source.document AS TEXT), '$.trackers') AS tracker
    WHERE source.infohash = coalesce(
        nullif(json_extract(CAST(torrent.document AS TEXT), '$.part_of'), ''), torrent.infohash
    )
))) AS BLOB);
"""

_DELIVERIES = """
ALTER TABLE delivery RENAME TO old_delivery;
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL,
    torrent INTEGER NOT NULL,
    kind TEXT NOT NULL,
    receiver TEXT NOT NULL,
    url TEXT NOT NULL,
    payload BLOB NOT NULL,
    created TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    tried TEXT,
    due TEXT,
    state TEXT NOT NULL,
    outcome TEXT NOT NULL,
    UNIQUE (event_id, url)
);
INSERT INTO delivery
    SELECT id,
        coalesce(json_extract(CAST(payload AS TEXT), '$.id'), 'journal-' || journal_seq),
        coalesce((SELECT torrent FROM journal WHERE seq = journal_seq), 0),
        coalesce(json_extract(CAST(payload AS TEXT), '$.type'), 'torrent.completed'),
        substr(url, 1, instr(url, '://') + 2)
            || substr(substr(url, instr(url, '://') + 3), 1,
                      instr(substr(url, instr(url, '://') + 3) || '/', '/') - 1),
        url, payload,
        coalesce((SELECT at FROM journal WHERE seq = journal_seq), due, strftime('%Y-%m-%dT%H:%M:%S+00:00')),
        attempts, NULL, due,
        CASE WHEN due IS NOT NULL THEN 'waiting' WHEN outcome = 'delivered' THEN 'delivered' ELSE 'dead' END,
        outcome
    FROM old_delivery;
DROP TABLE old_delivery;
CREATE INDEX delivery_due ON delivery (receiver, due) WHERE due IS NOT NULL;
CREATE INDEX delivery_order ON delivery (torrent, url) WHERE due IS NOT NULL;
CREATE INDEX delivery_state ON delivery (state);
"""

_DOWNLOAD_PATHS = """
ALTER TABLE category ADD COLUMN download_path TEXT;
"""

_REPAIRS = """
CREATE TABLE repair_job (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    created TEXT NOT NULL,
    document BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE repair_finding (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job TEXT NOT NULL,
    arr TEXT NOT NULL,
    file INTEGER NOT NULL,
    broken INTEGER NOT NULL,
    treatment TEXT NOT NULL,
    document BLOB NOT NULL,
    UNIQUE (job, arr, file)
);
CREATE INDEX repair_finding_loose ON repair_finding (treatment)
    WHERE treatment IN ('deleted', 'blocked', 'restored');
CREATE TABLE repair_seen (
    arr TEXT NOT NULL,
    file INTEGER NOT NULL,
    healthy TEXT NOT NULL,
    walked TEXT NOT NULL,
    provider TEXT NOT NULL,
    item TEXT NOT NULL,
    infohash TEXT NOT NULL,
    PRIMARY KEY (arr, file)
) WITHOUT ROWID;
CREATE INDEX repair_seen_age ON repair_seen (arr, healthy);
CREATE TABLE repair_library (arr TEXT PRIMARY KEY, files INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE repair_item (
    provider TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (provider, id)
) WITHOUT ROWID;
CREATE TABLE repair_replaced (
    arr TEXT NOT NULL,
    part INTEGER NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (arr, part)
) WITHOUT ROWID;
"""

_SCOPES = """
ALTER TABLE token ADD COLUMN kind TEXT NOT NULL DEFAULT 'api';
ALTER TABLE token ADD COLUMN scope TEXT NOT NULL DEFAULT 'admin';
ALTER TABLE token ADD COLUMN expires TEXT;
ALTER TABLE token ADD COLUMN used TEXT;
UPDATE token SET kind = 'qbit' WHERE name = 'qbit';
CREATE UNIQUE INDEX token_name ON token (name);
ALTER TABLE session ADD COLUMN address TEXT NOT NULL DEFAULT '';
"""

_REFERENCES = """
CREATE TABLE reference (
    arr TEXT NOT NULL,
    path TEXT NOT NULL,
    media INTEGER NOT NULL,
    provider TEXT NOT NULL,
    item TEXT NOT NULL,
    walked TEXT NOT NULL,
    PRIMARY KEY (arr, path, provider, item)
) WITHOUT ROWID;
CREATE INDEX reference_owner ON reference (arr, media);
CREATE INDEX reference_item ON reference (provider, item);
CREATE TABLE reference_due (
    arr TEXT NOT NULL,
    media INTEGER NOT NULL,
    PRIMARY KEY (arr, media)
) WITHOUT ROWID;
CREATE TABLE reference_walk (arr TEXT PRIMARY KEY, document BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE orphan (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    provider TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    added TEXT,
    ours INTEGER NOT NULL,
    why_not TEXT NOT NULL,
    found TEXT NOT NULL,
    seen TEXT NOT NULL,
    asked TEXT,
    despite INTEGER NOT NULL DEFAULT 0,
    outcome TEXT NOT NULL DEFAULT '',
    UNIQUE (kind, provider, key)
);
"""

MIGRATIONS: tuple[str, ...] = (
    _FIRST,
    _REMOTES,
    _TRACKERS,
    _DELIVERIES,
    _DOWNLOAD_PATHS,
    _REPAIRS,
    _SCOPES,
    _REFERENCES,
)
"""The script that leads from version N to N + 1, at index N."""


class NewerStore(Exception):
    """The database was written by a newer program that this one would damage."""


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the open database at `path` to SCHEMA, with a backup before each step.

    Raises NewerStore when only newer code may open it; nothing is written then.
    """
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > SCHEMA:
        (oldest,) = connection.execute("SELECT value FROM meta WHERE key = 'oldest_reader'").fetchone()
        if int(oldest) > SCHEMA:
            raise NewerStore(
                f"{path} was written by a newer qbitproxy (schema {found}; this one knows {SCHEMA}). "
                f"Install that version again, or put a backup beside it ({path.name}.before-*) in its place."
            )
        return
    for version in range(found, SCHEMA):
        if found:  # else it was just made, and an empty backup is one that somebody may put in its place
            _back_up(connection, path, version)
        _step(connection, version)


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> None:
    backup = path.with_name(f"{path.name}.before-{version + 1}")
    backup.unlink(missing_ok=True)
    os.close(os.open(backup, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # SQLite would let others read it
    connection.execute("VACUUM INTO ?", (str(backup),))


def _step(connection: sqlite3.Connection, version: int) -> None:
    script = f"""
    BEGIN IMMEDIATE;
    {MIGRATIONS[version]}
    INSERT OR REPLACE INTO meta VALUES ('oldest_reader', '{OLDEST_READER}');
    PRAGMA user_version = {version + 1};
    COMMIT;
    """  # noqa: S608 - constants of this module
    try:
        connection.executescript(script)
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
