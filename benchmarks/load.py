"""A load generator of its own process: one GET again and again over a few kept connections.

python -m benchmarks.load PORT PATH CREDENTIALS REQUESTS CONNECTIONS

CREDENTIALS is a header line.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time


async def one_connection(port: int, request: bytes, count: int, took: list[float]) -> None:
    """Send `request` `count` times; remember how long each answer took, in seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 26)
    for _ in range(count):
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        if " 200 " not in f"{status} ":
            raise RuntimeError(f"answered {status}")
        length = next(int(line[15:]) for line in lines if line.lower().startswith("content-length:"))
        await reader.readexactly(length)
        took.append(time.perf_counter() - began)
    writer.close()
    await writer.wait_closed()


async def load(port: int, path: str, credentials: str, requests: int, connections: int) -> dict[str, float]:
    """Requests per second; median, 99th percentile and longest in milliseconds."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{credentials}\r\n\r\n".encode()
    took: list[float] = []
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(one_connection(port, request, requests // connections, took))
    elapsed = time.perf_counter() - began
    took.sort()
    return {
        "rps": len(took) / elapsed,
        "p50": took[len(took) // 2] * 1000,
        "p99": took[min(len(took) * 99 // 100, len(took) - 1)] * 1000,
        "longest": took[-1] * 1000,
    }


if __name__ == "__main__":
    _, chosen_port, chosen_path, line, number, lanes = sys.argv
    print(json.dumps(asyncio.run(load(int(chosen_port), chosen_path, line, int(number), int(lanes)))))
