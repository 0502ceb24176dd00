"""What older versions wrote, opened by this one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from qbitproxy.accounts import Accounts, Cost, TokenKind
from qbitproxy.core.caller import Caller
from qbitproxy.core.events import Split, Submitted
from qbitproxy.core.torrent import Part, Remote, RemoteFile, Torrent, Tracker
from qbitproxy.outbox import Outbox, State
from qbitproxy.store import Store
from tests.support import ManualClock, a_draft, a_library, a_source

SUBMITTED = Submitted(Remote("realdebrid", "ID"))
TOKENS_OF_6 = """
DROP INDEX token_name;
ALTER TABLE token DROP COLUMN kind;
ALTER TABLE token DROP COLUMN scope;
ALTER TABLE token DROP COLUMN expires;
ALTER TABLE token DROP COLUMN used;
ALTER TABLE session DROP COLUMN address;
"""
REFERENCES_OF_7 = """
DROP TABLE reference;
DROP TABLE reference_due;
DROP TABLE reference_walk;
DROP TABLE orphan;
"""
CATEGORIES_OF_4 = "ALTER TABLE category DROP COLUMN download_path;"
DELIVERIES_OF_3 = """
DROP TABLE delivery;
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
"""


def back_to(db: sqlite3.Connection, version: int) -> None:
    """Make a database of today one of `version`, 2 to 6; torrents are the caller's to take back."""
    db.executescript(REFERENCES_OF_7 + TOKENS_OF_6)
    if version < 6:
        for table in ("job", "finding", "seen", "library", "item", "replaced"):
            db.execute(f"DROP TABLE repair_{table}")
    if version < 5:
        db.executescript(CATEGORIES_OF_4)
    if version < 4:
        db.executescript(DELIVERIES_OF_3)
    db.execute(f"PRAGMA user_version = {version}")


async def reopened(folder: Path) -> list[Torrent]:
    async with a_library(folder) as library:
        return library.all()


async def test_torrents_of_an_older_version_get_the_trackers_of_their_sources(tmp_path: Path) -> None:
    source, trackers = (
        a_source(trackers=("http://b/", "http://a/")),
        (Tracker("http://b/", 0), Tracker("http://a/", 1)),
    )
    files = (RemoteFile(id="1", path="S01E01.mkv", size=1),)
    parts = (Part(infohash="c" * 40, name="S01", files=files),)
    async with a_library(tmp_path) as library:
        whole = await library.accept(a_draft(source=source))
        await library.record(whole.id, SUBMITTED)
        await library.record(whole.id, Split("F", parts))
        await library.accept(a_draft("b" * 40))
    with sqlite3.connect(tmp_path / "qbitproxy.db") as db:
        db.execute(
            "UPDATE torrent SET document = CAST(json_remove(CAST(document AS TEXT), '$.trackers') AS BLOB)"
        )
        db.execute("DELETE FROM source WHERE infohash = ?", ("b" * 40,))
        back_to(db, 2)
    db.close()

    upgraded = {torrent.infohash[0]: torrent for torrent in await reopened(tmp_path)}

    assert {digit: torrent.trackers for digit, torrent in upgraded.items()} == {
        "a": trackers,
        "b": (),
        "c": trackers,
    }
    assert upgraded["a"].trackers is upgraded["c"].trackers


async def test_deliveries_of_an_older_version_go_on_where_they_were(tmp_path: Path) -> None:
    async with a_library(tmp_path) as library:
        torrent = await library.accept(a_draft())
    due = "2026-11-01T10:00:00+00:00"
    with sqlite3.connect(tmp_path / "qbitproxy.db") as db:
        back_to(db, 3)
        payload = b'{"id":"abc-1","type":"torrent.failed"}'
        rows = [
            (1, "http://a.example:8080/hook?key=fake", payload, 2, due, "waiting: answered 500"),
            (2, "http://b.example", b"{}", 1, None, "delivered"),
            (3, "https://c.example/", b"{}", 9, None, "given up: answered 410"),
        ]
        db.executemany(
            "INSERT INTO delivery (journal_seq, url, payload, attempts, due, outcome) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )
    db.close()

    with closing(Store(tmp_path / "qbitproxy.db")) as store:
        dead, delivered, waiting = await Outbox(store).listed(None, 2**62, 10)

    assert (waiting.event_id, waiting.kind, waiting.torrent) == ("abc-1", "torrent.failed", torrent.id)
    assert (waiting.receiver, waiting.attempts, waiting.state) == ("http://a.example:8080", 2, State.WAITING)
    assert waiting.due is not None
    assert waiting.due.isoformat() == due
    assert (delivered.receiver, delivered.state) == ("http://b.example", State.DELIVERED)
    assert (dead.receiver, dead.state) == ("https://c.example", State.DEAD)
    assert dead.outcome == "given up: answered 410"


async def test_tokens_and_sessions_of_an_older_version_stay_good_for_everything(tmp_path: Path) -> None:
    cheap = Cost(n=2, r=1, p=1)
    with closing(Store(tmp_path / "qbitproxy.db")) as store:
        accounts = Accounts(store, ManualClock(), cost=cheap)
        token, key = await accounts.tokens.rotate(), await accounts.tokens.rotate(TokenKind.QBIT)
        session = await accounts.open_session(Caller(name="anna"))
    with sqlite3.connect(tmp_path / "qbitproxy.db") as db:
        db.execute("""UPDATE session SET caller = CAST('{"name":"anna"}' AS BLOB)""")
        back_to(db, 6)
    db.close()

    with closing(Store(tmp_path / "qbitproxy.db")) as store:
        accounts = Accounts(store, ManualClock(), cost=cheap)
        by_token = await accounts.by_token(token, "", TokenKind.API)
        by_key = await accounts.by_token(key, "", TokenKind.QBIT)
        by_session = await accounts.session(session)

    assert by_token == Caller(name="api", token=True)
    assert by_key == Caller(name="qbit", token=True)
    assert by_session == Caller(name="anna")
