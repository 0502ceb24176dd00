"""python-qbittorrent: every method that its client has."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

import requests
from qbittorrent import Client
from qbittorrent.client import LoginRequired

from compat.clients.drivers.telling import Job, Teller, is_hash, nothing, read_job, shape

ALIASES = {
    "alternative_speed_status": "get_alternative_speed_status",
    "global_download_limit": "get_global_download_limit",
    "global_upload_limit": "get_global_upload_limit",
}
"""Properties that call a method."""

CATEGORY = "open-films"


class Calls:
    """Calls methods or reads properties by their name, remembers which."""

    def __init__(self, client: Any, tell: Teller) -> None:
        self.client, self.tell = client, tell
        self.called: set[str] = set()

    def __call__(self, name: str, *args: Any, step: str = "", see: Any = None, **named: Any) -> Any:
        self.called |= {name, ALIASES.get(name, name)}
        return self.tell(step or name, lambda: self._use(name, *args, **named), see=see)

    def _use(self, name: str, *args: Any, **named: Any) -> Any:
        is_property = isinstance(getattr(type(self.client), name), property)
        return getattr(self.client, name) if is_property else getattr(self.client, name)(*args, **named)


def main(job: Job) -> None:
    client = Client(job.url)
    call = Calls(client, Teller(requests.HTTPError, LoginRequired))
    call("qbittorrent_version", step="anything before a login", see=nothing)
    call("login", job.username, "wrong", step="login with a wrong password")
    call("login", job.username, job.password)
    _server(call)
    _add(call, job)
    _read(call, job)
    _change(call, job)
    _delete(call, job)
    call("logout")
    call.client = Client(job.url)
    call("login", job.username, job.password, step="login again")
    call("shutdown")
    names = {name for name in dir(Client) if not name.startswith("_")}
    if missed := sorted(names - call.called):
        sys.exit(f"never called: {missed}")


def _server(call: Calls) -> None:
    for name in ("qbittorrent_version", "api_version", "get_default_save_path", "get_log"):
        call(name, see=shape)
    call("preferences", see=lambda found: shape(found()))
    call("set_preferences", max_active_downloads=4)
    call("preferences", step="preferences once set", see=lambda found: found["max_active_downloads"])
    call("global_transfer_info", see=shape)
    call("alternative_speed_status")
    call("toggle_alternative_speed")
    for way in ("download", "upload"):
        call(f"set_global_{way}_limit", 8192)
        call(f"global_{way}_limit")
    call("create_category", CATEGORY)


def _add(call: Calls, job: Job) -> None:
    with Path(job.film.torrent).open("rb") as film, Path(job.show.torrent).open("rb") as show:
        call("download_from_file", film, category=CATEGORY)
        call("download_from_file", show, step="download_from_file once more")
    call("download_from_link", job.spare.magnet, category=CATEGORY)
    for toy in (job.film, job.show):
        call.tell.until(f"{toy.name} is complete", partial(_is_complete, call, toy.infohash))


def _read(call: Calls, job: Job) -> None:
    show = job.show.infohash
    call("torrents", see=lambda rows: sorted([row["name"], row["hash"]] for row in rows))
    call("torrents", step="torrents filtered", filter="completed", category=CATEGORY, sort="name",
         see=lambda rows: [row["name"] for row in rows])  # fmt: skip
    for name in ("get_torrent", "get_torrent_trackers", "get_torrent_webseeds", "get_torrent_files",
                 "get_torrent_piece_states", "get_torrent_piece_hashes", "sync_peers_data"):  # fmt: skip
        call(name, show, see=shape)
    call("get_torrent", "0" * 40, step="get_torrent of none")
    call("sync_main_data", see=lambda found: [sorted(found), all(map(is_hash, found["torrents"]))])


def _change(call: Calls, job: Job) -> None:
    film, show = job.film.infohash, job.show.infohash
    for name in ("pause", "resume"):
        call(name, film)
        call(f"{name}_multiple", [film, show])
        call(f"{name}_all")
    for name in ("recheck", "reannounce", "increase_priority", "decrease_priority", "set_max_priority",
                 "set_min_priority", "toggle_sequential_download",
                 "toggle_first_last_piece_priority"):  # fmt: skip
        call(name, [film, show])
    call("recheck_all")
    call.tell.until("all is checked", lambda: all(_is_complete(call, each) for each in (film, show)))
    call("set_category", [show], CATEGORY)
    call("set_file_priority", show, 0, 7)
    call("set_automatic_torrent_management", [show], "false")
    call("force_start", [show], "false")
    call("set_super_seeding", [show], "false")
    for way in ("download", "upload"):
        call(f"set_torrent_{way}_limit", [show], 10_000)
        call(f"get_torrent_{way}_limit", [show])
    call("add_trackers", show, "http://other.example/announce")
    call("set_torrent_name", show, "Llamas")
    call("set_torrent_location", [film], f"{job.downloads}/moved")
    call(
        "torrents",
        step="the changes show",
        see=lambda rows: sorted([row["name"], row["category"]] for row in rows),
    )


def _delete(call: Calls, job: Job) -> None:
    call("delete", [job.spare.infohash])
    call("delete_permanently", [job.show.infohash])
    call("torrents", step="what stays", see=lambda rows: [row["hash"] for row in rows])
    call("remove_category", CATEGORY)
    call("delete_all_permanently")
    call("delete_all")
    call("torrents", step="nothing stays")


def _is_complete(call: Calls, infohash: str) -> bool:
    """Whether it is there: the original does not list at once what was added."""
    rows = [row for row in call.client.torrents() if row["hash"] == infohash]
    return any(row["progress"] == 1 and not row["state"].startswith("checking") for row in rows)


if __name__ == "__main__":
    main(read_job())
