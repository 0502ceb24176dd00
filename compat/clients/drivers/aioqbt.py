"""aioqbt: every method of its API, with its typed reading of the answers."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from datetime import timedelta
from functools import partial
from typing import Any

from aioqbt import exc
from aioqbt.api import AddFormBuilder
from aioqbt.client import APIClient, create_client

from compat.clients.drivers.telling import Job, Teller, content, exactly, read_job, shape

CATEGORY = "open-films"
LEFT_OUT = {"auth.login": "create_client calls it"}


class Calls:
    """Runs what the library hands out, remembers of which part of its API."""

    def __init__(self, client: APIClient, runner: asyncio.Runner, tell: Teller) -> None:
        self.client, self.tell, self._runner = client, tell, runner
        self.called: set[str] = set()

    def __call__(self, method: str, *args: Any, step: str = "", see: Any = None, **named: Any) -> Any:
        """Call "torrents.info" or another; its step is told by that name unless it has another."""
        self.called.add(method)
        return self.tell(step or method, lambda: self.wait(self._bound(method)(*args, **named)), see=see)

    def wait(self, promised: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(promised)

    def _bound(self, method: str) -> Any:
        part, _, name = method.partition(".")
        return getattr(getattr(self.client, part), name)


def main(job: Job, runner: asyncio.Runner) -> None:
    tell = Teller(exc.APIError, exc.VersionError, NotImplementedError)
    tell(
        "login with a wrong password",
        lambda: runner.run(create_client(f"{job.url}/api/v2/", job.username, "no")),
    )
    client = runner.run(create_client(f"{job.url}/api/v2/", job.username, job.password))
    call = Calls(client, runner, tell)
    _server(call)
    _feeds_and_search(call)
    _add(call, job)
    _read(call, job)
    _change(call, job)
    _move(call, job)
    _delete(call, job)
    call("auth.logout")
    runner.run(client.close())
    again = runner.run(create_client(f"{job.url}/api/v2/", job.username, job.password))
    call.client = again
    call("app.shutdown")
    runner.run(again.close())
    if missed := sorted(_methods(again) - call.called - set(LEFT_OUT)):
        sys.exit(f"never called: {missed}")


def _methods(client: APIClient) -> set[str]:
    """Every method by its part of the API."""
    parts = ("app", "auth", "log", "rss", "search", "sync", "torrents", "transfer")
    return {
        f"{part}.{name}"
        for part in parts
        for name in vars(type(getattr(client, part)))
        if not name.startswith("_") and callable(getattr(getattr(client, part), name))
    }


def _server(call: Calls) -> None:
    for method in ("version", "webapi_version", "build_info", "preferences", "default_save_path",
                   "network_interface_list", "network_interface_address_list"):  # fmt: skip
        call(f"app.{method}", see=_typed)
    call("app.set_preferences", {"max_active_downloads": 4})
    call("app.send_test_email")
    call("log.main", see=_typed)
    call("log.peers", see=_typed)
    call("transfer.info", see=_typed)
    call("transfer.speed_limits_mode")
    call("transfer.toggle_speed_limits_mode")
    call("transfer.set_speed_limits_mode", 0)
    call("transfer.set_download_limit", 4096)
    call("transfer.download_limit")
    call("transfer.set_upload_limit", 4096)
    call("transfer.upload_limit")
    call("transfer.ban_peers", [("192.0.2.1", 6881)])


def _feeds_and_search(call: Calls) -> None:
    call("rss.add_folder", "Films")
    call("rss.add_feed", "http://127.0.0.1:9/feed.xml", "Films\\Open")
    call("rss.items", see=lambda found: sorted(found))
    call("rss.move_item", "Films\\Open", "Open")
    call("rss.refresh_item", "Open")
    call("rss.mark_as_read", "Open")
    call("rss.set_rule", "open", {"enabled": False, "mustContain": "Caminandes"})
    call("rss.rename_rule", "open", "films")
    call("rss.rules", see=lambda found: sorted(found))
    call("rss.matching_articles", "films")
    call("rss.remove_rule", "films")
    call("rss.remove_item", "Open")
    call("rss.remove_item", "Films", step="rss.remove_item of a folder")
    call("search.plugins")
    call("search.install_plugin", ["/nowhere/plugin.py"])
    call("search.enable_plugin", ["none"], False)
    call("search.uninstall_plugin", ["none"])
    call("search.update_plugins")
    call("search.start", "caminandes", "enabled", "all", see=_typed)
    call("search.status", see=_typed)
    call("search.results", 1, see=_typed)
    call("search.stop", 1)
    call("search.delete", 1)


def _add(call: Calls, job: Job) -> None:
    call("torrents.create_category", CATEGORY, "")
    call("torrents.edit_category", CATEGORY, "")
    call("torrents.categories", see=lambda found: sorted(found))
    call("torrents.create_tags", ["open"])
    call("torrents.tags")
    form = AddFormBuilder.with_client(call.client)
    forms = {
        "a file": form.include_file(content(job.film.torrent), "film.torrent").category(CATEGORY),
        "a folder": form.include_file(content(job.show.torrent), "show.torrent"),
        "a magnet": form.include_url(job.spare.magnet).paused(True).tags(["open"]),
        "no torrent": form.include_file(b"nothing", "no.torrent"),
    }
    for name, filled in forms.items():
        call("torrents.add", filled.build(), step=f"torrents.add {name}")
    call("torrents.count")
    for toy in (job.film, job.show):
        call.tell.until(f"{toy.name} is complete", partial(_is_complete, call, toy.infohash))


def _read(call: Calls, job: Job) -> None:
    show = job.show.infohash
    call("torrents.info", see=lambda rows: sorted([row.name, row.hash] for row in rows))
    call("torrents.info", step="torrents.info as it looks", hashes=[show], see=_typed)
    call("torrents.info", step="torrents.info filtered", category=CATEGORY, filter="completed", sort="name",
         see=lambda rows: [row.name for row in rows])  # fmt: skip
    call("torrents.properties", show, see=_typed)
    call("torrents.properties", "0" * 40, step="torrents.properties of none")
    call("torrents.trackers", show, see=_typed)
    call("torrents.webseeds", show, see=_typed)
    call("torrents.files", show, see=_typed)
    call("torrents.piece_states", show, see=exactly)
    call("torrents.piece_hashes", show)
    call("torrents.export", show, see=lambda found: found[:1] + found[-1:] == b"de")
    call("torrents.ssl_parameters", show, see=_typed)
    call("sync.maindata", see=lambda found: [type(found).__name__, sorted(found.torrents)])
    call("sync.torrent_peers", show, see=_typed)


def _change(call: Calls, job: Job) -> None:
    both = [job.film.infohash, job.show.infohash]
    for method in ("pause", "resume", "stop", "start", "recheck", "reannounce", "top_prio", "bottom_prio",
                   "increase_prio", "decrease_prio", "toggle_sequential_download",
                   "toggle_first_last_piece_prio"):  # fmt: skip
        call(f"torrents.{method}", both)
    for toy in (job.film, job.show):
        call.tell.until(f"{toy.name} is checked", partial(_is_complete, call, toy.infohash))
    for method in ("set_sequential_download", "set_first_last_piece_prio", "set_force_start",
                   "set_super_seeding", "set_auto_management"):  # fmt: skip
        call(f"torrents.{method}", both, False)
    for way in ("download", "upload"):
        call(f"torrents.set_{way}_limit", both, 10_000)
        call(f"torrents.{way}_limit", both)
    call("torrents.set_share_limits", both, 1.5, timedelta(hours=2), timedelta(hours=1))
    call("torrents.add_tags", both, ["seen"])
    call("torrents.remove_tags", both, ["seen"])
    call("torrents.set_category", [job.show.infohash], CATEGORY)
    call("torrents.rename", job.show.infohash, "Llamas")
    call("torrents.add_trackers", job.film.infohash, ["http://other.example/announce"])
    call(
        "torrents.edit_tracker",
        job.film.infohash,
        "http://other.example/announce",
        "http://new.example/announce",
    )
    call("torrents.remove_trackers", job.film.infohash, ["http://new.example/announce"])
    call("torrents.add_peers", both, ["192.0.2.7:6881"])
    call("torrents.set_ssl_parameters", job.film.infohash, "", "", "")
    call("torrents.info", step="the changes show", hashes=both, see=lambda rows: sorted(
        [row.hash, row.name, row.category, row.ratio_limit, row.tags] for row in rows))  # fmt: skip


def _move(call: Calls, job: Job) -> None:
    show = job.show
    call("torrents.file_prio", show.infohash, [1], 6)
    call("torrents.rename_file", show.infohash, f"{show.name}/{show.files[0]}", f"{show.name}/first.mkv")
    call.tell.until("the file is renamed", lambda: f"{show.name}/first.mkv" in _names(call, show.infohash))
    call("torrents.rename_folder", show.infohash, show.name, "Season 2")
    call.tell.until("the folder is renamed", lambda: _are_in("Season 2/", _names(call, show.infohash)))
    call("torrents.files", show.infohash, step="the new names show", see=lambda found: sorted(
        [file.name, file.priority] for file in found))  # fmt: skip
    call("torrents.set_location", [job.film.infohash], f"{job.downloads}/moved")
    call("torrents.set_save_path", [job.film.infohash], f"{job.downloads}/saved")
    call("torrents.set_download_path", [job.film.infohash], f"{job.downloads}/partial")
    call.tell.until("the film has moved", lambda: _save_path(call, job) == f"{job.downloads}/saved")


def _delete(call: Calls, job: Job) -> None:
    call("torrents.delete", [job.spare.infohash, job.show.infohash], True)
    call("torrents.info", step="what stays", see=lambda rows: [row.hash for row in rows])
    call("torrents.delete_tags", ["open"])
    call("torrents.remove_categories", [CATEGORY])


def _typed(found: Any) -> Any:
    """The name of the type that the library made of an answer, the kinds of its attributes."""
    if isinstance(found, list):
        return [_typed(item) for item in found[:1]]
    attributes = {name: value for name, value in getattr(found, "__dict__", {}).items() if name[0] != "_"}
    return [type(found).__name__, shape(attributes)] if attributes else shape(found)


def _rows(call: Calls, infohash: str) -> Any:
    """One, or none at first: the original does not list at once what was added."""
    return call.wait(call.client.torrents.info(hashes=[infohash]))


def _is_complete(call: Calls, infohash: str) -> bool:
    return any(
        row.progress == 1 and not str(row.state).startswith("checking") for row in _rows(call, infohash)
    )


def _names(call: Calls, infohash: str) -> list[str]:
    """Of its files; the original renames them one by one, in its own time."""
    return [file.name for file in call.wait(call.client.torrents.files(infohash))]


def _are_in(folder: str, names: list[str]) -> bool:
    return all(name.startswith(folder) for name in names)


def _save_path(call: Calls, job: Job) -> str:
    (row,) = _rows(call, job.film.infohash)
    return str(row.save_path).rstrip("/")


if __name__ == "__main__":
    with asyncio.Runner() as runner:
        main(read_job(), runner)
