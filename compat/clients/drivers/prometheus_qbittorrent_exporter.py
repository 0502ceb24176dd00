"""prometheus-qbittorrent-exporter: the program, scraped once."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import qbittorrentapi

from compat.clients.drivers.telling import Job, Teller, read_job

LINE = re.compile(r"^(qbittorrent_\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
PATIENCE = 60  # seconds


def main(job: Job) -> None:
    """Add a torrent, wait for it, start the exporter, tell what it exports."""
    tell = Teller()
    client = qbittorrentapi.Client(job.direct, username=job.username, password=job.password)
    client.torrents_create_category(name="open-films")
    client.torrents_add(torrent_files=[job.film.torrent], category="open-films", tags="open")
    tell.until(
        "the film is complete", lambda: any(row.state_enum.is_complete for row in client.torrents_info())
    )
    client.torrents_pause(torrent_hashes=job.film.infohash)
    tell.until("the film is paused", lambda: client.torrents_info()[0].state_enum.is_paused)
    port = _free_port()
    program = Path(sys.executable).parent / "qbittorrent-exporter"
    environ = {
        "QBITTORRENT_HOST": "localhost",
        "QBITTORRENT_PORT": str(job.port),
        "QBITTORRENT_USER": job.username,
        "QBITTORRENT_PASS": job.password,
        "EXPORTER_ADDRESS": "127.0.0.1",
        "EXPORTER_PORT": str(port),
        "EXPORT_METRICS_BY_TORRENT": "True",
        "EXPORT_METRICS_BY_TAG": "True",
    }
    with subprocess.Popen([program], env=os.environ | environ, stderr=subprocess.PIPE, text=True) as exporter:
        try:
            page = _scrape(port)
        finally:
            exporter.terminate()
            assert exporter.stderr is not None
            complaints = [line for line in exporter.stderr if "ERROR" in line]
    tell.say("complaints", complaints)
    samples = {
        (name, re.sub(r'(server|version)="[^"]*",?', "", labels)): value
        for name, labels, value in LINE.findall(page)
    }
    tell.say("metrics", sorted({name for name, _ in samples}))
    tell.say("up", samples["qbittorrent_up", ""])
    tell.say("torrents", sorted([*key, value] for key, value in samples.items() if key[1] and value != "0.0"))


def _scrape(port: int) -> str:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE) as answer:
                return str(answer.read().decode())
        except URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


if __name__ == "__main__":
    main(read_job())
