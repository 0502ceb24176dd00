"""qbit_manage: one run of the program with most of its chores switched on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import qbittorrentapi

from compat.clients.drivers.telling import Job, Teller, read_job

CHORES = (
    "recheck", "cat_update", "tag_update", "rem_unregistered", "tag_tracker_error", "rem_orphaned",
    "tag_nohardlinks", "share_limits",
)  # fmt: skip
LONGEST = 90  # seconds


def main(job: Job) -> None:
    """Add two torrents, wait for them, let the program loose, tell what it made of them."""
    tell = Teller()
    client = qbittorrentapi.Client(job.direct, username=job.username, password=job.password)
    client.torrents_add(torrent_files=[job.film.torrent, job.show.torrent])
    tell.until("both are complete", lambda: _complete(client) == 2)
    client.torrents_pause(torrent_hashes=job.film.infohash)
    tell.until("the film is paused", lambda: _row(client, job.film.infohash).state_enum.is_paused)
    folder = Path(job.scratch) / "qbit_manage"
    folder.mkdir()
    place = _row(client, job.film.infohash).save_path.rstrip("/")
    (folder / "config.yml").write_text(json.dumps(_configuration(job, place)))  # JSON is YAML
    program = Path(sys.executable).parent / "qbit-manage"
    done = subprocess.run(
        [program, "--run", "--config-dir", str(folder), "--log-level", "DEBUG", "--web-server=False"],
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    tell.say("exit code", done.returncode)
    log = "\n".join(file.read_text() for file in sorted((folder / "logs").rglob("*.log")))
    (Path(job.scratch) / "qbit_manage.log").write_text(f"{done.stdout}\n{done.stderr}\n{log}")
    tell.say("complaints", sorted({_plain(line) for line in log.splitlines() if _is_complaint(line)}))
    for toy in (job.film, job.show):
        row = _row(client, toy.infohash)
        tell.say(f"{toy.name} afterwards", {
            "category": row.category,
            "tags": sorted(row.tags.split(", ")),
            "ratio_limit": row.ratio_limit,
            "seeding_time_limit": row.seeding_time_limit,
            "up_limit": row.up_limit,
            "complete": row.state_enum.is_complete,
        })  # fmt: skip
    tell.say("categories", sorted(client.torrents_categories()))
    tell.say("orphans", [file.name for file in (folder / "orphans").rglob("*") if file.is_file()])


def _configuration(job: Job, place: str) -> dict[str, Any]:
    return {
        "commands": {"dry_run": False, "skip_cleanup": False, **dict.fromkeys(CHORES, True)},
        "qbt": {"host": job.url, "user": job.username, "pass": job.password},
        "settings": {"tracker_error_tag": "issue", "disable_qbt_default_share_limits": True},
        "directory": {"root_dir": job.downloads, "orphaned_dir": f"{job.scratch}/qbit_manage/orphans",
                      "recycle_bin": f"{job.scratch}/qbit_manage/bin"},
        "cat": {"open-films": place},
        "tracker": {"tracker.example": {"tag": "example"}, "other": {"tag": "other"}},
        "nohardlinks": ["open-films"],
        "recyclebin": {"enabled": False},
        "orphaned": {"empty_after_x_days": 60, "exclude_patterns": ["**/.qbitproxy/**"]},
        "share_limits": {"everything": {"priority": 1, "max_ratio": 3.5, "max_seeding_time": 600,
                                        "limit_upload_speed": 100, "cleanup": False}},
    }  # fmt: skip


def _complete(client: Any) -> int:
    return sum(row.state_enum.is_complete for row in client.torrents_info())


def _row(client: Any, infohash: str) -> Any:
    return client.torrents_info(torrent_hashes=infohash)[0]


def _is_complaint(line: str) -> bool:
    """Whether a line of its log is one; its advice about keys that our settings leave out is none."""
    grave = any(word in line for word in ("[ERROR]", "[CRITICAL]", "[WARNING]", "Traceback"))
    return grave and "Config Warning" not in line


def _plain(line: str) -> str:
    """A line of its log without time and frame."""
    return line.rpartition("]")[2].strip(" |")


if __name__ == "__main__":
    main(read_job())
