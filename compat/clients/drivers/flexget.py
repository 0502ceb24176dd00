"""FlexGet: the qbittorrent output, the from_qbittorrent input, each as a task of the program."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import qbittorrentapi

from compat.clients.drivers.telling import Job, Teller, Toy, read_job

LONGEST = 60  # seconds


def main(job: Job) -> None:
    """Add by FlexGet, twice; wait; have FlexGet list what is there."""
    tell = Teller()
    folder = Path(job.scratch) / "flexget"
    folder.mkdir()
    listing = folder / "listing.json"
    (folder / "config.yml").write_text(json.dumps(_configuration(job, listing)))  # JSON is YAML
    client = qbittorrentapi.Client(job.direct, username=job.username, password=job.password)
    for step in ("add", "add again"):
        tell.say(f"{step}: exit code, complaints", _flexget(folder, "add"))
    tell.until("the film is complete", lambda: _is_complete(client, job.film.infohash))
    rows = client.torrents_info()
    tell.say("what was added", sorted([row.name, row.hash, row.category, row.tags] for row in rows))
    tell.say("its limits", sorted([row.hash, row.ratio_limit, row.seeding_time_limit] for row in rows))
    tell.say("list: exit code, complaints", _flexget(folder, "list"))
    tell.say("what is listed", sorted(listing.read_text().splitlines()) if listing.exists() else None)


def _configuration(job: Job, listing: Path) -> dict[str, Any]:
    server = {"host": "localhost", "port": job.port, "username": job.username, "password": job.password}
    told = ("title", "torrent_info_hash", "qbittorrent_category", "qbittorrent_is_complete", "content_size")
    line = " ".join(f"{{{{ {name} }}}}" for name in (*told, "content_files | join(',')"))
    return {
        "tasks": {
            "add": {
                "mock": [_entry(job.film, f"file://{job.film.torrent}"), _entry(job.spare, job.spare.magnet)],
                "accept_all": True,
                "disable": ["seen", "seen_info_hash", "retry_failed"],
                "qbittorrent": {**server, "label": "open-films", "tags": ["open"], "ratio_limit": 1.5,
                                "seeding_time_limit": "2 hours", "add_paused": False},
            },
            "list": {
                "from_qbittorrent": {**server, "category": "open-films", "completed": True},
                "accept_all": True,
                "disable": ["seen", "seen_info_hash"],
                "exec": {"on_output": {"for_accepted": f"echo \"{line}\" >> '{listing}'"}},
            },
        }
    }  # fmt: skip


def _entry(toy: Toy, url: str) -> dict[str, str]:
    return {"title": toy.name, "url": url, "torrent_info_hash": toy.infohash.upper()}


def _flexget(folder: Path, task: str) -> list[Any]:
    """Run one task; the exit code of the program, the warnings and errors of its log."""
    program = Path(sys.executable).parent / "flexget"
    done = subprocess.run(
        [
            program,
            "-c",
            str(folder / "config.yml"),
            "--loglevel",
            "INFO",
            "execute",
            "--tasks",
            task,
            "--now",
        ],
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    told = done.stdout + done.stderr
    (folder / f"{task}.log").write_text(told)
    return [
        done.returncode,
        [
            line.split(None, 2)[-1]
            for line in told.splitlines()
            if "ERROR" in line or "WARNING" in line or "CRITICAL" in line
        ],
    ]


def _is_complete(client: Any, infohash: str) -> bool:
    return any(row.state_enum.is_complete for row in client.torrents_info(torrent_hashes=infohash))


if __name__ == "__main__":
    main(read_job())
