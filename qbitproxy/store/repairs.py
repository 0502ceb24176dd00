"""Rows of repair jobs, of what they found, of what is remembered from one run to the next."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from qbitproxy.core.findings import Finding
from qbitproxy.core.repair import RepairJob
from qbitproxy.core.torrent import Remote
from qbitproxy.core.verdict import Broken

_encode = msgspec.json.Encoder().encode
_decode_job = msgspec.json.Decoder(RepairJob).decode
_decode_finding = msgspec.json.Decoder(Finding).decode


class Seen(Struct, frozen=True):
    """A file that a run came by."""

    arr: str
    file: int
    at: datetime
    healthy: bool  # one that was not is looked at first next time
    remote: Remote | None = None  # the item that it was found in
    infohash: str = ""  # of that item


class Before(Struct, frozen=True):
    """What earlier runs know of a file."""

    healthy: str = ""  # when it was last found healthy, as sortable text; "" when it was not, or never seen
    remote: Remote | None = None
    infohash: str = ""


class Row(Struct, frozen=True):
    """A finding with its number."""

    number: int
    finding: Finding


def jobs(db: sqlite3.Connection) -> list[RepairJob]:
    """Every job, the oldest first."""
    return [_decode_job(row) for (row,) in db.execute("SELECT document FROM repair_job ORDER BY created, id")]


def commit(
    db: sqlite3.Connection, job: RepairJob, findings: Sequence[Finding], seen: Sequence[Seen], again: bool
) -> None:
    """Write a job with what it found just now; `again` drops what it found before."""
    if again:
        db.execute("DELETE FROM repair_finding WHERE job = ?", (job.id,))
    db.execute(
        "INSERT INTO repair_job VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
        "state = excluded.state, document = excluded.document",
        (job.id, job.state, job.created_at.isoformat(), _encode(job)),
    )
    for finding in findings:
        _put(db, finding)
    db.executemany(
        "INSERT INTO repair_seen VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (arr, file) DO UPDATE SET "
        "healthy = excluded.healthy, walked = excluded.walked, "
        "provider = iif(excluded.item = '', provider, excluded.provider), "
        "item = iif(excluded.item = '', item, excluded.item), "
        "infohash = iif(excluded.infohash = '', infohash, excluded.infohash)",
        [_seen(one) for one in seen],
    )


def touch(db: sqlite3.Connection, at: datetime, arr: str, files: Sequence[int]) -> None:
    """Note that a run came by files that it did not look at."""
    db.executemany(
        "INSERT INTO repair_seen VALUES (?1, ?2, '', ?3, '', '', '') "
        "ON CONFLICT (arr, file) DO UPDATE SET walked = excluded.walked",
        [(arr, file, at.isoformat()) for file in files],
    )


def end_of_library(db: sqlite3.Connection, arr: str, files: int, long_ago: datetime) -> None:
    """Note how many files a whole library has; those no run came by since `long_ago` are forgotten."""
    db.execute("DELETE FROM repair_seen WHERE arr = ? AND walked < ?", (arr, long_ago.isoformat()))
    db.execute("INSERT OR REPLACE INTO repair_library VALUES (?, ?)", (arr, files))


def walked(db: sqlite3.Connection, arr: str) -> datetime | None:
    """When a run last came by a file of an Arr, None when none ever did."""
    (at,) = db.execute("SELECT max(walked) FROM repair_seen WHERE arr = ?", (arr,)).fetchone()
    return datetime.fromisoformat(at) if at else None


def sizes(db: sqlite3.Connection) -> dict[str, int]:
    """How many files each whole library had at its last run."""
    return dict(db.execute("SELECT arr, files FROM repair_library"))


def before(db: sqlite3.Connection, arr: str, files: Collection[int]) -> dict[int, Before]:
    """What earlier runs know of `files`; those that none came by are left out."""
    marks = ",".join("?" * len(files))
    columns = "file, healthy, provider, item, infohash"
    rows = db.execute(
        f"SELECT {columns} FROM repair_seen WHERE arr = ? AND file IN ({marks})",  # noqa: S608
        (arr, *files),
    )
    return {
        file: Before(healthy, Remote(provider, item) if item else None, infohash)
        for file, healthy, provider, item, infohash in rows
    }


def oldest(db: sqlite3.Connection, arr: str, most: int) -> tuple[str, int]:
    """Up to when files were last found healthy that are among the `most` oldest of a library.

    With it how many of those are among them that were found healthy just then.
    """
    row = db.execute(
        "SELECT healthy FROM repair_seen WHERE arr = ? ORDER BY healthy LIMIT 1 OFFSET ?", (arr, most - 1)
    ).fetchone()
    cutoff = str(row[0]) if row else "9999"
    (older,) = db.execute(
        "SELECT count(*) FROM repair_seen WHERE arr = ? AND healthy < ?", (arr, cutoff)
    ).fetchone()
    return cutoff, most - int(older)


def put(db: sqlite3.Connection, finding: Finding, replaced_at: datetime | None) -> None:
    """Write what became of a finding; with `replaced_at` its file was taken away then."""
    _put(db, finding)
    if replaced_at is not None:
        rows = [(finding.file.arr, part, replaced_at.isoformat()) for part in finding.file.parts]
        db.executemany("INSERT OR REPLACE INTO repair_replaced VALUES (?, ?, ?)", rows)


def put_mended(db: sqlite3.Connection, finding: Finding, remote: Remote) -> None:
    """Write a finding whose file lies in `remote` now."""
    _put(db, finding)
    db.execute(
        "UPDATE repair_seen SET provider = ?, item = ? WHERE arr = ? AND file = ?",
        (remote.provider, remote.id, finding.file.arr, finding.file.id),
    )


def found(db: sqlite3.Connection, job: str, after: int, limit: int) -> list[Row]:
    """At most `limit` findings of a job that follow number `after`."""
    rows = db.execute(
        "SELECT id, document FROM repair_finding WHERE job = ? AND id > ? ORDER BY id LIMIT ?",
        (job, after, limit),
    )
    return [Row(number, _decode_finding(document)) for number, document in rows]


def broken(db: sqlite3.Connection, jobs: Collection[str], limit: int) -> list[Finding]:
    """At most `limit` broken files of some jobs."""
    marks = ",".join("?" * len(jobs))
    rows = db.execute(
        f"SELECT document FROM repair_finding WHERE job IN ({marks}) AND broken ORDER BY id LIMIT ?",  # noqa: S608
        (*jobs, limit),
    )
    return [_decode_finding(document) for (document,) in rows]


def unfinished(db: sqlite3.Connection, job: str, treatments: Collection[str], limit: int) -> list[Finding]:
    """At most `limit` broken files of a job whose treatment is one of `treatments`, the oldest first."""
    marks = ",".join("?" * len(treatments))
    rows = db.execute(
        f"SELECT document FROM repair_finding WHERE job = ? AND broken AND treatment IN ({marks}) "  # noqa: S608
        "ORDER BY id LIMIT ?",
        (job, *treatments, limit),
    )
    return [_decode_finding(document) for (document,) in rows]


def loose_ends(db: sqlite3.Connection) -> list[Finding]:
    """Files that were deleted for a job that is over, or may be, with nothing searched for them yet."""
    rows = db.execute(
        "SELECT f.document FROM repair_finding AS f LEFT JOIN repair_job AS j ON j.id = f.job "
        "WHERE f.treatment IN ('recorded', 'deleted', 'blocked', 'restored') "
        "AND coalesce(j.state, '') <> 'processing'"
    )
    return [_decode_finding(document) for (document,) in rows]


def in_use(db: sqlite3.Connection) -> set[int]:
    """The torrents that bring something back for a job that is not over."""
    rows = db.execute(
        "SELECT json_extract(CAST(f.document AS TEXT), '$.treatment.torrent') FROM repair_finding AS f "
        "JOIN repair_job AS j ON j.id = f.job WHERE f.treatment = 'mending' AND j.state = 'started'"
    )
    return {int(torrent) for (torrent,) in rows}


def count(db: sqlite3.Connection, job: str, treatments: Collection[str]) -> int:
    """How many findings of a job have one of `treatments`."""
    marks = ",".join("?" * len(treatments))
    (found,) = db.execute(
        f"SELECT count(*) FROM repair_finding WHERE job = ? AND treatment IN ({marks})",  # noqa: S608
        (job, *treatments),
    ).fetchone()
    return int(found)


def unknowns(db: sqlite3.Connection, job: str) -> int:
    """How many files nothing is known of are kept for a job."""
    (kept,) = db.execute(
        "SELECT count(*) FROM repair_finding WHERE job = ? AND NOT broken", (job,)
    ).fetchone()
    return int(kept)


def replaced(db: sqlite3.Connection, since: datetime) -> list[datetime]:
    """When files were replaced after `since`, the oldest first; what one file held counts once."""
    rows = db.execute(
        "SELECT DISTINCT arr, at FROM repair_replaced WHERE at > ? ORDER BY at", (since.isoformat(),)
    )
    return [datetime.fromisoformat(at) for _, at in rows]


def replaced_at(db: sqlite3.Connection, arr: str, parts: Sequence[int]) -> datetime | None:
    """When any of `parts` was last replaced."""
    marks = ",".join("?" * len(parts))
    (at,) = db.execute(
        f"SELECT max(at) FROM repair_replaced WHERE arr = ? AND part IN ({marks})",  # noqa: S608
        (arr, *parts),
    ).fetchone()
    return datetime.fromisoformat(at) if at else None


def items(db: sqlite3.Connection) -> dict[str, list[str]]:
    """The ids of what providers held at the last run that was believed."""
    held: dict[str, list[str]] = {}
    for provider, item in db.execute("SELECT provider, id FROM repair_item"):
        held.setdefault(provider, []).append(item)
    return held


def is_needed(db: sqlite3.Connection, remote: Remote, path: str) -> bool:
    """Whether a library's file other than `path` is known to lie in an item, or to lead to it."""
    item = {"provider": remote.provider, "item": remote.id, "path": path}
    (needed,) = db.execute(
        "SELECT EXISTS (SELECT 1 FROM repair_seen WHERE provider = :provider AND item = :item) OR EXISTS "
        "(SELECT 1 FROM reference WHERE provider = :provider AND item = :item AND path <> :path)",
        item,
    ).fetchone()
    return bool(needed)


def drop_item(db: sqlite3.Connection, remote: Remote) -> None:
    """Note that an item was let go of, so that no list is held to it."""
    db.execute("DELETE FROM repair_item WHERE provider = ? AND id = ?", (remote.provider, remote.id))


def remember(db: sqlite3.Connection, provider: str, held: Collection[str]) -> None:
    """Note the ids of what a provider holds now."""
    db.execute("DELETE FROM repair_item WHERE provider = ?", (provider,))
    db.executemany("INSERT INTO repair_item VALUES (?, ?)", [(provider, item) for item in held])


def forget(db: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Drop jobs with what they found, except for what has to be brought to its end."""
    for job in ids:
        db.execute(
            "DELETE FROM repair_finding WHERE job = ? "
            "AND treatment NOT IN ('recorded', 'deleted', 'blocked', 'restored')",
            (job,),
        )
        db.execute("DELETE FROM repair_job WHERE id = ?", (job,))


def _put(db: sqlite3.Connection, finding: Finding) -> None:
    db.execute(
        "INSERT INTO repair_finding (job, arr, file, broken, treatment, document) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (job, arr, file) DO UPDATE SET "
        "treatment = excluded.treatment, document = excluded.document",
        (
            finding.job,
            finding.file.arr,
            finding.file.id,
            isinstance(finding.verdict, Broken),
            finding.tag,
            _encode(finding),
        ),
    )


def _seen(one: Seen) -> tuple[object, ...]:
    provider, item = (one.remote.provider, one.remote.id) if one.remote is not None else ("", "")
    healthy = one.at.isoformat() if one.healthy else ""
    return one.arr, one.file, healthy, one.at.isoformat(), provider, item, one.infohash
