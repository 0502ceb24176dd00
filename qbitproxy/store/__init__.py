"""One SQLite file: a writer thread with one transaction per write, a reader thread beside it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from qbitproxy.store.schema import NewerStore, migrate

__all__ = ["NewerStore", "Store"]

T = TypeVar("T")


class Store:
    """The open database. SQL lives in the modules beside this one; rules live elsewhere."""

    def __init__(self, path: Path) -> None:
        """Open or create the database at `path`, readable by its owner alone.

        Raises NewerStore; sqlite3.DatabaseError when the file is no database.
        """
        self.path = path
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="store-reader")
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        try:
            self._write_to = self._writer.submit(self._open).result()
            self._writer.submit(migrate, self._write_to, path).result()
            self._read_from = self._reader.submit(self._open).result()
        except BaseException:
            self._writer.shutdown()
            self._reader.shutdown()
            raise

    async def write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Run `change` in one durable transaction; whatever it raises rolls everything back."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._transact, change)

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Run `query` on its own connection: it sees everything committed so far."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, query, self._read_from)

    def load(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Run `query` and block: for start-up, before the loop has anything else to do."""
        return self._reader.submit(query, self._read_from).result()

    def close(self) -> None:
        """Finish what is being written, then close the file."""
        self._writer.submit(self._write_to.close).result()
        self._reader.submit(self._read_from.close).result()
        self._writer.shutdown()
        self._reader.shutdown()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _transact(self, change: Callable[[sqlite3.Connection], T]) -> T:
        self._write_to.execute("BEGIN IMMEDIATE")
        try:
            result = change(self._write_to)
        except BaseException:
            self._write_to.execute("ROLLBACK")
            raise
        self._write_to.execute("COMMIT")
        return result
