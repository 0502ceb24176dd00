"""The least that any server can do: the same bytes for every request, out of a buffer that is ready.

python -m benchmarks.ready PORT BYTES
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress


async def serve(port: int, size: int) -> None:
    """Answer whatever is asked on loopback with `size` bytes."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
    body = bytes(size)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):  # the client is done
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(head)
                writer.write(body)
                await writer.drain()
        writer.close()

    await (await asyncio.start_server(answer, "127.0.0.1", port)).serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(*map(int, sys.argv[1:])))
