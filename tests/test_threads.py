"""Memory that threads let go of, room for those that hang."""

from __future__ import annotations

import asyncio
import os
import platform
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from qbitproxy.threads import allow_many
from tests.support import DEADLINE

PROGRAM = """
import ctypes, threading
from qbitproxy.threads import share_heap

share_heap()
ready = threading.Barrier(5)

def allocate():
    held = [bytes(10_000) for _ in range(100)]
    ready.wait()
    ready.wait()

threads = [threading.Thread(target=allocate) for _ in range(4)]
for thread in threads:
    thread.start()
ready.wait()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
ready.wait()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have one heap anyway")
def test_threads_share_one_heap() -> None:
    told = subprocess.run(  # noqa: S603 - the program above
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    ).stdout

    assert told.count("<heap nr=") == 1


HANGING = """
import asyncio, os
from qbitproxy.threads import allow_many

async def main():
    allow_many()
    asyncio.get_running_loop().run_in_executor(None, os.read, 0, 1)
    print(await asyncio.to_thread(lambda: "done"))

asyncio.run(main())
"""


def test_a_look_that_hangs_does_not_keep_the_process(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "silent")
    handle = os.open(tmp_path / "silent", os.O_RDWR)  # so that neither end closes
    try:
        done = subprocess.run(  # noqa: S603 - the program above
            [sys.executable, "-c", HANGING],
            stdin=handle,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=DEADLINE,
        )
    finally:
        os.close(handle)

    assert done.stdout == "done\n"


async def test_what_a_thread_raises_is_raised_where_it_is_awaited() -> None:
    allow_many()

    with pytest.raises(ZeroDivisionError):
        await asyncio.to_thread(lambda: 1 // 0)


async def test_no_more_threads_are_started_than_there_is_to_do() -> None:
    allow_many()

    threads = {await asyncio.to_thread(threading.get_ident) for _ in range(20)}

    assert len(threads) <= 2  # one may not be waiting again yet when the next comes


async def test_the_disk_does_not_wait_for_name_servers_that_hang() -> None:
    allow_many()
    answered, loop = threading.Event(), asyncio.get_running_loop()
    looking = [loop.run_in_executor(None, answered.wait) for _ in range(50)]
    try:
        async with asyncio.timeout(DEADLINE):
            assert await asyncio.to_thread(lambda: "read") == "read"
    finally:
        answered.set()
    assert [await look for look in looking] == [True] * 50
